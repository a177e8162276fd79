"""What the record says of routing: per role and model, and as calls that a backtest can go by."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from workbench.engine.routes import place
from workbench.errors import ErrorClass
from workbench.events import Json
from workbench.ledger.opinions import Label
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow, DecisionRow, GateRow, RunFilter, RunRow
from workbench.study.imputing import PastCall
from workbench.study.judged import ASKS, Around, Judge, Judged, as_it_was, passed, passes

LATEST_RUNS = 200
"""Runs that a look at the routes goes by."""
MOST_ATTEMPTS = 20_000
LEARNT_FROM = 1500
"""Attempts, the latest, that a role learns from and a backtest goes by: some seconds of work."""


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What another model answered to the same request, for comparison only."""

    call: CallRow
    passed: bool | None
    """Whether it would have passed the gates, as they are now where that can be said; None is unknown."""
    share: float
    """The chance that it was asked."""


@dataclass(frozen=True, slots=True)
class Routed:
    """One attempt at a model call, why this model was asked, and what became of the answer."""

    recipe: str
    inputs: Mapping[str, Json]
    run: str
    call: CallRow
    decision: DecisionRow
    passed: bool | None
    """Whether the answer passes its gates, as they are now where that can be said; None when it had none."""
    was: bool | None = None
    """The verdict then."""
    shadows: tuple[Shadowed, ...] = ()
    session: str = ""
    judged: tuple[Judged, ...] = ()
    """Its checks one by one; none where a person's label decides."""


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """What one model did for one role.  Costs in nano-dollars; None is unknown."""

    recipe: str
    role: str
    model: str
    attempts: int
    share: float
    """Of the role's attempts."""
    cost_nano: int | None
    """Of an attempt, in the mean."""
    seconds: float | None
    """The median of those that were answered."""
    gated: int
    """Answers that gates checked."""
    passed: int
    escalated: int
    """Answers after which another model was asked."""
    failures: int
    fallbacks: int
    """Attempts made because another model failed, or was slow."""
    slow: float | None = None
    """Seconds that only one in twenty of those that were answered took longer."""
    errors: tuple[tuple[str, int], ...] = ()
    """How often it failed, by error class, the most frequent first."""
    health: str = ""
    """How its breaker stood when it was considered last; empty where none watches it."""
    health_at: int = 0
    """When that was, in epoch microseconds."""
    waits: int = 0
    """Calls that waited for its provider's rate limit."""
    waited: float = 0.0
    """Seconds that they waited together."""
    is_shadow: bool = False
    """What it did in the shadow of others: of the role's requests, the share that it was asked too."""


def routed(
    reader: Reader,
    recipe: str = "",
    most: int = MOST_ATTEMPTS,
    *,
    role: str = "",
    since: int | None = None,
    runs: int | None = None,
    judge: Judge = as_it_was,
) -> Iterator[Routed]:
    """The latest routed attempts, newest run first, of one role or all; what was reused is no attempt.

    Of the latest ``runs``, and of those begun ``since`` a moment (epoch microseconds); None: of all.
    """
    latest = islice(_latest(reader, recipe, since), runs)
    return islice((each for each in _routed(reader, latest, judge) if role in ("", each.decision.role)), most)


def _latest(reader: Reader, recipe: str, since: int | None) -> Iterator[RunRow]:
    seen, where = 0, RunFilter(recipe=recipe)
    while page := reader.runs(limit=LATEST_RUNS, offset=seen, where=where):
        for row in page:
            if since is not None and row.started < since:
                return
            yield row
        seen += len(page)


def _routed(reader: Reader, runs: Iterable[RunRow], judge: Judge) -> Iterator[Routed]:
    for row in runs:
        if not row.calls:
            continue
        decisions = {(each.call, each.attempt): each for each in reader.decisions(row.id)}
        if not decisions:
            continue
        recording = reader.recording(row.id)
        around = Around(reader, row, recording)
        checks: dict[int, list[GateRow]] = {}
        for gate in reader.gates(row.id):
            if gate.call is not None:
                checks.setdefault(gate.call, []).append(gate)
        session = reader.report(row.id).session or ""
        said = _labelled(reader.labels(row.id), recording)
        shadows = _shadows(recording, judge, around)
        answered = {call.call for call in recording if call.status == "ok"}
        for call in recording:
            decision = decisions.get((call.call, call.attempt))
            counts = call.status in ("ok", "error") or (call.status == "cancelled" and call.call in answered)
            if decision is not None and call.kind == "model" and counts:  # cancelled: by its hedge
                beside = tuple(shadows.get(call.call, ()))
                given = Routed(row.recipe, row.inputs, row.id, call, decision, None, None, beside, session)
                label = said.get(call.call)
                if call.status != "ok":
                    yield given
                elif label is not None:
                    yield replace(given, passed=label, was=label)
                else:
                    judged = judge(call, checks.get(call.call, ()), around)
                    yield replace(given, passed=passes(judged), was=passed(judged), judged=judged)


