"""A plan held against the run that followed."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.ledger.reader import Reader
from workbench.study.paths import parts
from workbench.study.plan import Action, Plan
from workbench.usage import money


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was planned, and what came of it.  Money in nano-dollars; None is unknown."""

    calls_planned: int
    calls_possible: int
    """Further steps of which the plan did not know yet whether they call."""
    calls: int
    reused: int
    least_nano: int
    most_nano: int | None
    cost_nano: int
    cost_known: bool
    saved_nano: int
    unplanned: tuple[str, ...]
    """Steps that did something else than was planned, each in words."""

    @property
    def inside(self) -> bool:
        """Whether the cost lies in the interval."""
        within = self.most_nano is None or self.cost_nano <= self.most_nano
        return self.cost_known and self.least_nano <= self.cost_nano and within

    def __str__(self) -> str:
        """In one line: ``planned 1 call and up to 1 more, $0.01 to $0.02; made 2 calls, $0.0123``."""
        more = f" and up to {self.calls_possible:,} more" if self.calls_possible else ""
        planned = f"planned {_calls(self.calls_planned)}{more}, {_range(self.least_nano, self.most_nano)}"
        paid = money(self.cost_nano, at_least=not self.cost_known)
        return f"{planned}; made {_calls(self.calls)}, {paid}"


def outcome(reader: Reader, plan: Plan, run: str, *, ended: bool = True) -> Outcome:
    """Hold ``plan`` against a run.  ``ended=False``: it did not reach its end, so calls may be missing."""
    row = reader.run(run)
    made: set[str] = set()
    reused: set[str] = set()
    for call in reader.recording(run):
        if call.kind != "hand":
            (reused if call.status == "reused" else made).add(call.path)
    least, most = plan.cost
    return Outcome(
        calls_planned=plan.count("call"),
        calls_possible=plan.count("unknown"),
        calls=row.calls,
        reused=row.reused,
        least_nano=least,
        most_nano=most,
        cost_nano=row.cost_nano,
        cost_known=row.cost_known,
        saved_nano=row.saved_nano,
        unplanned=tuple(_unplanned(plan, made, reused, ended)),
    )


def _unplanned(plan: Plan, made: set[str], reused: set[str], ended: bool) -> list[str]:
    planned: dict[str, Action] = {}
    for step in plan.steps:
        planned.setdefault(step.path, step.action)  # of an agent, its first question
    found: list[str] = []
    for path, action in planned.items():
        if action == "reuse" and (path in made or (ended and path not in reused)):
            found.append(f"{path} was to be reused")
        elif action == "call" and ended and path not in made:
            found.append(f"{path} was to be called")
        elif action == "none" and path in made | reused:
            found.append(f"{path} was to ask nobody")
    unknown = [path for path, action in planned.items() if action == "unknown"]
    for path in sorted((made | reused) - set(planned)):
        if not any(covers(each, path) for each in unknown):
            found.append(f"{path} was not planned")
    return found


def covers(unknown: str, path: str) -> bool:
    """Whether a step instance lies where a plan could not know: in that step, or in a later pass."""
    for theirs, own in zip(parts(unknown), parts(path), strict=False):
        if theirs.name != own.name or (theirs.index is not None and theirs.index != own.index):
            return False
        if theirs.turn is not None:
            return (own.turn or 0) >= theirs.turn
    return len(parts(unknown)) <= len(parts(path))


def _calls(number: int) -> str:
    return f"{number:,} call" if number == 1 else f"{number:,} calls"


def _range(least: int, most: int | None) -> str:
    if most is None:
        return f"{money(least)} or more"
    return money(least) if least == most else f"{money(least)} to {money(most)}"
