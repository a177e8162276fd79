"""How many questions a comparison asks, since who asks many is answered wrongly at times.

Chances of error are corrected within four families: whether whole runs pass, what they cost and take, and the
same of their steps.  So the verdict on runs is the same however many steps and gates they have.  Measures of
one family that differ alike from case to case (a gate and the score it is made of, cost and tokens at one
price) ask one question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from workbench.study.case_figures import QUALITY, WHOLE, Cases, Figures, Key
from workbench.study.statistics import Difference, corrected

Contrasted = tuple[Key, int]
"""A measure, and which of the subjects is held against the first."""
Pattern = frozenset[tuple[str, float]]
"""By how much single cases differ, against the greatest difference of all."""


def judged_as_many(
    paired: Mapping[Contrasted, Difference], figures: Sequence[Figures]
) -> dict[Contrasted, Difference]:
    """The differences with their chances of error corrected within each family."""
    families: dict[tuple[bool, bool], list[Contrasted]] = defaultdict(list)
    for where in paired:
        (name, unit), _ = where
        families[name in WHOLE, unit in QUALITY].append(where)
    fair: dict[Contrasted, Difference] = {}
    for family in families.values():
        questions = [_question(where, figures) for where in family]
        fair.update(zip(family, corrected([paired[where] for where in family], questions), strict=True))
    return fair


def _question(where: Contrasted, figures: Sequence[Figures]) -> tuple[int, Pattern]:
    key, subject = where
    return subject, pattern(figures[0].measures[key], figures[subject].measures[key])


def pattern(one: Cases, other: Cases) -> Pattern:
    """How cases differ beside each other: the same for measures that are multiples of one another."""
    found = {
        case: difference
        for case, values in one.items()
        if case in other and (difference := fmean(other[case]) - fmean(values))
    }
    if not found:
        return frozenset()
    greatest = max(map(abs, found.values()))
    scale = greatest if found[min(found)] > 0 else -greatest
    return frozenset((case, round(each / scale, 9)) for case, each in found.items())
