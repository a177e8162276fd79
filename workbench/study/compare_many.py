"""Batches, or variants of one, over the same cases: what is better, what is worse, and is that decided.

The first is what all others are compared with.  Cases are paired by the row of the dataset; repeats of a case
count together as one case, since they are no evidence of their own about other cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from workbench.errors import UsageError
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.store import Ledger
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.study.batch_options import BatchOptions
from workbench.study.case_figures import PASSED, QUALITY, Cases, Figures, Unit, figures_of
from workbench.study.questions import judged_as_many
from workbench.study.statistics import Difference, paired_difference, rate_difference
from workbench.study.verdicts import Verdict, verdict

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Subject:
    """A batch, or a variant of one, that is compared."""

    name: str
    """``a``, ``b``, … in the order given."""
    label: str
    batch: BatchRow | None
    """None: single runs."""
    variant: int
    """From 1; 0 for a batch without variants."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a subject differs from the first in one measure."""

    difference: Difference
    """It minus the first."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of all subjects."""

    name: str
    unit: Unit
    values: tuple[float | None, ...]
    """The mean over the cases that all subjects have, each case once; None where a subject has none."""
    contrasts: tuple[Contrast | None, ...]
    """Of each subject with the first; None for the first itself, and where there is nothing to pair."""

    @property
    def is_of_step(self) -> bool:
        """Whether it is what one step cost or took."""
        return ": " in self.name and self.unit not in QUALITY


@dataclass(frozen=True, slots=True)
class Change:
    """A case that came out otherwise than with the first subject."""

    case: str
    subject: str
    loss: float
    """How much less often it passed, of all repeats; negative: more often."""
    measures: tuple[str, ...]
    """What else changed the same way."""
    first_run: str
    run: str
    """Of several repeats, those that show it: one that passed and one that did not, where there are."""

    @property
    def row(self) -> str:
        """The number of the case's row in the data."""
        return self.case.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Subjects side by side."""

    subjects: tuple[Subject, ...]
    figures: tuple[Figures, ...]
    margin: float
    cases: int
    """Cases that all subjects have."""
    alone: tuple[int, ...]
    """Cases of each subject that not all have."""
    measures: tuple[Measure, ...]
    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    flaky: tuple[tuple[str, ...], ...]
    """Cases of each subject that its own repeats do not agree on."""
    frontier: frozenset[str]
    """Subjects than which none passes more for as little, nor as much for less."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The cases that changed: those that got worse first."""
        return (*self.regressions, *self.improvements)

    def measure(self, name: str) -> Measure | None:
        """The measure of a name."""
        return next((each for each in self.measures if each.name == name), None)


def subjects_of(ledger: Ledger, references: Sequence[str]) -> list[Subject]:
    """The batches and variants that references name: ``BATCH``, ``BATCH@2``, ``BATCH@writer=x/y``.

    A batch with variants stands for all of them.  UsageError for what names none, or fewer than two in all.
    """
    found: list[tuple[str, BatchRow, int]] = []
    for reference in references:
        id, _, wanted = reference.partition("@")
        batch = ledger.batches().find(id)
        if batch is None:
            raise UsageError(f"the record holds no batch {id}", hint="its id is told when a batch begins")
        names = [each.name for each in BatchOptions.of_record(batch).variants]
        numbers = [_variant(batch, names, wanted)] if wanted else range(1, len(names) + 1) if names else [0]
        found += [(names[number - 1] if names else _told(batch), batch, number) for number in numbers]
    if len(found) < 2:
        raise UsageError("one batch alone cannot be compared", hint="name two, or one that has variants")
    several = len({batch.id for _, batch, _ in found}) > 1
    return [
        Subject(letter(place), f"{batch.id} {label}" if several else label, batch, number)
        for place, (label, batch, number) in enumerate(found)
    ]


def letter(place: int) -> str:
    """``a`` … ``z``, ``aa`` …"""
    more, last = divmod(place, len(LETTERS))
    return (letter(more - 1) if more else "") + LETTERS[last]


def _variant(batch: BatchRow, names: Sequence[str], wanted: str) -> int:
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return int(wanted)
    if wanted in names:
        return names.index(wanted) + 1
    hint = did_you_mean_or_list(wanted, names, "it has none")
    raise UsageError(f"batch {batch.id} has no variant {wanted}", hint=hint)


def _told(batch: BatchRow) -> str:
    """The recipe, and what was set in it."""
    models, edits = batch.options.get("models") or {}, batch.options.get("edits") or {}
    changes = [f"{name}={value}" for name, value in {**models, **edits}.items()]
    return " ".join([batch.recipe, *changes])


def compare_many(ledger: Ledger, subjects: Sequence[Subject], margin: float = 0.0) -> Comparison:
    """Compare; ``margin`` is the loss in a share or score that does not matter."""
    batches = [each.batch for each in subjects if each.batch is not None]
    known = {
        batch.number: figures_of(ledger, batch) for batch in {each.number: each for each in batches}.values()
    }
    figures = [
        known[batch.number].get(each.variant) or Figures()
        for each, batch in zip(subjects, batches, strict=True)
    ]
    for place, each in enumerate(figures):
        if not set(figures[0].runs) & set(each.runs):
            raise UsageError(
                f"{subjects[0].label} and {subjects[place].label} have no case in common",
                hint=f"they ran over {batches[0].data} and {batches[place].data}",
            )
    return compared(subjects, figures, margin)


