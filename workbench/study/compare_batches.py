"""Two batches over the same cases: what is better, what is worse, and whether that is decided.

Cases are paired by the row of the dataset; repeats of a case count together as one case, since they are no
evidence of their own about other cases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from workbench.errors import UsageError
from workbench.ledger.batch_rows import BatchRow, BatchRun, BatchTotals
from workbench.ledger.batches import Batches
from workbench.study.statistics import (
    Difference,
    corrected,
    paired_difference,
    rate_difference,
)
from workbench.study.verdicts import Verdict, verdict
from workbench.usage import NANO

UNFINISHED = frozenset({"running", "crashed", "cancelled", "over_budget"})
"""Runs that say nothing yet of their case."""

Cases = dict[str, list[float]]
"""Figures by case, one for each repeat."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of both batches, over the cases that both have it for."""

    name: str
    unit: str
    """``share``, ``score``, ``usd`` or ``s``."""
    left: float
    right: float
    difference: Difference
    """Right minus left."""
    verdict: Verdict
    """Of the right one; less is better for dollars and seconds."""


@dataclass(frozen=True, slots=True)
class Change:
    """A case that one batch passed and the other did not."""

    case: str
    measure: str
    left_run: str
    right_run: str


@dataclass(frozen=True, slots=True)
class BatchComparison:
    """Two batches side by side."""

    left: BatchRow
    right: BatchRow
    totals: tuple[BatchTotals, BatchTotals]
    times: tuple[tuple[float, float] | None, tuple[float, float] | None]
    """Median and 95th percentile of the seconds of a run."""
    cases: int
    alone: tuple[int, int]
    """Cases that only the left or only the right has."""
    measures: tuple[Measure, ...]
    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    flaky: tuple[tuple[str, ...], tuple[str, ...]]
    """Cases that their own repeats do not agree on, of either."""


@dataclass(slots=True)
class _Side:
    """The figures of one batch."""

    figures: dict[tuple[str, str], Cases] = field(default_factory=lambda: defaultdict(dict))
    runs: dict[str, str] = field(default_factory=dict)
    """The first run of each case."""
    seconds: list[float] = field(default_factory=list)

    def add(self, name: str, unit: str, case: str, value: float) -> None:
        self.figures[name, unit].setdefault(case, []).append(value)


def compare_batches(
    batches: Batches, left: BatchRow, right: BatchRow, margin: float = 0.0
) -> BatchComparison:
    """Compare two batches; ``margin`` is the loss in a share or score that does not matter."""
    sides = _side(batches, left), _side(batches, right)
    one, other = (set(side.runs) for side in sides)
    if not one & other:
        raise UsageError(
            f"batches {left.id} and {right.id} have no case in common",
            hint=f"they ran over {left.data} and {right.data}",
        )
    lost, won = _changes(*sides)
    return BatchComparison(
        left,
        right,
        (batches.totals(left.number), batches.totals(right.number)),
        (_times(sides[0].seconds), _times(sides[1].seconds)),
        len(one & other),
        (len(one - other), len(other - one)),
        _measures(*sides, margin),
        lost,
        won,
        (_flaky(sides[0]), _flaky(sides[1])),
    )


# --- figures of one batch --------------------------------------------------------------------------------


def case_of(key: str) -> str:
    """The case of a run's key: without its repeat."""
    return key.partition("#")[0]


def _side(batches: Batches, batch: BatchRow) -> _Side:
    side = _Side()
    cases: dict[str, str] = {}
    for run in batches.runs(batch.number):
        if run.status not in UNFINISHED:
            cases[run.run] = case_of(run.key)
            _add_run(side, cases[run.run], run)
    for (run_id, name), (passed, score) in _verdicts(batches.gates(batch.number)).items():
        case = cases.get(run_id)
        if case is not None:
            side.add(name, "share", case, float(passed))
            if score is not None:
                side.add(f"{name} score", "score", case, score)
    return side


