"""What cases of a batch were given and what came of them, each in a line that it is known by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.events import Json
from workbench.ledger.batch_rows import RunEnding

if TYPE_CHECKING:
    from workbench.ledger.batches import Batches
    from workbench.study.compare_many import Change

LONGEST = 200
Hide = Callable[[Json], Json]
Words = tuple[tuple[str, str], ...]
"""Names of inputs with their values in a line."""


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """The texts of a case that came out otherwise with two subjects."""

    given: str
    first: str
    """What the run of the first came to: the outputs that differ, or its error."""
    other: str


class Given:
    """Reads what each run was given, once."""

    def __init__(self, batches: Batches, hide: Hide = lambda value: value) -> None:
        self._batches = batches
        self._hide = hide
        self._known: dict[str, Words] = {}

    def of(self, runs: Iterable[str]) -> dict[str, str]:
        """By run; an input that all of them have alike is left out where others tell them apart."""
        wanted = list(dict.fromkeys(runs))
        new = self._batches.inputs(run for run in wanted if run not in self._known)
        self._known.update(
            (run, tuple((name, one_line(self._hide(value))) for name, value in inputs.items()))
            for run, inputs in new.items()
        )
        words = {run: self._known.get(run, ()) for run in wanted}
        often: dict[tuple[str, str], int] = {}
        for each in words.values():
            for pair in each:
                often[pair] = often.get(pair, 0) + 1
        return {run: _line(each, len(words), often) for run, each in words.items()}


def case_texts(
    batches: Batches, changes: Sequence[Change], hide: Hide = lambda value: value
) -> dict[Change, CaseTexts]:
    """The texts of each change; ``hide`` takes out of values what is not to be seen, before they are cut."""
    given = Given(batches, hide).of(each.first_run for each in changes)
    endings = batches.endings(dict.fromkeys(run for each in changes for run in (each.first_run, each.run)))
    found = {}
    for each in changes:
        first, other = endings[each.first_run], endings[each.run]
        names = _told_apart(first, other, each.measures)
        sides = (_answer(first, names, hide), _answer(other, names, hide))
        found[each] = CaseTexts(given[each.first_run], *sides)
    return found


def one_line(value: Json, limit: int = LONGEST) -> str:
    """A value on one line, cut to ``limit`` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text[: limit * 4].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _line(words: Words, runs: int, often: Mapping[tuple[str, str], int]) -> str:
    own = [pair for pair in words if often[pair] < runs] or words
    return " · ".join(value for _, value in own)


def _told_apart(first: RunEnding, other: RunEnding, measures: Iterable[str]) -> list[str]:
    """The outputs that are not the same, those first that a measure is of; all where none differs."""
    names = list(dict.fromkeys((*first.outputs, *other.outputs)))
    differ = [name for name in names if first.outputs.get(name) != other.outputs.get(name)] or names
    measured = {each.partition(":")[0].removeprefix("outputs.") for each in measures}
    return sorted(differ, key=lambda name: name not in measured)


def _answer(ending: RunEnding, names: Sequence[str], hide: Hide) -> str:
    if ending.status == "waiting":
        return "waits for a person"
    if ending.status != "done":
        return one_line(f"{ending.status.replace('_', ' ')}: {hide(ending.error)}".removesuffix(": "))
    told = [(name, one_line(hide(ending.outputs.get(name)))) for name in names]
    if len(told) == 1:
        return told[0][1]
    return one_line(" · ".join(f"{name}: {value}" for name, value in told))