def _shadows(recording: Sequence[CallRow], judge: Judge, around: Around) -> dict[int, list[Shadowed]]:
    """The answered shadows of a run, by the call they were asked beside."""
    found: dict[int, list[Shadowed]] = {}
    for call in recording:
        of = call.request.get("shadow_of")
        if call.kind == "shadow" and call.status == "ok" and isinstance(of, int):
            share = call.request.get("share")
            judged = judge(call, _beside(call), around)
            known = Shadowed(call, passes(judged), float(share) if share else 1.0)
            found.setdefault(of, []).append(known)
    return found


def _beside(call: CallRow) -> list[GateRow]:
    """What the gates that ask nobody said of a shadow's answer; ``asks``: there were others too."""
    verdicts = (call.answer or {}).get("gates")
    if not isinstance(verdicts, Mapping):
        return []
    none: dict[str, Any] = {"passed": False, "score": None, "reason": ""}
    found = {gate: none if gate == ASKS else each for gate, each in verdicts.items()}
    return [
        GateRow(call.path, call.call, gate, each["passed"], each["score"], each["reason"], 0.0)
        for gate, each in found.items()
    ]


def _labelled(labels: Sequence[Label], recording: Sequence[CallRow]) -> dict[int, bool]:
    """What people said of answers, by the call that gave them: the last one of a step.

    A label of the whole run is one of its answer where only one step asked a model.
    """
    last = {call.path: call.call for call in recording if call.kind == "model" and call.status == "ok"}
    found: dict[int, bool] = {}
    for label in sorted(labels, key=lambda each: each.path is not None):
        path = next(iter(last)) if label.path is None and len(last) == 1 else label.path
        if path in last:
            found[last[path]] = label.word == "good"
    return found


def figures(attempts: Sequence[Routed]) -> list[RouteFigures]:
    """One row for every role and model, by recipe and role, the most asked model first."""
    roles: dict[tuple[str, str], dict[str, list[Routed]]] = {}
    for each in attempts:
        of_role = roles.setdefault((each.recipe, each.decision.role), {})
        of_role.setdefault(each.call.target, []).append(each)
    left = _escalated(attempts)
    health = _health(attempts)
    found = []
    for (recipe, role), models in sorted(roles.items()):
        total = sum(len(of_model) for of_model in models.values())
        for model, of_model in sorted(models.items(), key=lambda item: (-len(item[1]), item[0])):
            row = _figures(recipe, role, model, of_model, (total, left))
            word, at = health.get((recipe, role, model), ("", 0))
            waits = [float(each.call.request.get("waited_for_rate") or 0) for each in of_model]
            found.append(
                replace(row, health=word, health_at=at, waits=sum(map(bool, waits)), waited=sum(waits))
            )
        found += _in_the_shadow(recipe, role, [each for of_model in models.values() for each in of_model])
    return found


def _in_the_shadow(recipe: str, role: str, attempts: Sequence[Routed]) -> Iterator[RouteFigures]:
    """A row for each model that was asked beside others, of its answers."""
    beside = {(each.run, one.call.call): one for each in attempts for one in each.shadows}
    requests = len({(each.run, each.call.call) for each in attempts})
    for model in sorted({one.call.target for one in beside.values()}):
        some = [one for one in beside.values() if one.call.target == model]
        costs = [one.call.cost_nano for one in some]
        known = [cost for cost in costs if cost is not None]
        seconds = [one.call.seconds for one in some if one.call.seconds]
        gated = [one.passed for one in some if one.passed is not None]
        yield RouteFigures(
            recipe, role, model, len(some), len(some) / requests,
            round(sum(known) / len(known)) if len(known) == len(costs) else None,
            statistics.median(seconds) if seconds else None, len(gated), sum(gated), 0, 0, 0,
            sorted(seconds)[int(len(seconds) * 0.95)] if seconds else None, is_shadow=True,
        )  # fmt: skip


def _health(attempts: Sequence[Routed]) -> dict[tuple[str, str, str], tuple[str, int]]:
    """The latest word on each model's breaker, by recipe, role and model; whoever was asked then."""
    found: dict[tuple[str, str, str], tuple[str, int]] = {}
    for each in attempts:
        for one in each.decision.candidates:
            key = (each.recipe, each.decision.role, one.model)
            if one.health and each.call.started >= found.get(key, ("", 0))[1]:
                found[key] = (one.health, each.call.started)
    return found


