"""A text by its lines: where each begins, and the lines as an editor shows them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from workbench.safe_text import FORBIDDEN

BREAK = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Lines:
    """The starts and ends, as offsets, of all lines of a text; a line's end is before its break."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Lines:
        """The lines of ``text``; there is always one more than there are breaks."""
        starts, ends = [0], []
        for match in BREAK.finditer(text):
            ends.append(match.start())
            starts.append(match.end())
        ends.append(len(text))
        return cls(text, tuple(starts), tuple(ends))

    def offset(self, row: int, column: int) -> int:
        """The offset of a place; rows and columns count from 0, and what lies outside is moved inside."""
        row = min(max(0, row), len(self.starts) - 1)
        return min(self.starts[row] + max(0, column), self.ends[row])

    def place(self, offset: int) -> tuple[int, int]:
        """Row and column of an offset, from 0."""
        row = max(0, bisect_right(self.starts, offset) - 1)
        return row, min(offset, self.ends[row]) - self.starts[row]


def shown(text: str) -> str:
    """``text`` as an editor shows it: same places, breaks as ``\\n``, what a terminal obeys as ``·``."""
    bare = BREAK.sub("\n", text)
    return FORBIDDEN.sub("·", bare)


def newline_of(text: str) -> str:
    """The line break that a text uses: its first."""
    match = BREAK.search(text)
    return match.group() if match else "\n"


def typed(text: str, newline: str) -> str:
    """What was typed or pasted, as it goes into the document: its own breaks, no control characters."""
    return FORBIDDEN.sub("", BREAK.sub("\n", text)).replace("\n", newline)
