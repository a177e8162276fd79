"""What a run was expected to come to, and what it came to."""

from __future__ import annotations

import json
from collections.abc import Mapping

from workbench.events import Json
from workbench.gates.registry import ASKING, Subject, check
from workbench.ledger.opinions import Expected
from workbench.ledger.reader import Reader
from workbench.recipe.tests_file import Expectation


def came_to(reader: Reader, run: str) -> dict[str, Json]:
    """All that a case may speak of: outputs, steps, status, cost, seconds, calls, error."""
    row = reader.run(run)
    return {
        "outputs": reader.outputs(run),
        "steps": reader.step_outputs(run),
        "status": row.status,
        "cost": row.cost_nano / 1e9 if row.cost_known else None,
        "seconds": row.seconds,
        "calls": row.calls,
        "error": row.error,
        "times": {each.path: each.seconds for each in reader.steps(run) if "/" not in each.path},
    }


def expected(expectation: Expectation, found: Mapping[str, Json]) -> list[Expected]:
    """How what was found stands to the gates of one expectation, but for those that ask somebody."""
    value = value_at(found, expectation.target)
    took = _seconds(found, expectation.target)
    subject = Subject(_text(value), None if isinstance(value, str) else value, _result(value), found, took)
    gates = {gate: spec for gate, spec in expectation.gate.given().items() if gate not in ASKING}
    verdicts = [(gate, check(gate, spec, subject)) for gate, spec in gates.items()]
    nothing = f"there is no such value, the run is {found['status']}"
    return [
        Expected(
            expectation.target,
            gate,
            verdict.passed,
            verdict.score,
            nothing if value is None and not verdict.passed else verdict.reason,
        )
        for gate, verdict in verdicts
    ]


def value_at(found: Mapping[str, Json], target: str) -> Json:
    """The value that a dotted target means; None when there is none."""
    value: Json = found
    for part in target.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def text_at(found: Mapping[str, Json], target: str) -> str:
    """The text that gates see of a target."""
    return _text(value_at(found, target))


def _seconds(found: Mapping[str, Json], target: str) -> float | None:
    """How long the step took that a target speaks of; else the run."""
    root, *rest = target.split(".")
    times = found.get("times") or {}
    seconds: float | None = times.get(rest[0]) if root == "steps" and rest else found.get("seconds")
    return seconds


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _result(value: Json) -> Mapping[str, Json]:
    """What gates over scores look into: a step's result, or the number itself."""
    return value if isinstance(value, Mapping) else {"score": value}