def _figures(
    recipe: str, role: str, model: str, attempts: Sequence[Routed], of: tuple[int, set[tuple[str, int]]]
) -> RouteFigures:
    total, left = of
    costs = [each.call.cost_nano for each in attempts]
    known = [cost for cost in costs if cost is not None]
    seconds = [each.call.seconds for each in attempts if each.call.status == "ok" and each.call.seconds]
    gated = [each.passed for each in attempts if each.passed is not None]
    return RouteFigures(
        recipe, role, model, len(attempts), len(attempts) / total,
        round(sum(known) / len(known)) if len(known) == len(costs) else None,
        statistics.median(seconds) if seconds else None, len(gated), sum(gated),
        sum((each.run, each.call.call) in left for each in attempts),
        sum(each.call.status == "error" for each in attempts),
        sum(each.decision.reason.startswith(("fallback:", "hedge:")) for each in attempts),
        sorted(seconds)[int(len(seconds) * 0.95)] if seconds else None,
        tuple(Counter(each.call.error_class or "unknown" for each in attempts
                      if each.call.status == "error").most_common()),
    )  # fmt: skip


def _escalated(attempts: Sequence[Routed]) -> set[tuple[str, int]]:
    """The calls after which another model was asked at the same step instance."""
    before: dict[tuple[str, str], int] = {}
    found = set()
    for each in sorted(attempts, key=lambda each: (each.run, each.call.call)):
        at = (each.run, each.call.path)
        if each.decision.reason.startswith("escalated") and at in before and before[at] != each.call.call:
            found.add((each.run, before[at]))
        before[at] = each.call.call
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a role as it was: the call for a backtest, whom the run asked, and its surroundings."""

    past: PastCall
    asked: tuple[str, ...]
    inputs: Mapping[str, Json]
    confidence: Mapping[str, float]
    """How sure each model said it was."""
    task: str
    path: str
    session: str = ""
    failed: Mapping[str, ErrorClass] = field(default_factory=dict)
    """Models that gave no answer, and why not."""
    rested: frozenset[str] = frozenset()
    """Models that nobody asked then, for they had failed before."""


def requests(attempts: Sequence[Routed]) -> list[Asked]:
    """The attempts put together by request: equal texts at one step instance of a run ask the same."""
    groups: dict[tuple[str, str, str], list[Routed]] = {}
    for each in sorted(attempts, key=lambda each: (each.run, each.call.call, each.call.attempt)):
        groups.setdefault((each.run, each.call.path, _text(each.call)), []).append(each)
    return [_request(text, group) for (_, _, text), group in groups.items()]


def usual_costs(asked: Sequence[Asked], models: Sequence[str]) -> dict[str, float]:
    """The mean dollars of a request for each model by the record; models never asked are left out."""
    found = {}
    for model in models:
        costs = [each.past.costs[model] for each in asked if model in each.past.costs]
        if costs:
            found[model] = sum(costs) / len(costs)
    return found


def _request(text: str, group: Sequence[Routed]) -> Asked:
    right: dict[str, float] = {}
    costs: dict[str, float] = {}
    answers: dict[str, str] = {}
    confidence: dict[str, float] = {}
    propensity: dict[str, float] = {}
    for each in group:
        call, model = each.call, each.call.target
        if each.passed is not None:
            right[model] = float(each.passed)
        if call.cost_nano is not None:
            costs[model] = costs.get(model, 0.0) + call.cost_nano / 1e9
        if call.status == "ok" and call.answer is not None:
            answers[model] = str(call.answer.get("text") or "")
            data = call.answer.get("data")
            sure = data.get("confidence") if isinstance(data, Mapping) else None
            confidence |= {model: float(sure)} if isinstance(sure, int | float) else {}
        if each.decision.policy == "split":
            propensity |= {one.model: one.score for one in each.decision.candidates if one.score}
    for shadow in (shadow for each in group for shadow in each.shadows):
        call, model = shadow.call, shadow.call.target
        if model not in answers:
            if shadow.passed is not None:
                right[model], propensity[model] = float(shadow.passed), shadow.share
            if call.cost_nano is not None:
                costs[model] = call.cost_nano / 1e9
            answers[model] = str((call.answer or {}).get("text") or "")
    first = group[0]
    models = tuple(dict.fromkeys(each.call.target for each in group))
    past = PastCall(text, right, costs, place(first.call.path), answers, propensity)
    task = str(first.call.request.get("task", "prompt"))
    failed = {each.call.target: each.call.error_class for each in group
              if each.call.error_class and each.call.target not in answers}  # fmt: skip
    return Asked(past, models, first.inputs, confidence, task, first.call.path, first.session, failed,
                 frozenset(one.model for one in first.decision.candidates if one.health == "rests")
                 - set(models))  # fmt: skip


def _text(call: CallRow) -> str:
    """What was asked: the user's side of the request."""
    return "\n".join(
        str(each.get("text", "")) for each in call.request.get("messages", ()) if each.get("role") != "system"
    )
