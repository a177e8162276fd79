"""A text read entry by entry: of an edited text only the new entries are read, the rest is remembered.

An entry that reads well alone reads the same in its text: its lines begin with a key at the column of the
section, so nothing before it can reach into it, and nothing in it is still open where the next one begins.
Where that is not plain to see, the text is not split and the whole of it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workbench.errors import RecipeError
from workbench.recipe.source import MAX_BYTES, MAX_DEPTH, MAX_NODES, Path, Place, Source, read_text

LONGEST = 20_000
"""Characters of the longest entry that is remembered."""
MOST = 1_000
"""Entries of the largest text that is read by them."""
KEY = r"[A-Za-z_][A-Za-z0-9_-]*"
SECTION = re.compile(rf"(?m)^{KEY}:(?= |\n|\Z)")
HEADER = re.compile(rf"({KEY}):[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*(?=( +){KEY}:(?: |\n|\Z))")
"""A section that is written in lines, up to its first entry."""
ODD = re.compile(r"(?m)^(?:---|\.\.\.|%)|[\ufeff\x85\u2028\u2029\r]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """An entry as it reads alone; lines and characters are counted from its own beginning."""

    data: dict[str, Any]
    key: str
    values: tuple[tuple[Path, Place], ...]
    keys: tuple[tuple[Path, Place], ...]
    flow: tuple[tuple[Path, int], ...]
    lines: int


def read_pieces(text: str) -> Source | None:
    """As ``read_text``; None where the text is not good, or not one that can be read entry by entry."""
    if len(text) > MAX_BYTES or ODD.search(text):
        return None
    starts = [found.start() for found in SECTION.finditer(text)]
    if len(starts) < 2:
        return None
    whole = _Whole(text)
    for start, end in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True):
        if not whole.section(start, end):
            return None
    return whole.source if len(whole.source.values) <= MAX_NODES // 2 else None


class _Whole:
    """A text that is put together from its pieces."""

    def __init__(self, text: str) -> None:
        self.source = Source("", text, data={})
        self.line = 0
        self.pieces = 0

    def section(self, start: int, end: int) -> bool:
        """Take a section; False when it must be read with the rest."""
        text = self.source.text
        found = HEADER.match(text, start, end)
        if found is None:
            return self._take(start, end, (), self.source.data)
        name, indent = found.group(1), found.group(2)
        if name in self.source.data or not self.source.values:
            return False
        inner: dict[str, Any] = {}
        self.source.data[name] = inner
        line = self.line + 1
        self.source.keys[(name,)] = Place(line, 1, start, start + len(name))
        self.line += text.count("\n", start, found.end())
        first = Place(self.line + 1, len(indent) + 1, found.end() + len(indent), found.end() + len(indent))
        self.source.values[(name,)] = first
        entries = re.compile(rf"(?m)^{indent}{KEY}:(?= |\n|\Z)")
        starts = [each.start() for each in entries.finditer(text, found.end(), end)]
        return all(
            self._take(at, until, (name,), inner)
            for at, until in zip(starts, [*starts[1:], end], strict=True)
        )

    def _take(self, start: int, end: int, above: Path, into: dict[str, Any]) -> bool:
        source, line = self.source, self.line
        self.pieces += 1
        if self.pieces > MOST:
            return False
        piece = _piece(source.text[start:end]) if end - start <= LONGEST else None
        if piece is None or piece.key in into:
            return False
        into[piece.key] = _copied(piece.data[piece.key])
        for path, place in piece.values if not source.values else piece.values[1:]:
            source.values[(*above, *path)] = _moved(place, line, start)
        for path, place in piece.keys:
            source.keys[(*above, *path)] = _moved(place, line, start)
        for path, behind in piece.flow:
            source.flow[(*above, *path)] = behind + start
        self.line += piece.lines
        return True


@lru_cache(maxsize=2 * MOST)
def _piece(text: str) -> _Piece | None:
    """One entry; None when its text is not exactly one, written plainly."""
    try:
        source = read_text(text, "")
    except RecipeError:
        return None
    data = source.data
    if not isinstance(data, dict) or len(data) != 1 or () in source.flow:
        return None
    *_, last = source.values.values()
    if last.start == last.end or max(map(len, source.values)) > MAX_DEPTH - 4:
        return None  # where an empty value at the end stands depends on what follows
    return _Piece(
        data,
        next(iter(data)),
        tuple(source.values.items()),
        tuple(source.keys.items()),
        tuple(source.flow.items()),
        text.count("\n"),
    )


def _moved(place: Place, lines: int, characters: int) -> Place:
    start, end = place.start + characters, place.end + characters
    return Place(place.line + lines, place.column, start, end, place.style)


def _copied(value: Any) -> Any:
    """Data that may be changed without changing what is remembered."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
