"""Plans: what a run would do, before it does it.  Per step reuse or call, why, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.engine.recording import root_of
from workbench.events import CallPlanned, Event, Json, StepFinished, StepStarted
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow
from workbench.recipe.graph import dependencies, in_order
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench, Rehearsal
from workbench.study.change import Change
from workbench.study.explain import differences, parts_of_plan, parts_of_row
from workbench.study.history import History, Spread, read_history

Action = Literal["reuse", "call", "unknown", "none"]
"""``none``: the step asks nobody, or is skipped."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What one step instance would do.  Costs are nano-dollars, times seconds; None is unknown."""

    path: str
    verb: str
    action: Action
    reason: str
    target: str = ""
    cost: Spread | None = None
    time: Spread | None = None
    effects: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run's plan.  ``against`` is the run whose recording would answer."""

    recipe: str
    against: str | None
    steps: tuple[PlannedStep, ...]

    def count(self, action: Action) -> int:
        """How many step instances would do this."""
        return sum(step.action == action for step in self.steps)

    @property
    def cost(self) -> tuple[int, int | None]:
        """The least and the most it should cost, in nano-dollars; the most is None when a cost is unknown.

        What is unknown until an earlier answer may cost nothing, so the least leaves it out.
        """
        least = sum(step.cost.low for step in self.steps if step.action == "call" and step.cost is not None)
        most: float | None = 0
        for step in self.steps:
            if step.action in ("call", "unknown"):
                most = None if most is None or step.cost is None else most + step.cost.high
        return int(least), None if most is None else int(most)


async def plan_live(bench: Bench, recipe: Recipe, inputs: Mapping[str, Json], change: Change) -> Plan:
    """The plan of a new run."""
    rehearsal = await bench.rehearse(recipe, inputs, change)
    return _plan(rehearsal, bench.reader, {})


async def plan_again(
    bench: Bench, reference: str, change: Change, at: str | None = None, output: str | None = None
) -> Plan:
    """The plan of a rerun, or of a fork at the step instance ``at``."""
    rehearsal = await bench.rehearse_again(reference, change, at, output)
    assert rehearsal.parent is not None
    calls = reversed(bench.reader.recording(rehearsal.parent))
    recorded = {row.path: row for row in calls if row.kind != "hand"}
    return _plan(rehearsal, bench.reader, recorded, at)


def _plan(
    rehearsal: Rehearsal, reader: Reader, recorded: Mapping[str, CallRow], at: str | None = None
) -> Plan:
    recipe = rehearsal.recipe
    history = read_history(reader, recipe.document.name)
    seen = _instances(rehearsal.events)
    steps = [_planned(each, recorded, history, rehearsal.parent, at) for each in seen.values() if each.verb]
    reached = {root_of(path) for path in seen}
    waiting = dependencies(recipe.document.steps, recipe)
    blocked = _blocked(waiting, steps, reached)
    for name, step in recipe.document.steps.items():
        if name not in reached:
            steps.append(_not_reached(name, step, blocked[name], history, rehearsal.parent))
    return Plan(recipe.document.name, rehearsal.parent, tuple(steps))


@dataclass(slots=True)
class _Instance:
    """What a rehearsal showed of one step instance."""

    path: str
    verb: str = ""
    status: str = ""
    reason: str = ""
    call: CallPlanned | None = None
    parent_of_others: bool = False


def _instances(events: Sequence[Event]) -> dict[str, _Instance]:
    """Step instances in the order they were reached; those that only hold others are left without a verb."""
    found: dict[str, _Instance] = {}
    for event in events:
        if not isinstance(event, StepStarted | StepFinished | CallPlanned):
            continue
        each = found.setdefault(event.path, _Instance(event.path))
        if isinstance(event, CallPlanned):
            if each.call is None or not event.reuse:
                each.call = event
        else:
            each.verb = event.verb
            if isinstance(event, StepFinished):
                each.status, each.reason = event.status, event.reason
    for path in found:
        for end in ("/", "[", "#"):
            parent = found.get(path.rpartition(end)[0])
            if parent is not None:
                parent.parent_of_others = True
    return {path: each for path, each in found.items() if not (each.parent_of_others and each.call is None)}


def _planned(
    each: _Instance,
    recorded: Mapping[str, CallRow],
    history: History,
    parent: str | None,
    at: str | None,
) -> PlannedStep:
    call = each.call
    if call is None:
        reason = each.reason if each.status == "skipped" else "asks nobody"
        return PlannedStep(each.path, each.verb, "none", reason)
    if call.reuse:
        again = " (it has effects and is not done again)" if call.effects else ""
        reason = f"asked the same in {parent}{again}"
        return PlannedStep(each.path, each.verb, "reuse", reason, call.target, effects=call.effects)
    cost, time = history.spread(each.path, call.target)
    reason = _why_called(call, recorded.get(each.path), parent, at)
    return PlannedStep(each.path, each.verb, "call", reason, call.target, cost, time, call.effects)


def _why_called(call: CallPlanned, row: CallRow | None, parent: str | None, at: str | None) -> str:
    if parent is None:
        return "a live run asks everything"
    if row is None:
        return f"{parent} did not ask this"
    if row.status not in ("ok", "reused"):
        return f"it did not end well in {parent}: {row.error_class or row.status}"
    found = differences(parts_of_row(row), parts_of_plan(call))
    if found:
        return ", ".join(str(each) for each in found)
    return f"forked at {at}" if at is not None else f"asked more often than in {parent}"


def _blocked(
    waiting: Mapping[str, tuple[str, ...]], steps: Sequence[PlannedStep], reached: set[str]
) -> dict[str, tuple[str, ...]]:
    """For each step that was not reached, the called steps whose answers it waits for, directly or not."""
    called = {root_of(step.path) for step in steps if step.action == "call"}
    found: dict[str, tuple[str, ...]] = {}
    for name in in_order(waiting):
        if name in called:
            found[name] = (name,)
        elif name in reached:
            found[name] = ()
        else:
            found[name] = tuple(dict.fromkeys(cause for before in waiting[name] for cause in found[before]))
    return found


def _not_reached(
    name: str, step: Step, causes: tuple[str, ...], history: History, parent: str | None
) -> PlannedStep:
    cost, time = history.spread(name, "")
    until = ", ".join(causes) or "earlier steps"
    if step.verb == "set":
        return PlannedStep(name, step.verb, "none", "asks nobody")
    if parent is None:
        condition = f" if {step.if_}" if step.if_ else ""
        return PlannedStep(name, step.verb, "call", f"after {until}{condition}", "", cost, time)
    return PlannedStep(name, step.verb, "unknown", f"until {until} is known", "", cost, time)
