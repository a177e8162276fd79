"""Recorded answers and what checks say of them: then, and by the recipe of now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow, GateRow, RunRow
from workbench.study.paths import parts
from workbench.usage import dollars

ASKS = "asks"
"""Stands among the verdicts on a shadow for gates that would have asked somebody."""
GONE = "no longer in the recipe: does not count"
AS_RECORDED = "as recorded"


@dataclass(frozen=True, slots=True)
class Judged:
    """One check of a recorded answer."""

    place: str
    """Of the step, as ``group/inner``."""
    gate: str
    then: bool | None
    """None: it was not checked."""
    now: bool | None
    """None: that cannot be said."""
    how: str
    """How the verdict of now came about."""


class Around:
    """What stands around the recorded answers of a run."""

    def __init__(self, reader: Reader, row: RunRow, recording: Sequence[CallRow]) -> None:
        self._reader = reader
        self._row = row
        self._recording = recording

    @cached_property
    def _outputs(self) -> dict[str, Json]:
        return self._reader.step_outputs(self._row.id)

    @cached_property
    def _checked(self) -> frozenset[str]:
        return frozenset(each.path for each in self._reader.gates(self._row.id) if each.call is not None)

    def was_checked(self, path: str) -> bool:
        """Whether any answer of a step instance was."""
        return path in self._checked

    def names(self, path: str) -> dict[str, Json]:
        """The inputs, and what steps left behind that a step instance could see."""
        found = dict(self._row.inputs)
        for number in range(path.count("/") + 1):
            prefix = "".join(f"{part}/" for part in path.split("/")[:number])
            for other, output in self._outputs.items():
                name = other.removeprefix(prefix)
                if other.startswith(prefix) and "/" not in name and parts(name)[0].name == name:
                    found[name] = output
        return found

    def result(self, path: str) -> Json:
        """What a step instance left behind; None where nothing is on record."""
        return self._outputs.get(path)

    def cost(self, call: CallRow) -> float | None:
        """Dollars of a step instance up to an answer; None when a part is unknown."""
        some = [call] if call.kind == "shadow" else [
            each for each in self._recording
            if each.path == call.path and each.call <= call.call and each.kind != "shadow"
        ]  # fmt: skip
        costs = [dollars(each.cost_nano) for each in some if each.status != "started"]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


Judge = Callable[[CallRow, Sequence[GateRow], Around], tuple[Judged, ...]]
"""What checks say of an answer, by the checks of it that are on record."""


def as_it_was(call: CallRow, rows: Sequence[GateRow], around: Around) -> tuple[Judged, ...]:
    """The recorded verdicts."""
    return tuple(as_recorded(row) for row in rows)


def as_recorded(row: GateRow, how: str = AS_RECORDED) -> Judged:
    """A check that keeps its verdict; gates that did not ask about a shadow have none."""
    said = None if row.gate == ASKS else row.passed
    return Judged(row.path, row.gate, said, said, how)


def passes(judged: Sequence[Judged]) -> bool | None:
    """Whether all checks of now pass; None where there is none, or one that cannot be said would decide."""
    verdicts = [each.now for each in judged if each.how != GONE]
    if not verdicts:
        return None
    return False if False in verdicts else None if None in verdicts else True


def passed(judged: Sequence[Judged]) -> bool | None:
    """Whether all checks passed that were made then; None where there was none."""
    verdicts = [each.then for each in judged if each.then is not None]
    return all(verdicts) if verdicts else None
