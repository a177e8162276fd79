"""The cost of many calls together: sums of uncertain figures, found by drawing them again and again."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence

from workbench.study.history import OUTSIDE, Expectation

Chance = tuple[Hashable, Expectation]
"""A cost to come.  Those with an equal key share the error of their median."""

DRAWS = 400
FEWEST_DRAWS = 100
MOST_FIGURES = 200_000


def interval(certain: Sequence[Chance | None], possible: Sequence[Chance | None]) -> tuple[int, int | None]:
    """The least that the certain ones cost, and the most with the possible ones; None stands for unknown."""
    known = [each for each in certain if each is not None]
    maybe = [each for each in possible if each is not None]
    least, most = _totals(known, maybe)
    all_known = len(known) == len(certain) and len(maybe) == len(possible)
    return int(least), -int(-most // 1) if all_known else None


def _totals(certain: Sequence[Chance], possible: Sequence[Chance]) -> tuple[float, float]:
    """The low end of the certain total, the high end of the whole one."""
    chance = random.Random(0)  # a plan made twice says the same
    fixed = [sum(figure.known for _, figure in some if not figure.median) for some in (certain, possible)]
    certain = [each for each in certain if each[1].median]
    possible = [each for each in possible if each[1].median]
    number = len(certain) + len(possible)
    if not number:
        return fixed[0], sum(fixed)
    draws = min(DRAWS, max(FEWEST_DRAWS, MOST_FIGURES // max(number, 1)))
    least: list[float] = []
    most: list[float] = []
    for _ in range(draws):
        shared: dict[Hashable, float] = {}
        sums = [
            sum(
                figure.value(chance.gauss(0, 1), shared.setdefault(key, chance.gauss(0, 1)))
                for key, figure in some
            )
            for some in (certain, possible)
        ]
        least.append(fixed[0] + sums[0])
        most.append(sum(fixed) + sum(sums))
    least.sort()
    most.sort()
    outside = int(OUTSIDE * draws)
    return least[outside], most[-1 - outside]
