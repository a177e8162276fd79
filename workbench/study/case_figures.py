"""What a batch, or one variant of it, came to: figures by case, in all and for each step.

Answers that were reused count as when they were made, in cost, time and tokens: a variant that shares steps
with others is not cheaper or faster for being run after them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from workbench.batch.variants import case_of, variant_of
from workbench.ledger.batch_rows import BatchCall, BatchRow, BatchRun
from workbench.ledger.opinions import Expected, Label
from workbench.ledger.store import Ledger
from workbench.study.history import place
from workbench.usage import NANO

UNFINISHED = frozenset({"running", "crashed", "cancelled", "over_budget"})
"""Runs that say nothing yet of their case."""
PASSED = "passed"
"""The measure of a whole run: done, gates passed, as expected; a label by hand has the last word."""

QUALITY = frozenset({"share", "score"})
"""Units of which more is better; of the others less is."""
WHOLE = frozenset({PASSED, "done", "cost", "time", "tokens"})
"""Measures of a whole run; all others are of a step, or of something expected."""

Unit = Literal["share", "score", "usd", "s", "tokens"]
Key = tuple[str, Unit]
Cases = dict[str, list[float]]
"""Figures by case, one for each repeat."""
GateRow = tuple[str, str, str, bool, float | None]
"""Run, step path, gate, whether it passed, score."""


@dataclass(slots=True)
class Figures:
    """The figures of one batch or variant."""

    measures: dict[Key, Cases] = field(default_factory=lambda: defaultdict(dict))
    runs: dict[str, str] = field(default_factory=dict)
    """The first run of each case."""
    good: dict[str, str] = field(default_factory=dict)
    """The first run of a case that passed."""
    bad: dict[str, str] = field(default_factory=dict)
    """The first run of a case that did not pass."""
    by_status: Counter[str] = field(default_factory=Counter)
    cost_nano: int = 0
    cost_known: bool = True
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: list[float] = field(default_factory=list)
    labels: int = 0

    def add(self, name: str, unit: Unit, case: str, value: float) -> None:
        """A figure of a case."""
        self.measures[name, unit].setdefault(case, []).append(value)

    def mean(self, name: str, cases: Iterable[str] | None = None) -> float | None:
        """The mean of a measure over cases, each case once; None when there is none."""
        for (known, _), found in self.measures.items():
            if known == name:
                values = [fmean(found[case]) for case in (found if cases is None else cases) if case in found]
                return fmean(values) if values else None
        return None

    def quantile(self, share: float) -> float | None:
        """The seconds that a share of the runs were done within."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


@dataclass(slots=True)
class RunFacts:
    """What is known of one run before it is counted."""

    row: BatchRun
    calls: list[BatchCall] = field(default_factory=list)
    verdicts: dict[str, tuple[bool, float | None]] = field(default_factory=dict)
    expected: Sequence[Expected] = ()
    labels: Sequence[Label] = ()


def figures_of(ledger: Ledger, batch: BatchRow) -> dict[int, Figures]:
    """The figures of each variant of a batch by its number; 0 for one without variants."""
    batches, opinions = ledger.batches(), ledger.opinions()
    runs = {row.run: RunFacts(row) for row in batches.runs(batch.number)}
    for call in batches.calls(batch.number):
        if call.run in runs:
            runs[call.run].calls.append(call)
    for (run, name), verdict in verdicts(batches.gates(batch.number)).items():
        if run in runs:
            runs[run].verdicts[name] = verdict
    for run, expected in opinions.expectations_of_batch(batch.number).items():
        if run in runs:
            runs[run].expected = expected
    for run, labels in opinions.labels_of_batch(batch.number).items():
        if run in runs:
            runs[run].labels = labels
    found: dict[int, Figures] = defaultdict(Figures)
    for each in runs.values():
        count_run(found[variant_of(each.row.key)], each)
    return found


def count_run(figures: Figures, run: RunFacts) -> None:
    """Count a run among the figures of its variant."""
    row, case = run.row, case_of(run.row.key)
    figures.by_status[row.status] += 1
    if row.status in UNFINISHED:
        return
    passed = _passed(run)
    figures.runs.setdefault(case, row.run)
    (figures.good if passed else figures.bad).setdefault(case, row.run)
    figures.add(PASSED, "share", case, float(passed))
    figures.add("done", "share", case, float(row.status == "done"))
    for name, (passed, score) in run.verdicts.items():
        figures.add(name, "share", case, float(passed))
        if score is not None:
            figures.add(f"{name} score", "score", case, score)
    for each in run.expected:
        name = f"{each.target}: {each.gate}"
        figures.add(name, "share", case, float(each.passed))
        if each.score is not None:
            figures.add(f"{name} score", "score", case, each.score)
    figures.labels += bool(run.labels)
    _count_calls(figures, run, case)


def _passed(run: RunFacts) -> bool:
    whole = [label.word for label in run.labels if label.path is None]
    if whole:
        return whole[-1] == "good"
    return (
        run.row.status == "done"
        and all(passed for passed, _ in run.verdicts.values())
        and all(each.passed for each in run.expected)
    )


def _count_calls(figures: Figures, run: RunFacts, case: str) -> None:
    steps: dict[str, list[BatchCall]] = {}
    for call in run.calls:
        steps.setdefault(place(call.path), []).append(call)
    known = run.row.cost_known and all(call.cost_nano is not None for call in run.calls)
    cost = sum(call.cost_nano or 0 for call in run.calls)
    figures.cost_nano += cost
    figures.cost_known = figures.cost_known and known
    if known:
        figures.add("cost", "usd", case, cost / NANO)
    if run.row.seconds is not None and run.row.status == "done":
        seconds = run.row.seconds + sum(call.seconds - call.waited for call in run.calls if call.reused)
        figures.add("time", "s", case, seconds)
        figures.seconds.append(seconds)
    tokens_in, tokens_out = _tokens(run.calls)
    figures.tokens_in += tokens_in
    figures.tokens_out += tokens_out
    if any(call.is_model for call in run.calls):
        figures.add("tokens", "tokens", case, tokens_in + tokens_out)
    for step, calls in steps.items():
        _count_step(figures, step, calls, case)


def _count_step(figures: Figures, step: str, calls: Sequence[BatchCall], case: str) -> None:
    if all(call.cost_nano is not None for call in calls):
        figures.add(f"{step}: cost", "usd", case, sum(call.cost_nano or 0 for call in calls) / NANO)
    figures.add(f"{step}: time", "s", case, sum(call.seconds for call in calls))
    if any(call.is_model for call in calls):
        figures.add(f"{step}: tokens", "tokens", case, sum(_tokens(calls)))


def _tokens(calls: Iterable[BatchCall]) -> tuple[int, int]:
    every = list(calls)
    return sum(call.tokens_in or 0 for call in every), sum(call.tokens_out or 0 for call in every)


def verdicts(rows: Iterable[GateRow]) -> Mapping[tuple[str, str], tuple[bool, float | None]]:
    """The last verdict of each gate in a run; of a step's items, whether all passed, and the mean score."""
    last: dict[tuple[str, str, str], tuple[bool, float | None]] = {}
    for run, path, gate, passed, score in rows:
        last[run, re.sub(r"#\d+", "", path), gate] = (passed, score)
    items: dict[tuple[str, str], list[tuple[bool, float | None]]] = defaultdict(list)
    for (run, path, gate), found in last.items():
        items[run, f"{place(path)}: {gate}"].append(found)
    return {
        key: (
            all(passed for passed, _ in found),
            fmean(scores) if (scores := [score for _, score in found if score is not None]) else None,
        )
        for key, found in items.items()
    }
