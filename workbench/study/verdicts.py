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
ALIKE = 15
"""Of cases that all differ alike so many decide."""
MOST = 1e9
"""More cases than this are out of reach."""
RANGE = 0.8
"""How often the range of the cases needed holds."""
ALARM = 0.04
"""A verdict on numbers asks for this chance of error: a test of leaning cases is a little too quick."""
ENOUGH = 20
"""Of fewer cases it asks for less, in proportion."""
KNOWN = 1.5
"""A number of more cases is told where most pilots are right within this factor."""
_WIDE = 10
"""A range wider than this factor says no more than its beginning."""
_BEYOND = 0.25
"""Standard errors beyond none, or beyond the margin, from which on a difference seen says something."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a difference says.

    ``more_cases`` is about how many more would tell a loss of the margin from none, where the cases so far
    can know it; ``at_least`` and ``at_most`` (None: out of reach) the range of what would decide, four times
    in five.
    """

    word: Word
    more_cases: int | None = None
    at_least: int = 0
    at_most: int | None = None

    @property
    def text(self) -> str:
        """The verdict in words."""
        if self.word != "not decisive":
            return self.word
        if not self.at_least:
            return "not decisive: no difference to be seen"
        if self.more_cases is not None:
            told = f"about {_cases(self.more_cases)} needed"
            return f"not decisive, {told} ({self.at_least:,} to {self.at_most or math.inf:,})"
        if self.at_most is None or self.at_most > _WIDE * max(self.at_least, _WIDE):
            told = f"at least {_cases(self.at_least)}" if self.at_least >= _WIDE else "more cases"
            return f"not decisive, {told} needed"
        if self.at_most <= self.at_least:
            return f"not decisive, {_cases(self.at_least)} needed"
        return f"not decisive, {self.at_least:,} to {_cases(self.at_most)} needed"


def _cases(number: int) -> str:
    return f"{number:,} more case{'s'[: number != 1]}"


@dataclass(frozen=True, slots=True)
class Needed:
    """How many cases in all would decide; ``cases`` only where that can be known, None is out of reach."""

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
        None if needed.cases is None else needed.cases - have,
        0 if needed.at_least is None else max(1, needed.at_least - have),
        None if needed.at_most is None else max(1, needed.at_most - have),
    )


def _alarm(difference: Difference, cases: float) -> float:
    """The chance of error that a verdict asks for; that of pass or fail is exact."""
    return LEVEL if difference.step else ALARM * min(1.0, cases / ENOUGH)


def cases_needed(difference: Difference, margin: float = 0.0, power: float = POWER) -> Needed:
    """How many cases in all would decide with probability ``power``.

    With a margin see ``_against_margin``.  Without, no single number can be known: it goes with the square of
    the true distance from none, and a study that knows that well has decided.  The range is of the distances
    that leave it likely that a study which has not decided looks as this one does.
    """
    if not difference.spread:
        alike = ALIKE if difference.mean else None
        return Needed(None, alike, alike)
    error = difference.spread / math.sqrt(difference.cases)
    if margin:
        return _against_margin(difference, margin, error, power)
    end = _z(1 - _alarm(difference, ENOUGH) / 2 / max(1.0, difference.family))
    seen = abs(difference.mean / error)
    near, far = (_distance(seen, end, share) for share in ((1 - RANGE) / 2, (1 + RANGE) / 2))
    # half of the studies of no difference at all look farther: there may be none to be found
    least = _size(difference, end + _z(power), far)
    return Needed(
        None, least, _size(difference, end + _z(power), near) if _distance(seen, end, 0.5) > 1e-3 else None
    )


def _against_margin(difference: Difference, margin: float, error: float, power: float) -> Needed:
    """How many cases would tell a loss of the margin from none.

    The same number serves both truths, and only the spread enters, which a study knows far better than its
    difference.  It is told while the difference seen lies between them, and where the study is large enough
    to know its spread, yet so much smaller than the number that what is left is known as well.  The range
    goes from what the farthest difference needs that is still likely to what makes the interval narrower than
    the margin, which decides wherever the truth lies; each with what it may be wrong about its spread.
    """
    end, reach, half = _z(1 - LEVEL / 2 / max(1.0, difference.family)), _z(1 - LEVEL / 2), margin / error / 2
    unit = (difference.spread / margin) ** 2
    from_middle = difference.mean / error + half
    aim = end if from_middle < 0 else reach  # a loss is told by the corrected test
    about = unit * (aim + _z(power - LEVEL / 2)) ** 2
    left = about - difference.cases
    wrong = _z((1 + RANGE) / 2) * difference.doubt
    known = left > 0 and wrong * about / left < math.log(KNOWN)
    between = abs(from_middle) < half + _BEYOND
    farthest = half + _distance(abs(from_middle), end - half, (1 + RANGE) / 2)
    least = _size(difference, end + _z(power), farthest, step=0.0) or round(MOST)
    most = (2 * end) ** 2 * unit * math.exp(wrong)
    return Needed(
        _whole(about) if known and between else None,
        _whole(min(least, about * math.exp(-wrong))),
        _whole(most),
    )


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
