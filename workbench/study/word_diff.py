"""Differences between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4_000
"""Words compared one by one; longer texts are compared line by line, since the cost grows with the square."""

CHANCE = 30
"""Characters up to which texts may be alike by chance."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: the same on both sides, or what one side has in place of the other's."""

    left: str
    right: str

    @property
    def same(self) -> bool:
        """True when both sides read the same."""
        return self.left == self.right


def word_diff(left: str, right: str) -> list[Run]:
    """The stretches of two texts in order; joined, their sides give the texts back."""
    pieces = [_WORDS.findall(text) for text in (left, right)]
    if max(map(len, pieces)) > LONGEST:
        pieces = [text.splitlines(keepends=True) for text in (left, right)]
    return _runs(pieces[0], pieces[1])


def _runs(left: Sequence[str], right: Sequence[str]) -> list[Run]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    runs = [Run("".join(left[a:b]), "".join(right[c:d])) for _, a, b, c, d in matcher.get_opcodes()]
    while len(joined := _readable(runs)) < len(runs):
        runs = joined
    return runs


def _readable(runs: Sequence[Run]) -> list[Run]:
    """Stretches that people can follow: a few words alike within a larger change belong to the change."""
    found: list[Run] = []
    for place, run in enumerate(runs):
        following = runs[place + 1] if place + 1 < len(runs) else None
        if found and (not run.same or (following and _is_chance(found[-1], run, following))):
            before = found[-1]
            if not before.same:
                found[-1] = Run(before.left + run.left, before.right + run.right)
                continue
        found.append(run)
    return found


def _is_chance(before: Run, run: Run, following: Run) -> bool:
    """Whether what is alike between two changes is shorter than each of them, and short."""
    length = len(run.left)
    changes = (max(len(each.left), len(each.right)) for each in (before, following))
    return not before.same and length <= CHANCE and all(length <= change for change in changes)
