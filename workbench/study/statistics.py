"""Statistics for comparisons that can be trusted: paired by case, with intervals and tests.

All differences are right minus left.  Nothing draws lots: a comparison made twice says the same, and one of
thousands of cases is made at once.  ``benchmarks/intervals.py`` measures how often the intervals hold.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median

LEVEL = 0.05
"""How often an interval may miss the truth, and a test may raise a false alarm."""
HIDDEN_LEAN = 8
"""Few cases show less skewness than there is: of n cases it is taken to be larger by this over n."""
APART = 5
"""Where fewer cases than this differ from the usual one, they are all that tells of the spread."""
SELDOM = 0.75
"""The share of cases that may be all alike while the others, not seen yet, are not."""
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
    family: float = 1.0
    """By how much ``p`` was raised for being one of many."""
    step: float = 0.0
    """Cases that an exact test of whole cases asks for beyond what numbers do."""
    doubt: float = 0.0
    """Relative standard error of the square of ``spread``: how badly these cases know how many are needed."""
    least: float = 0.0
    """The least ``p`` that so many differing cases can have: from ``LEVEL`` on they decide nothing."""


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
        cases,
        gain / cases,
        max(-1.0, centre - half),
        min(1.0, centre + half),
        spread,
        mcnemar(won, lost),
        step=1.0,
        doubt=math.sqrt((size - changed) / (size * changed)),
        least=mcnemar(won + lost, 0),
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


def paired_difference(left: Sequence[float], right: Sequence[float]) -> Difference:
    """The mean difference of two series over the same cases.

    The interval is Student's, widened on the side to which the differences lean as far as Hall's
    transformation for skewed means asks: P. Hall, On the removal of skewness by transformation, JRSS B 54
    (1992).  In simulation it holds where the bootstrap falls short: costs, times, and few cases.
    """
    differences = [other - one for one, other in zip(left, right, strict=True)]
    cases = len(differences)
    if cases == 0:
        raise ValueError("there are no cases to compare")
    mean = math.fsum(differences) / cases
    squares = math.fsum((each - mean) ** 2 for each in differences)
    spread = math.sqrt(squares / (cases - 1)) if cases > 1 else 0.0
    if spread <= 1e-12 * max(1.0, abs(mean)):
        p = 1.0 if mean == 0 else SELDOM ** (cases - 1)
        return Difference(cases, mean, mean, mean, 0.0, p, least=float(mean == 0))
    error = spread / math.sqrt(cases)
    lean = _lean(differences, mean, squares)
    freedom = _freedom(differences, spread)
    reach = _student(1 - LEVEL / 2, freedom)
    low = mean - error * max(reach, _straightened(reach, lean))
    high = mean + error * max(reach, -_straightened(-reach, lean))
    return Difference(
        cases,
        mean,
        low,
        high,
        spread,
        _chance(mean / error, lean, freedom),
        doubt=_doubt(differences, mean, squares),
    )


def _doubt(differences: Sequence[float], mean: float, squares: float) -> float:
    """From the fourth moment; no less than that of a normal spread, since few cases hide their tails."""
    cases = len(differences)
    fourths = math.fsum((each - mean) ** 4 for each in differences) * cases / squares**2
    return math.sqrt((max(fourths, 3.0) - 1) / cases)


def _freedom(differences: Sequence[float], spread: float) -> int:
    """Degrees of freedom: one less than the cases, or the few cases in which anything differs at all."""
    usual = median(differences)
    apart = sum(abs(each - usual) > 1e-9 * spread for each in differences)
    return len(differences) - 1 if apart >= APART else max(1, min(apart, len(differences) - 1))


def _lean(differences: Sequence[float], mean: float, squares: float) -> float:
    """The skewness of the mean, by the unbiased estimate and what few cases hide (0 for fewer than three)."""
    cases = len(differences)
    if cases < 3:
        return 0.0
    cubes = math.fsum((each - mean) ** 3 for each in differences) / cases
    skewness = cubes / math.pow(squares / cases, 1.5) * math.sqrt(cases * (cases - 1)) / (cases - 2)
    return skewness * (1 + HIDDEN_LEAN / cases) / math.sqrt(cases)


def _straightened(reach: float, lean: float) -> float:
    """Where a leaning statistic ends whose transform ends at ``reach``."""
    if abs(lean) < 1e-6:
        return reach
    return 3 / lean * (float(math.cbrt(1 + lean * (reach - lean / 6))) - 1)


def _chance(statistic: float, lean: float, freedom: int) -> float:
    """The chance of a statistic as far from zero: the greater of the plain and the transformed one."""
    leaning = statistic + lean * (statistic**2 / 3 + 1 / 6) + lean**2 * statistic**3 / 27
    if leaning * statistic <= 0:
        return 1.0
    return _both_tails(min(abs(statistic), abs(leaning)), freedom)


def corrected(
    differences: Sequence[Difference], questions: Sequence[Hashable] | None = None
) -> list[Difference]:
    """The same differences with their chances of error corrected for being many (``holm``).

    Those of equal ``questions`` (None: each asks one of its own) count as one, as unsure as the least sure of
    them.  What can decide nothing, whichever way its cases differ, is no question at all: R. E. Tarone, A
    modified Bonferroni method for discrete data, Biometrics 46 (1990).
    """
    asked: dict[Hashable, list[int]] = {}
    for place, each in enumerate(differences):
        if each.least < LEVEL:
            asked.setdefault(place if questions is None else questions[place], []).append(place)
    chances = holm([max(differences[place].p for place in places) for places in asked.values()])
    fair = list(differences)
    for places, p in zip(asked.values(), chances, strict=True):
        for place in places:
            own = differences[place].p
            fair[place] = replace(differences[place], p=p, family=p / own if own else 1.0)
    return fair


def _z(share: float) -> float:
    return _NORMAL.inv_cdf(share)


def _both_tails(statistic: float, freedom: int) -> float:
    """The share of Student's distribution beyond a distance from zero, by D. Wallace's normal (1959)."""
    if freedom == 1:
        return 1 - 2 / math.pi * math.atan(statistic)
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    normal = scale * math.sqrt(freedom * math.log1p(statistic * statistic / freedom))
    return math.erfc(normal / math.sqrt(2))


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
