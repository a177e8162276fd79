"""What runs of a batch were given, in a line each, so that a case is known by its text."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.events import Json
from workbench.ledger.batches import Batches
from workbench.tui import presentation as show

LONGEST = 200
Words = tuple[tuple[str, str], ...]
"""Names of inputs with their values in a line."""


class Given:
    """Reads each run once."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._known: dict[str, Words] = {}

    def of(self, runs: Iterable[str]) -> dict[str, str]:
        """By run; an input that all of them have alike is left out where others tell them apart."""
        wanted = list(dict.fromkeys(runs))
        new = self._batches.inputs(run for run in wanted if run not in self._known)
        self._known.update(
            (run, tuple((name, _word(value)) for name, value in inputs.items()))
            for run, inputs in new.items()
        )
        words = {run: self._known.get(run, ()) for run in wanted}
        often: dict[tuple[str, str], int] = {}
        for each in words.values():
            for pair in each:
                often[pair] = often.get(pair, 0) + 1
        return {run: _line(each, len(words), often) for run, each in words.items()}


def _word(value: Json) -> str:
    return show.one_line(value, LONGEST)


def _line(words: Words, runs: int, often: dict[tuple[str, str], int]) -> str:
    own = [pair for pair in words if often[pair] < runs] or words
    return " · ".join(value for _, value in own)
