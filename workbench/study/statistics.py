"""Statistics for comparisons that can be trusted: paired by case, with intervals, and a verdict in words.

All differences are right minus left, and more is better.  Everything that draws lots is seeded: a comparison
made twice says the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

Word = Literal["superior", "non-inferior", "worse", "not decisive"]

LEVEL = 0.05
"""How often an interval may miss the truth, and a test may raise a false alarm."""
POWER = 0.8
"""How likely the cases asked for shall decide."""
DRAWS = 2_000
LARGEST_DRAWN = 10_000
"""Above so many cases the mean is normal for any purpose here, and drawing would only take time."""
FEWEST = 8
"""Fewer cases than this decide nothing, however alike they are."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference over paired cases, with its 95 % interval."""

    cases: int
    mean: float
    low: float
    high: float
    spread: float
    """Standard deviation of the differences of single cases."""
    p: float
    """How likely a difference as large is when there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a difference says; ``more_cases`` is about how many more would decide (None: out of reach)."""

    word: Word
    more_cases: int | None = 0

    @property
    def text(self) -> str:
        """The verdict in words."""
        if self.word != "not decisive":
            return self.word
        if self.more_cases is None:
            return "not decisive, and no number of cases within reach would change that"
        return f"not decisive, about {self.more_cases:,} more case{'s'[: self.more_cases != 1]} needed"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of cases with its 95 % interval."""

    hits: int
    cases: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself."""
        return self.hits / self.cases if self.cases else math.nan


# --- rates ---------------------------------------------------------------------------------------------


def rate(hits: int, cases: int) -> Rate:
    """A share with Wilson's score interval.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} of {cases} is no share")
    if cases == 0:
        return Rate(0, 0, 0.0, 1.0)
    z = _z(1 - LEVEL / 2)
    share, scale = hits / cases, 1 + z * z / cases
    centre = (share + z * z / (2 * cases)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return Rate(hits, cases, 0.0 if hits == 0 else centre - half, 1.0 if hits == cases else centre + half)


def rate_difference(left: Sequence[bool], right: Sequence[bool]) -> Difference:
    """The difference of two pass rates over the same cases, with the test of ``mcnemar``.

    The interval adds half a case to each of the four cells: A. Agresti, Y. Min, Simple improved confidence
    intervals for comparing matched proportions, Statistics in Medicine 24 (2005).
    """
    lost = sum(one and not other for one, other in zip(left, right, strict=True))
    won = sum(other and not one for one, other in zip(left, right, strict=True))
    cases = len(left)
    if cases == 0:
        raise ValueError("there are no cases to compare")
    changed, gain, size = won + lost + 1, won - lost, cases + 2
    spread = math.sqrt(max(changed / size - (gain / size) ** 2, 0.0))
    half = _z(1 - LEVEL / 2) * spread / math.sqrt(size)
    centre = gain / size
    return Difference(
        cases, gain / cases, max(-1.0, centre - half), min(1.0, centre + half), spread, mcnemar(won, lost)
    )


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided test of the cases that only one side passed.

    Q. McNemar, Psychometrika 12 (1947); exact by the binomial distribution.  Never too many false alarms.
    """
    total, least = won + lost, min(won, lost)
    if total == 0:
        return 1.0
    logs = [
        math.lgamma(total + 1) - math.lgamma(i + 1) - math.lgamma(total - i + 1) - total * math.log(2)
        for i in range(least + 1)
    ]
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))


