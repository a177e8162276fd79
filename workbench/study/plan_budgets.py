"""What a planned run would take of each limit, and whether a limit would stop it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.guard.account import Account, Clock
from workbench.guard.budget import Budget, within
from workbench.guard.limits import Level, Limits, Measure, shown
from workbench.recipe.graph import dependencies, in_order
from workbench.recipe.recipe import Recipe
from workbench.study.budgets import limits_of
from workbench.study.history import Expectation, place
from workbench.study.interval import interval
from workbench.study.plan_gates import most_of
from workbench.study.plan_worst import worst_of
from workbench.study.thresholds import all_steps

if TYPE_CHECKING:
    from workbench.study.plan import PlannedStep

Verdict = Literal["holds", "may stop it", "stops it", "unknown"]
ASKS_OTHERS = ("prompt", "classify", "extract", "judge", "retrieve", "tool")
"""Verbs whose calls count."""


@dataclass(frozen=True, slots=True)
class PlannedBudget:
    """One limit.  Amounts in nano-dollars, tokens, calls or seconds; ``high`` None is unknown."""

    level: Level
    name: str
    measure: Measure
    limit: float
    used: float
    """Before this run, of a session or a day."""
    low: float
    high: float | None
    verdict: Verdict
    on_exceed: str
    why: str = ""
    worst: float | None = None
    """When all goes wrong that may; None is unknown."""


def amounts(each: PlannedBudget) -> str:
    """What a run would take of a limit, in words: ``$0.01 to $0.04 of $0.05``, ``8 of 10 calls``."""
    counted = each.measure in ("tokens", "calls")
    low, high = (
        None if value is None else f"{value:,.0f}" if counted else shown(each.measure, value)
        for value in (each.low, each.high)
    )
    told = f"{low} or more" if high is None else low if low == high else f"{low} to {high}"
    return f"{told} of {shown(each.measure, each.limit)}{_worst(each, counted)}"


def _worst(each: PlannedBudget, counted: bool) -> str:
    """What it comes to when all goes wrong that may, where that is more."""
    if each.worst is None:
        return " (with failures: unknown)"
    if each.worst <= (each.high or 0):
        return ""
    return f" (with failures up to {f'{each.worst:,.0f}' if counted else shown(each.measure, each.worst)})"


@dataclass(frozen=True, slots=True)
class _Taken:
    """What some steps would take of each measure: at least, at most."""

    usd: tuple[float, float | None]
    tokens: tuple[float, float | None]
    calls: tuple[float, float | None]
    unpriced: tuple[str, ...]
    """Models of unknown price that would be asked."""
    dearest: tuple[int, str]
    """The most that a call needs set aside, in nano-dollars, and its step; of those the run needs."""


Unpriced = Callable[[str], bool]


def planned_budgets(
    steps: Sequence[PlannedStep], recipe: Recipe, budget: Budget, unpriced: Unpriced
) -> tuple[PlannedBudget, ...]:
    """Every limit that the run would have, in the order of the levels."""
    found: list[PlannedBudget] = []
    levels = [(account, [*_of(account, steps)]) for account in _accounts(recipe, budget)]
    for account, some in levels:
        taken = _taken(some, unpriced)
        by_clock = account.opened is not None
        times = longest(some, recipe) if by_clock else _summed(some)
        for measure, (used, limit) in account.used(Clock()).items():
            low, high = times if measure == "seconds" else getattr(taken, measure)
            used = 0.0 if by_clock and measure == "seconds" else used
            verdict, why = _verdict(account.limits, measure, limit - used, (low, high), taken)
            found.append(
                PlannedBudget(account.level, account.name, measure, limit, used, low, high, verdict,
                              account.limits.on_exceed, why, _at_worst(account, measure, some, recipe))
            )  # fmt: skip
    return tuple(found)


def _at_worst(
    account: Account, measure: Measure, steps: Sequence[PlannedStep], recipe: Recipe
) -> float | None:
    if measure == "calls":
        return most_of(steps)
    if measure != "seconds":
        return worst_of(steps, measure)
    if account.opened is None:
        return None
    return account.limits.seconds if account.level == "step" else _ended(steps, recipe)


def _ended(steps: Sequence[PlannedStep], recipe: Recipe) -> float | None:
    """Seconds after which steps' own limits have ended all of a run; None where one has none."""
    ends: dict[str, list[float]] = {}
    for each in steps:
        if each.action not in ("call", "unknown") or each.verb not in ASKS_OTHERS:
            continue
        name = place(each.path).split("/")[0]
        limit = limits_of(recipe.document.steps[name].budget).seconds
        if limit is None:
            return None
        ends[name] = [limit]
    return _way(recipe, ends)


