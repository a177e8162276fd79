"""A part of a batch: every n-th row, so that several machines do one batch and know nothing of each other."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import UsageError

MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``part`` (from 1) of ``of`` parts."""

    part: int
    of: int

    def holds(self, position: int) -> bool:
        """Whether the row at a position (from 1) is of this part."""
        return (position - 1) % self.of == self.part - 1

    def share_of(self, rows: int) -> int:
        """How many of so many rows are of this part."""
        return len(range(self.part - 1, rows, self.of))


WHOLE = Shard(1, 1)


def read_shard(text: str) -> Shard:
    """The part that ``2/8`` means, all for an empty text; UsageError for what is none."""
    if not text:
        return WHOLE
    found = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text)
    part, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part <= of <= MOST_PARTS:
        raise UsageError(f"--shard {text!r} is no part of a batch", hint="the second of eight: --shard 2/8")
    return Shard(part, of)