def _add_run(side: _Side, case: str, run: BatchRun) -> None:
    side.runs.setdefault(case, run.run)
    side.add("done", "share", case, float(run.status == "done"))
    if run.cost_known:
        side.add("cost", "usd", case, run.cost_nano / NANO)
    if run.seconds is not None and run.status == "done":
        side.add("time", "s", case, run.seconds)
        side.seconds.append(run.seconds)


def _verdicts(
    rows: Iterable[tuple[str, str, str, bool, float | None]],
) -> dict[tuple[str, str], tuple[bool, float | None]]:
    """The last verdict of each gate in a run; of a step's items, whether all passed, and the mean score."""
    last: dict[tuple[str, str, str], tuple[bool, float | None]] = {}
    for run, path, gate, passed, score in rows:
        last[run, re.sub(r"#\d+", "", path), gate] = (passed, score)
    items: dict[tuple[str, str], list[tuple[bool, float | None]]] = defaultdict(list)
    for (run, path, gate), found in last.items():
        step = re.sub(r"\[\d+\]", "", path)
        items[run, f"{step}: {gate}"].append(found)
    return {
        key: (
            all(passed for passed, _ in found),
            fmean(scores) if (scores := [score for _, score in found if score is not None]) else None,
        )
        for key, found in items.items()
    }


def _times(seconds: Sequence[float]) -> tuple[float, float] | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def _flaky(side: _Side) -> tuple[str, ...]:
    found = {
        case
        for (_, unit), cases in side.figures.items()
        if unit == "share"
        for case, values in cases.items()
        if len(set(values)) > 1
    }
    return tuple(sorted(found, key=_position))


def _position(case: str) -> tuple[int, str]:
    number = case.rpartition(":")[2]
    return (int(number) if number.isdigit() else 0, case)


# --- both ------------------------------------------------------------------------------------------------


def _measures(left: _Side, right: _Side, margin: float) -> tuple[Measure, ...]:
    found: list[tuple[str, str, float, float, Difference]] = []
    for key in (key for key in left.figures if key in right.figures):
        one, other = left.figures[key], right.figures[key]
        cases = [case for case in one if case in other]
        if not cases:
            continue
        pair = [fmean(one[case]) for case in cases], [fmean(other[case]) for case in cases]
        if _says_nothing(key[1], {*pair[0], *pair[1]}):
            continue
        found.append((*key, fmean(pair[0]), fmean(pair[1]), _difference(key[1], *pair)))
    fair = corrected([each[-1] for each in found])
    return tuple(
        Measure(name, unit, one, other, difference, _verdict(unit, difference, margin))
        for (name, unit, one, other, _), difference in zip(found, fair, strict=True)
    )


def _says_nothing(unit: str, values: set[float]) -> bool:
    """Costs that are all nothing, and scores that only repeat the verdict."""
    return values == {0.0} if unit == "usd" else unit == "score" and values <= {0.0, 1.0}


def _difference(unit: str, left: Sequence[float], right: Sequence[float]) -> Difference:
    if unit == "share" and {*left, *right} <= {0.0, 1.0}:
        return rate_difference([bool(each) for each in left], [bool(each) for each in right])
    return paired_difference(left, right)


def _verdict(unit: str, difference: Difference, margin: float) -> Verdict:
    if unit in ("share", "score"):
        return verdict(difference, margin)
    less = replace(difference, mean=-difference.mean, low=-difference.high, high=-difference.low)
    return verdict(less)


def _changes(left: _Side, right: _Side) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Cases that the right one lost, and those it won; the greatest changes first."""
    changes: dict[bool, list[tuple[float, Change]]] = {True: [], False: []}
    for (name, unit), cases in left.figures.items():
        others: Mapping[str, list[float]] = right.figures.get((name, unit), {})
        for case in cases:
            if unit == "share" and case in others:
                change = fmean(others[case]) - fmean(cases[case])
                if change:
                    told = Change(case, name, left.runs[case], right.runs[case])
                    changes[change > 0].append((-abs(change), told))
    lost, won = (
        tuple(each for _, each in sorted(found, key=lambda one: (one[0], _position(one[1].case))))
        for found in (changes[False], changes[True])
    )
    return lost, won
