"""Finds what a long text has in common with texts kept lately, so that only the rest of it is new.

A context that grows by 4 KB a step begins with the context before it; a prompt holds the answers of earlier
steps.  Such a text is kept as the list of its parts: those that are there already, and what lies between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SHORTEST_KNOWN = 512
"""Characters from which a text is looked for within others."""

ANCHOR = 64
"""Characters by which it is looked for."""

TRIES = 4
LOOKED_FOR = 32
"""Texts kept lately that are looked for."""

BASES = 8
"""Long texts kept lately with which another may begin."""

STARTS = 4
"""Parts of such a text that are looked for in another that begins in a different way."""

HEAD = 16 * 1024
"""Characters at the beginning of a text within which they are looked for."""

MOST_CHARACTERS = 8_000_000
"""Of all bases together."""


@dataclass(slots=True)
class Parts:
    """A text as the blobs it is made of: their ids, and where each ends in it."""

    ids: list[int]
    ends: list[int]

    def add(self, key: int, length: int) -> None:
        """One more part of ``length`` characters."""
        self.ids.append(key)
        self.ends.append((self.ends[-1] if self.ends else 0) + length)

    def join(self, other: Parts) -> None:
        """Further parts, after these."""
        before = self.ends[-1] if self.ends else 0
        self.ids += other.ids
        self.ends += (before + end for end in other.ends)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a text: a known blob's, or new."""

    text: str
    key: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of parts that two texts share."""

    at: int
    """Characters before it."""
    parts: Parts
    more: int
    """Characters after it that are the same in part of the next one."""

    @property
    def length(self) -> int:
        """Characters in its parts."""
        return self.parts.ends[-1] if self.parts.ends else 0


@dataclass(slots=True)
class _Base:
    text: str
    key: int
    parts: Parts | None
    """None: not read yet."""


class Chains:
    """The texts kept lately; ``load`` gives the parts of a text that was kept before."""

    def __init__(self, load: Callable[[int], Parts]) -> None:
        self._load = load
        self._known: deque[tuple[str, int]] = deque(maxlen=LOOKED_FOR)
        self._bases: deque[_Base] = deque(maxlen=BASES)

    def note(self, text: str, key: int) -> None:
        """A text was kept as ``key``."""
        if len(text) >= SHORTEST_KNOWN:
            self._known.append((text, key))

    def note_long(self, text: str, key: int, parts: Parts | None) -> None:
        """A long text was kept as ``key``, in ``parts``."""
        self._bases.append(_Base(text, key, parts))
        while sum(len(each.text) for each in self._bases) > MOST_CHARACTERS and len(self._bases) > 1:
            self._bases.popleft()

    def run(self, text: str) -> Run:
        """The longest run of parts that it shares with such a text, somewhere near its beginning."""
        best = Run(0, Parts([], []), 0)
        for base in reversed(self._bases):
            if len(base.text) > best.length and _may_share(text, base):
                if base.parts is None:
                    base.parts = self._load(base.key)
                found = _shared_run(text, base.text, base.parts)
                if (found.length, found.more) > (best.length, best.more):
                    best = found
        return best

    def within(self, text: str) -> list[Found]:
        """``text`` in order, split where texts kept lately stand in it."""
        found = [Found(text, None)]
        for known, key in reversed(self._known):
            if len(known) <= len(text):
                found = [part for each in found for part in _split(each, known, key)]
        return found


def _may_share(text: str, base: _Base) -> bool:
    """Whether it is worth a reading of the parts: the same text stands near both beginnings."""
    return (
        base.parts is not None
        or text.startswith(base.text[:ANCHOR])
        or text.find(base.text[SHORTEST_KNOWN : SHORTEST_KNOWN + ANCHOR], 0, HEAD) >= 0
    )


def _shared_run(text: str, base: str, parts: Parts) -> Run:
    for first in range(min(STARTS, len(parts.ids))):
        start = parts.ends[first - 1] if first else 0
        end = parts.ends[first]
        if first == 0:
            at = 0 if text.startswith(base[:ANCHOR]) else -1
        else:
            at = text.find(base[start : start + ANCHOR], 0, HEAD) if end - start >= ANCHOR else -1
        if at >= 0:
            last = _shared_until(text, at - start, base, first, parts.ends)
            if last > first:
                shared = Parts(parts.ids[first:last], [each - start for each in parts.ends[first:last]])
                more = 0
                if last < len(parts.ends):
                    until = parts.ends[last - 1]
                    more = _same(text[until + at - start :], base[until : parts.ends[last]])
                return Run(at, shared, more)
    return Run(0, Parts([], []), _same(text, base[: parts.ends[0]]))


def _same(text: str, part: str) -> int:
    """How many characters the two begin with in common."""
    same, unknown = 0, min(len(text), len(part))
    while same < unknown:
        middle = (same + unknown + 1) // 2
        if text.startswith(part[same:middle], same):
            same = middle
        else:
            unknown = middle - 1
    return same


def _shared_until(text: str, shift: int, base: str, first: int, ends: list[int]) -> int:
    """The part of ``base`` from which it is no more the same as ``text``, moved by ``shift``."""
    known, unknown = first, len(ends)
    while known < unknown:
        # mostly all of it is the same, or all but the last few
        middle = unknown if unknown - known <= 4 else (known + unknown + 1) // 2
        start = ends[known - 1] if known else 0
        if text.startswith(base[start : ends[middle - 1]], start + shift):
            known = middle
        else:
            unknown = middle - 1
    return known


def _split(part: Found, known: str, key: int) -> list[Found]:
    if part.key is not None or len(part.text) < len(known):
        return [part]
    text, anchor = part.text, known[:ANCHOR]
    at = -1
    for _ in range(TRIES):
        at = text.find(anchor, at + 1)
        if at < 0:
            return [part]
        if text.startswith(known, at):
            around = (Found(text[:at], None), Found(known, key), Found(text[at + len(known) :], None))
            return [each for each in around if each.text]
    return [part]