def compared(subjects: Sequence[Subject], figures: Sequence[Figures], margin: float) -> Comparison:
    """The comparison of what subjects came to."""
    common = set(figures[0].runs).intersection(*(each.runs for each in figures[1:]))
    changes = [
        change
        for subject, each in zip(subjects[1:], figures[1:], strict=True)
        for change in _changes(subject.name, figures[0], each)
    ]
    return Comparison(
        tuple(subjects),
        tuple(figures),
        margin,
        len(common),
        tuple(len(set(each.runs) - common) for each in figures),
        _measures(figures, common, margin),
        tuple(sorted((each for each in changes if each.loss > 0), key=_worst_first)),
        tuple(sorted((each for each in changes if each.loss < 0), key=_worst_first)),
        tuple(_flaky(each) for each in figures),
        _frontier(subjects, figures),
    )


# --- measures --------------------------------------------------------------------------------------------


def _measures(figures: Sequence[Figures], common: set[str], margin: float) -> tuple[Measure, ...]:
    keys = list(dict.fromkeys(key for each in figures for key in each.measures))
    kept = [
        key for key in keys if not _says_nothing(key[1], [each.measures.get(key, {}) for each in figures])
    ]
    paired = {
        (key, place): difference
        for key in kept
        for place in range(1, len(figures))
        if (difference := _paired(key[1], figures[0].measures.get(key), figures[place].measures.get(key)))
    }
    fair = judged_as_many(paired, figures)
    return tuple(
        Measure(
            key[0],
            key[1],
            tuple(_mean(each.measures.get(key, {}), common) for each in figures),
            (
                None,
                *(
                    Contrast(found, _verdict(key[1], found, margin))
                    if (found := fair.get((key, place)))
                    else None
                    for place in range(1, len(figures))
                ),
            ),
        )
        for key in kept
    )


def _says_nothing(unit: Unit, sides: Sequence[Cases]) -> bool:
    """Costs and tokens that are all nothing, and scores that only repeat the verdict."""
    values = {value for side in sides for found in side.values() for value in found}
    if unit in ("usd", "tokens"):
        return values <= {0.0}
    return unit == "score" and values <= {0.0, 1.0}


def _mean(cases: Cases, common: set[str]) -> float | None:
    values = [fmean(found) for case, found in cases.items() if case in common]
    return fmean(values) if values else None


def _paired(unit: Unit, one: Cases | None, other: Cases | None) -> Difference | None:
    cases = [case for case in one or () if case in (other or ())]
    if not cases or one is None or other is None:
        return None
    left, right = [fmean(one[case]) for case in cases], [fmean(other[case]) for case in cases]
    if unit == "share" and {*left, *right} <= {0.0, 1.0}:
        return rate_difference([bool(each) for each in left], [bool(each) for each in right])
    return paired_difference(left, right)


def _verdict(unit: Unit, difference: Difference, margin: float) -> Verdict:
    if unit in QUALITY:
        return verdict(difference, margin)
    less = replace(difference, mean=-difference.mean, low=-difference.high, high=-difference.low)
    return verdict(less)


# --- cases -----------------------------------------------------------------------------------------------


def _changes(name: str, first: Figures, other: Figures) -> Iterable[Change]:
    """The cases that passed more or less often; of equal ones, those that some gate tells apart."""
    shares = [key for key in first.measures if key[1] == "share" and key in other.measures]
    for case, first_run in first.runs.items():
        if case not in other.runs:
            continue
        losses = {
            key[0]: fmean(first.measures[key][case]) - fmean(other.measures[key][case])
            for key in shares
            if case in first.measures[key] and case in other.measures[key]
        }
        whole = losses.pop(PASSED, 0.0)
        loss = whole or max(losses.values(), key=abs, default=0.0)
        if loss:
            same = tuple(measure for measure, each in losses.items() if each * loss > 0)
            one, its = (first.good, other.bad) if loss > 0 else (first.bad, other.good)
            runs = one.get(case, first_run), its.get(case, other.runs[case])
            yield Change(case, name, loss, same, *runs)


def _worst_first(change: Change) -> tuple[float, int, tuple[int, str]]:
    return -abs(change.loss), -len(change.measures), _position(change.case)


def _flaky(figures: Figures) -> tuple[str, ...]:
    found = {
        case
        for (_, unit), cases in figures.measures.items()
        if unit == "share"
        for case, values in cases.items()
        if len(set(values)) > 1
    }
    return tuple(sorted(found, key=_position))


def _position(case: str) -> tuple[int, str]:
    number = case.rpartition(":")[2]
    return (int(number) if number.isdigit() else 0, case)


def _frontier(subjects: Sequence[Subject], figures: Sequence[Figures]) -> frozenset[str]:
    """The subjects that no other beats in both quality and cost."""
    points = {
        subject.name: (passed, cost)
        for subject, each in zip(subjects, figures, strict=True)
        if (passed := each.mean(PASSED)) is not None and (cost := each.mean("cost")) is not None
    }
    return frozenset(
        name
        for name, (passed, cost) in points.items()
        if not any(
            other >= passed and price <= cost and (other, price) != (passed, cost)
            for other, price in points.values()
        )
    )