def _accounts(recipe: Recipe, budget: Budget) -> list[Account]:
    """The levels of the run; those of steps are opened only when they start."""
    steps = [
        Account("step", limits_of(step.budget), path, opened=0.0)
        for path, step in all_steps(recipe.document.steps)
        if step.budget is not None
    ]
    run, *others = budget.accounts if budget.run.limits.any else [None, *budget.accounts]
    others = [each for each in others if each is not None and each.level != "step"]
    return [*([run] if run is not None else []), *steps, *others]


def _of(account: Account, steps: Sequence[PlannedStep]) -> list[PlannedStep]:
    if account.level == "step":
        return [each for each in steps if within(place(each.path), account.name)]
    if account.level == "role":
        return [each for each in steps if each.role == account.name]
    return list(steps)


def _verdict(
    limits: Limits, measure: Measure, left: float, amount: tuple[float, float | None], taken: _Taken
) -> tuple[Verdict, str]:
    low, high = amount
    if measure == "usd" and taken.unpriced and not limits.allow_unknown:
        return "stops it", f"the price of {', '.join(taken.unpriced)} is unknown"
    needs, path = taken.dearest
    if measure == "usd" and needs > left:
        why = f"{path} may cost {shown('usd', needs)}, left is {shown('usd', max(left, 0))}"
        return ("may stop it" if limits.on_exceed == "cheaper" else "stops it"), why
    why = f"left is {shown(measure, max(left, 0))}"
    if low > left:
        return "stops it", why
    if high is None:
        return "unknown", ""
    return ("may stop it", why) if high > left else ("holds", "")


def _taken(steps: Sequence[PlannedStep], unpriced: Unpriced) -> _Taken:
    calls = [each for each in steps if each.action in ("call", "unknown") and each.verb in ASKS_OTHERS]
    certain = [each for each in calls if each.action == "call"]
    possible = [each for each in calls if each.action == "unknown"]
    return _Taken(
        _interval(certain, possible, lambda each: each.expected),
        _interval(certain, possible, lambda each: each.tokens),
        (len(certain), sum(each.at_most for each in calls)),
        tuple(dict.fromkeys(each.target for each in certain if unpriced(each.target))),
        max(
            ((each.needs or 0, each.path) for each in certain if not each.without),
            key=lambda found: found[0],
            default=(0, ""),
        ),
    )


def _interval(
    certain: Sequence[PlannedStep],
    possible: Sequence[PlannedStep],
    figure: Callable[[PlannedStep], Expectation | None],
) -> tuple[float, float | None]:
    def chances(steps: Sequence[PlannedStep]) -> list[tuple[str, Expectation] | None]:
        figures = ((each.target, figure(each)) for each in steps)
        return [None if found is None else (target, found) for target, found in figures]

    return interval(chances(certain), chances(possible))


def _summed(steps: Sequence[PlannedStep]) -> tuple[float, float | None]:
    """Seconds of all calls together."""
    certain = [each.time for each in steps if each.action == "call" and each.verb in ASKS_OTHERS]
    possible = [each.time for each in steps if each.action == "unknown" and each.verb in ASKS_OTHERS]
    known = sum(each.p50 for each in certain if each is not None)
    if None in certain or None in possible:
        return known, None
    return known, sum(each.p90 for each in (*certain, *possible) if each is not None)


def longest(steps: Sequence[PlannedStep], recipe: Recipe) -> tuple[float, float | None]:
    """Seconds of the longest way through the steps: usually, and one time in ten (None: one is unknown)."""
    usual: dict[str, list[float]] = {}
    slow: dict[str, list[float]] = {}
    unknown = False
    for each in steps:
        if each.action not in ("call", "unknown") or each.verb not in ASKS_OTHERS:
            continue
        name = place(each.path).split("/")[0]
        if each.time is None:
            unknown = True
            continue
        slow.setdefault(name, []).append(each.time.p90)
        if each.action == "call":
            usual.setdefault(name, []).append(each.time.p50)
    return _way(recipe, usual), None if unknown else _way(recipe, slow)


def _way(recipe: Recipe, own: Mapping[str, Sequence[float]]) -> float:
    """The longest way; items of one step run side by side, as many as it says."""
    steps = recipe.document.steps
    waiting = dependencies(steps, recipe)
    ends: dict[str, float] = {}
    for name in in_order(waiting):
        times = own.get(name, ())
        lanes = steps[name].at_once if steps[name].each else 1
        took = max(math.fsum(times) / min(lanes, len(times)), *times) if times else 0.0
        ends[name] = max((ends.get(other, 0.0) for other in waiting[name]), default=0.0) + took
    return max(ends.values(), default=0.0)
