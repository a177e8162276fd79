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
"""A verdict on numbers asks for this chance of error: a test of leaning cases is a little too quick."""
ENOUGH = 20
"""Of fewer cases it asks for less, in proportion."""
_FARTHEST = 2.5
"""A difference that has not decided is taken to be at most so many standard errors,"""
_USUAL = 1.25
_PULL = 0.25
"""and is pulled so far towards the usual distance: one study alone knows its own badly."""
_BEYOND = 0.25
"""Standard errors beyond none, or beyond the margin, from which on a difference seen says something."""

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
    alarm = (difference.p if p is None else p) < _alarm(difference, difference.cases)
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


def _alarm(difference: Difference, cases: float) -> float:
    """The chance of error that a verdict asks for; that of pass or fail is exact."""
    return LEVEL if difference.step else ALARM * min(1.0, cases / ENOUGH)


def cases_needed(difference: Difference, margin: float = 0.0, power: float = POWER) -> Needed:
    """How many cases in all would decide with probability ``power``.

    With a margin see ``_against_margin``.  Without, it is the usual size of a paired study, by the distance
    from none.  What a study that has not decided shows is too small on the whole, since a greater distance
    would have decided: the distance is the one at which half of such studies look less far, and the range is
    of the distances that the same reckoning leaves likely.
    """
    if not difference.spread:
        return Needed(None, None, None)
    error = difference.spread / math.sqrt(difference.cases)
    if margin:
        return _against_margin(difference, margin, error, power)
    end = _z(1 - _alarm(difference, ENOUGH) / 2 / max(1.0, difference.family))
    seen = abs(difference.mean / error)
    middle = _distance(seen, end, 0.5)
    if middle < 1e-3:  # half of the studies of no difference at all look farther
        return Needed(None, _size(difference, end + _z(power), _distance(seen, end, (1 + RANGE) / 2)), None)
    distances = (
        _PULL * _USUAL + (1 - _PULL) * min(middle, _FARTHEST),
        _distance(seen, end, (1 + RANGE) / 2),
        _distance(seen, end, (1 - RANGE) / 2),
    )
    return Needed(*(_size(difference, end + _z(power), each) for each in distances))


def _against_margin(difference: Difference, margin: float, error: float, power: float) -> Needed:
    """How many cases would decide against a margin.

    Between none and the margin, where the question is closest, only the spread enters, which a study knows
    far better than its difference: the number is the middle (in ratio) between what no difference needs and
    what half the margin does, the least decided truth.  A difference seen beyond counts by its distance.  At
    most it is what makes the interval narrower than the margin, which decides always, with what a study may
    be wrong about its spread; at least what the farthest difference needs that this study leaves likely.
    """
    end, reach, wide = _z(1 - LEVEL / 2 / max(1.0, difference.family)), _z(1 - LEVEL / 2), _z(power)
    unit = (difference.spread / margin) ** 2
    sure = (2 * end) ** 2 * unit
    about = (reach + wide) * 2 * (reach - _z(1 - power / 2)) * unit
    half = margin / error / 2
    seen = abs(difference.mean / error + half)

    def of(distance: float) -> int:
        return _size(difference, end + wide, distance, step=0.0) or round(MOST)

    if seen - half > _BEYOND:
        usual = half + _distance(seen, end - half, 0.5)
        about = min(about, of(_PULL * _USUAL + (1 - _PULL) * min(usual, _FARTHEST)))
    if about <= difference.cases:
        about = sure
    least = of(half + _distance(seen, end - half, (1 + RANGE) / 2))
    most = sure * (1 + _z((1 + RANGE) / 2) * math.sqrt(2 / difference.cases))
    return Needed(_whole(about), _whole(min(least, about)), _whole(most))


def _size(difference: Difference, wide: float, distance: float, step: float | None = None) -> int | None:
    """Cases for a true distance in standard errors of the study so far."""
    if distance <= 1e-6:
        return None
    spread = difference.spread
    far, wide = distance * spread / math.sqrt(difference.cases), wide * spread
    whole = difference.step if step is None else step  # the exact test asks for a case more
    return _whole(((wide + math.sqrt(wide * wide + 4 * far * whole)) / (2 * far)) ** 2)


def _whole(cases: float) -> int | None:
    return max(FEWEST, math.ceil(cases)) if cases < MOST else None


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
