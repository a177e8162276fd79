"""How far gates agree with what people said: what a gate stops ought to be bad, what it passes good.

A label of a step judges the gates of that step, a label of the whole run those of all other steps.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.ledger.opinions import Judged
from workbench.ledger.store import Ledger
from workbench.study.history import place

FEWEST = 5
"""Good and bad answers, each, below which no threshold is suggested."""
GAIN = 0.05
"""How much better a threshold must tell good from bad than the gate does to be worth a word."""

Point = tuple[bool, bool, float | None]
"""Whether it is good, whether the gate passed it, and the gate's score."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold of a gate's score that would tell good from bad better."""

    at_least: float
    catches: float
    """Share of the bad that would be stopped."""
    stops: float
    """Share of the good that would be stopped too."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A gate against labels."""

    recipe: str
    path: str
    gate: str
    good_passed: int
    good_stopped: int
    bad_passed: int
    bad_stopped: int
    better: Threshold | None

    @property
    def precision(self) -> float | None:
        """Of what the gate stopped, the share that is bad; None when it stopped nothing."""
        stopped = self.good_stopped + self.bad_stopped
        return self.bad_stopped / stopped if stopped else None

    @property
    def recall(self) -> float | None:
        """Of what is bad, the share that the gate stopped; None when nothing is."""
        bad = self.bad_passed + self.bad_stopped
        return self.bad_stopped / bad if bad else None


def agreements(ledger: Ledger, recipe: str = "", batch: int | None = None) -> list[Agreement]:
    """Every gate that checked something labelled, by recipe and place; of one recipe or batch, or of all."""
    points: dict[tuple[str, str, str], list[Point]] = defaultdict(list)
    for each in _last(ledger.opinions().judged(recipe, batch)):
        points[each.recipe, place(each.path), each.gate].append((each.good, each.passed, each.score))
    return [_agreement(*key, found) for key, found in sorted(points.items())]


def _last(judged: Iterable[Judged]) -> Iterable[Judged]:
    """The last verdict of each gate at each instance of a step: earlier passes were mended."""
    return {(each.run, re.sub(r"#\d+", "", each.path), each.gate): each for each in judged}.values()


def _agreement(recipe: str, path: str, gate: str, points: Sequence[Point]) -> Agreement:
    def count(*, good: bool, passed: bool) -> int:
        return sum(one is good and other is passed for one, other, _ in points)

    return Agreement(
        recipe,
        path,
        gate,
        count(good=True, passed=True),
        count(good=True, passed=False),
        count(good=False, passed=True),
        count(good=False, passed=False),
        _better(points),
    )


def _better(points: Sequence[Point]) -> Threshold | None:
    """The threshold that tells good from bad best, where that is better than the gate does."""
    scored = sorted((score, good) for good, _, score in points if score is not None)
    whole = {kind: sum(good is kind for _, good in scored) for kind in (True, False)}
    if min(whole.values()) < FEWEST:
        return None
    now = {
        kind: sum(good is kind and not passed for good, passed, score in points if score is not None)
        for kind in (True, False)
    }
    best, found = now[False] / whole[False] - now[True] / whole[True] + GAIN, None
    below = {True: 0, False: 0}
    for (score, good), (following, _) in pairwise(scored):
        below[good] += 1
        catches, stops = below[False] / whole[False], below[True] / whole[True]
        if following > score and catches - stops > best:
            best = catches - stops
            found = Threshold(_between(score, following), catches, stops)
    return found


def _between(low: float, high: float) -> float:
    """The shortest number above ``low`` and up to ``high``."""
    middle = (low + high) / 2
    shortest = (round(middle, digits) for digits in range(1, 12))
    return next((each for each in shortest if low < each <= high), high)
