"""Where a strict replay leaves its recording, and how."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import Divergence
from workbench.ledger.reader import Reader
from workbench.study.explain import Difference, differences, parts_of_question, parts_of_row
from workbench.study.recorded import recorded_calls


@dataclass(frozen=True, slots=True)
class Departure:
    """The first place where a replay leaves its recording.  ``path`` is a step, ``inputs`` or ``outputs``."""

    path: str
    told: str
    differences: tuple[Difference, ...] = ()


def diverged(reader: Reader, run: str, divergence: Divergence) -> Departure:
    """What was asked, beside what was recorded in its place."""
    calls = (each for each in recorded_calls(reader, run) if (run, each.call) == divergence.expected)
    row = next(calls, None)
    if row is None:
        return Departure(divergence.path, "it asks something that was not asked then")
    found = differences(parts_of_row(row), parts_of_question(*divergence.asked))
    told = ", ".join(str(each) for each in found) or "it asks the same once more than it did then"
    return Departure(divergence.path, told, tuple(found))