def holm(chances: Sequence[float]) -> list[float]:
    """Chances of error corrected for being many, in the order given.

    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian J. of Statistics 6 (1979).
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    corrected = [1.0] * len(chances)
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, chances[place] * (len(chances) - rank)))
        corrected[place] = worst
    return corrected


# --- numbers -------------------------------------------------------------------------------------------


def paired_difference(
    left: Sequence[float], right: Sequence[float], *, seed: int = 0, draws: int = DRAWS
) -> Difference:
    """The mean difference of two series over the same cases.

    The interval is the bias-corrected and accelerated bootstrap, widened for few cases: B. Efron, Better
    bootstrap confidence intervals, JASA 82 (1987); T. Hesterberg, What teachers should know about the
    bootstrap, The American Statistician 69 (2015), on the expanded percentile interval.
    """
    differences = [other - one for one, other in zip(left, right, strict=True)]
    cases = len(differences)
    if cases == 0:
        raise ValueError("there are no cases to compare")
    mean = math.fsum(differences) / cases
    centred = [each - mean for each in differences]
    squares = math.fsum(each * each for each in centred)
    spread = math.sqrt(squares / (cases - 1)) if cases > 1 else 0.0
    if spread <= 1e-12 * max(1.0, abs(mean)):
        return Difference(cases, mean, mean, mean, 0.0, 1.0 if mean == 0 else 0.5 ** (cases - 1))
    if cases > LARGEST_DRAWN:
        half = _z(1 - LEVEL / 2) * spread / math.sqrt(cases)
        chance = 2 * (1 - _NORMAL.cdf(abs(mean) * math.sqrt(cases) / spread))
        return Difference(cases, mean, mean - half, mean + half, spread, chance)
    lots = random.Random(seed)
    low, high = _bootstrap(centred, squares, lots, draws)
    return Difference(cases, mean, mean + low, mean + high, spread, _sign_flips(differences, lots, draws))


def _bootstrap(
    centred: Sequence[float], squares: float, lots: random.Random, draws: int
) -> tuple[float, float]:
    """Both ends of the interval around a mean of zero."""
    cases = len(centred)
    means = sorted(sum(lots.choices(centred, k=cases)) / cases for _ in range(draws))
    below = sum(each < 0 for each in means) + sum(each == 0 for each in means) / 2
    bias = _z(min(max(below / draws, 1 / draws), 1 - 1 / draws))
    skew = math.fsum(each**3 for each in centred) / (6 * squares**1.5)
    reach = math.sqrt(cases / (cases - 1)) * _student(1 - LEVEL / 2, cases - 1)
    return _quantile(means, _shifted(-reach, bias, skew)), _quantile(means, _shifted(reach, bias, skew))


def _shifted(reach: float, bias: float, skew: float) -> float:
    """Where in the sorted draws an end of the interval lies."""
    moved = bias + reach
    return _NORMAL.cdf(bias + moved / max(1 - skew * moved, 0.1))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    before = min(int(place), len(ordered) - 2)
    return ordered[before] + (place - before) * (ordered[before + 1] - ordered[before])


def _sign_flips(differences: Sequence[float], lots: random.Random, draws: int) -> float:
    """The chance of a mean as far from zero when each difference might as well have the other sign.

    R. A. Fisher, The Design of Experiments (1935); with drawn signs, the observed ones counted among them.
    """
    observed = abs(math.fsum(differences)) * (1 - 1e-12)
    whole = sum(differences)
    size = len(differences)
    beyond = 0
    for _ in range(draws):
        bits = lots.getrandbits(size)
        flipped = 0.0
        for each in differences:
            if bits & 1:
                flipped += each
            bits >>= 1
        beyond += abs(whole - 2 * flipped) >= observed
    return (beyond + 1) / (draws + 1)


# --- verdicts ------------------------------------------------------------------------------------------


def verdict(difference: Difference, margin: float = 0.0, p: float | None = None) -> Verdict:
    """What a difference says to someone who accepts a loss smaller than ``margin``.

    ``superior`` and ``worse`` ask both the interval and the test (``p``: corrected for being one of many).
    """
    if margin < 0:
        raise ValueError("a margin is not negative")
    alarm = (difference.p if p is None else p) < LEVEL
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
    wanted = cases_needed(difference, margin)
    return Verdict(word, None if wanted is None else max(1, wanted - difference.cases))


def cases_needed(difference: Difference, margin: float = 0.0, power: float = POWER) -> int | None:
    """How many cases in all would decide with probability ``power``, if what was seen so far is the truth.

    The usual size of a paired study, by the distance to the nearest verdict; at most the number at which the
    interval is narrower than the margin, when it must decide.  None when that is beyond a billion.
    """
    z = _z(1 - LEVEL / 2)
    distance = max(difference.mean + margin if margin else 0.0, abs(difference.mean))
    sizes = [(z + _z(power)) / distance] if distance else []
    if margin:
        sizes.append(2 * z / margin)
    if not sizes:
        return None
    wanted = (min(sizes) * difference.spread) ** 2
    return max(FEWEST, math.ceil(wanted)) if wanted < 1e9 else None


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """The same differences with their chances of error corrected for being many (``holm``)."""
    chances = holm([each.p for each in differences])
    return [replace(each, p=p) for each, p in zip(differences, chances, strict=True)]


def _z(share: float) -> float:
    return _NORMAL.inv_cdf(share)


def _student(share: float, freedom: int) -> float:
    """A quantile of Student's distribution, from the normal one: Abramowitz and Stegun, 26.7.5."""
    z = _z(share)
    if freedom < 3:
        return math.tan(math.pi * (share - 0.5)) if freedom == 1 else _student_of_two(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))


def _student_of_two(share: float) -> float:
    return (2 * share - 1) / math.sqrt(2 * share * (1 - share))
