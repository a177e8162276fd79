"""What a step leaves behind for others: the keys every result has, and the keys of each verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.events import Json, StepStatus
from workbench.recipe.model import Step

VERB_KEYS: Mapping[str, Mapping[str, Json]] = {
    "prompt": {"text": None, "data": None},
    "agent": {"text": None, "data": None, "calls": ()},
    "classify": {"label": None, "confidence": None, "scores": None, "text": None},
    "extract": {"data": None, "text": None},
    "judge": {"score": None, "reason": None, "text": None},
    "retrieve": {"documents": (), "text": None},
    "tool": {"result": None, "text": None},
    "human": {"answer": None, "text": None},
}
"""The keys of a verb with the values they have when the step gave none."""


def complete(
    fields: Mapping[str, Json],
    status: StepStatus,
    *,
    cost: float | None = 0.0,
    model: str | None = None,
    gates: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """A step's result: its verb's keys and the common ones."""
    return {
        **fields,
        "status": status,
        "failed": status == "failed",
        "skipped": status == "skipped",
        "cost": cost,
        "model": model or None,
        "gates": dict(gates or {}),
    }


def empty(step: Step, status: StepStatus) -> Json:
    """The result of a step that gave nothing: skipped, or failed without an output."""
    if step.each is not None:
        return []
    return complete(empty_fields(step), status)


def empty_fields(step: Step) -> dict[str, Json]:
    """The keys of a step's verb, without values."""
    if step.verb == "recipe":
        return {"outputs": dict.fromkeys(step.inside.outputs if step.inside is not None else ())}
    if step.verb == "steps":
        return {name: empty(inner, "skipped") for name, inner in (step.steps or {}).items()}
    if step.verb == "set":
        return dict.fromkeys(step.set or {})
    if step.verb == "choose":
        fields: dict[str, Json] = {}
        for branch in (*(step.choose or ()), *((step.else_,) if step.else_ else ())):
            fields.update(empty_fields(branch))
        return fields
    keys = {
        key: list(value) if isinstance(value, tuple) else value for key, value in VERB_KEYS[step.verb].items()
    }
    return {**keys, "calls": []} if step.tools else keys


def cost_of(result: Json) -> float | None:
    """Dollars of a result, a list of results or a group; None when any part is unknown."""
    if isinstance(result, Sequence) and not isinstance(result, str):
        return _sum([cost_of(each) for each in result])
    if isinstance(result, Mapping):
        cost = result.get("cost")
        return cost if cost is None or isinstance(cost, float) else float(cost)
    return 0.0


def _sum(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def group_cost(results: Mapping[str, Json]) -> float | None:
    """Dollars of all steps of a group."""
    return _sum([cost_of(each) for each in results.values()])


def mean_gate_score(result: Json) -> tuple[bool, float]:
    """How good a pass of a repeat is: whether all gates passed, then the mean of their scores.

    A gate without a score counts as 1 when it passed, else 0.
    """
    verdicts = list(_gates(result))
    if not verdicts:
        return (not (isinstance(result, Mapping) and result.get("failed")), 1.0)
    scores = [
        float(each["score"]) if each.get("score") is not None else float(each["passed"]) for each in verdicts
    ]
    return all(each["passed"] for each in verdicts), sum(scores) / len(scores)


def _gates(result: Json) -> list[Mapping[str, Json]]:
    """All verdicts of a result, those of a group's steps included."""
    if isinstance(result, list):
        return [verdict for each in result for verdict in _gates(each)]
    if not isinstance(result, Mapping):
        return []
    own = result.get("gates")
    found = list(own.values()) if isinstance(own, Mapping) else []
    inner = [
        each
        for key, each in result.items()
        if key != "gates" and isinstance(each, Mapping) and "status" in each
    ]
    return [*found, *(verdict for each in inner for verdict in _gates(each))]
