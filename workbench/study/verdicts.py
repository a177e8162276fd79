"""What a difference says to someone who has to decide, and how many more cases would decide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from workbench.study.statistics import LEVEL, Difference

Word = Literal["superior", "non-inferior", "worse", "not decisive"]

POWER = 0.8
"""How likely the cases asked for shall decide."""
FEWEST = 8
"""Fewer cases than this decide nothing, however alike they are."""
MOST = 1e9
"""More cases than this are out of reach."""
RANGE = 0.8
"""How often the range of the cases needed holds."""
ALARM = 0.04
"""A verdict asks for this chance of error: a test of few or leaning cases is a little too quick."""
_FARTHEST = 2.5
"""A difference that has not decided is taken to be at most so many standard errors,"""
_USUAL = 1.25
_PULL = 0.25
"""and is pulled so far towards the usual distance: one study alone knows its own badly."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a difference says.

    ``more_cases`` is about how many more would decide (None: out of reach), ``at_least`` and ``at_most`` the
    range in which that number lies four times in five.
    """

    word: Word
    more_cases: int | None = 0
    at_least: int = 0
    at_most: int | None = 0

    @property
    def text(self) -> str:
        """The verdict in words."""
        if self.word != "not decisive":
            return self.word
        if self.more_cases is None:
            if self.at_least:
                return f"not decisive, hardly a difference: {self.at_least:,} more cases needed or more"
            return "not decisive: no difference to be seen"
        told = f"not decisive, about {self.more_cases:,} more case{'s'[: self.more_cases != 1]} needed"
        if self.at_most is None:
            return f"{told} ({self.at_least:,} or more)"
        return told if self.at_most <= 1 else f"{told} ({self.at_least:,} to {self.at_most:,})"


@dataclass(frozen=True, slots=True)
class Needed:
    """How many cases in all would decide; None is out of reach."""

    cases: int | None
    at_least: int | None
    at_most: int | None


def verdict(difference: Difference, margin: float = 0.0, p: float | None = None) -> Verdict:
    """What a difference says to someone who accepts a loss smaller than ``margin``.

    ``superior`` and ``worse`` ask both the interval and the test (``p``: corrected for being one of many).
    """
    if margin < 0:
        raise ValueError("a margin is not negative")
    alarm = (difference.p if p is None else p) < ALARM
    word: Word = "not decisive"
    if difference.cases >= FEWEST:
        if difference.low > 0 and alarm:
            word = "superior"
        elif margin > 0 and difference.low > -margin:
            word = "non-inferior"
        elif difference.high < 0 and alarm:
            word = "worse"
    if word != "not decisive":
        return Verdict(word)
    needed = cases_needed(difference, margin)
    have = difference.cases
    return Verdict(
        word,
        None if needed.cases is None else max(1, needed.cases - have),
        0 if needed.at_least is None else max(1, needed.at_least - have),
        None if needed.at_most is None else max(1, needed.at_most - have),
    )


def cases_needed(difference: Difference, margin: float = 0.0, power: float = POWER) -> Needed:
    """How many cases in all would decide with probability ``power``.

    The usual size of a paired study, by the distance to the nearest verdict; at most the number at which the
    interval is narrower than the margin, when it must decide.  What a study that has not decided shows is too
    small on the whole, since a greater distance would have decided: the distance is the one at which half of
    such studies look less far, and the range is of the distances that the same reckoning leaves likely.
    """
    if not difference.spread:
        return Needed(None, None, None)
    error = difference.spread / math.sqrt(difference.cases)
    level = LEVEL if margin else ALARM
    end = _z(1 - level / 2 / max(1.0, difference.family))
    half = margin / error / 2
    seen = abs(difference.mean / error + half)
    middle = half + _distance(seen, end - half, 0.5)
    if middle < 1e-3:  # half of the studies of no difference at all look farther
        return Needed(None, _size(difference, end, _z(power), _distance(seen, end, (1 + RANGE) / 2), 0), None)
    distances = (
        _PULL * _USUAL + (1 - _PULL) * min(middle, _FARTHEST),
        half + _distance(seen, end - half, (1 + RANGE) / 2),
        half + _distance(seen, end - half, (1 - RANGE) / 2),
    )
    return Needed(*(_size(difference, end, _z(power), each, margin) for each in distances))


def _size(difference: Difference, end: float, power: float, distance: float, margin: float) -> int | None:
    """Cases for a true distance in standard errors of the study so far."""
    spread, sizes = difference.spread, []
    if distance > 1e-6:
        far, wide = distance * spread / math.sqrt(difference.cases), (end + power) * spread
        whole = difference.step if not margin else 0.0  # the exact test asks for a case more
        sizes.append(((wide + math.sqrt(wide * wide + 4 * far * whole)) / (2 * far)) ** 2)
    if margin:
        sizes.append((2 * end / margin * spread) ** 2)
    least = min(sizes, default=math.inf)
    return max(FEWEST, math.ceil(least)) if least < MOST else None


def _distance(seen: float, end: float, share: float) -> float:
    """The true distance at which ``share`` of the studies that do not decide look farther than ``seen``.

    Distances are in standard errors, from the middle between both verdicts; beyond ``end`` is decided.
    """
    if seen >= end:  # the test, or a correction for being one of many, kept it from deciding
        return max(seen + _z(share), 0.0)
    low, high = 0.0, 12.0
    for _ in range(40):
        middle = (low + high) / 2
        inside = _NORMAL.cdf(seen - middle) - _NORMAL.cdf(-seen - middle)
        whole = _NORMAL.cdf(end - middle) - _NORMAL.cdf(-end - middle)
        farther = 1 - inside / whole if whole > 0 else 0.0
        low, high = (middle, high) if farther < share else (low, middle)
    return low


def _z(share: float) -> float:
    return _NORMAL.inv_cdf(share)
