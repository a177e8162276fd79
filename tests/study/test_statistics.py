"""Statistics: known values, and simulations in which the truth is known."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from workbench.study.statistics import (
    Difference,
    corrected,
    holm,
    mcnemar,
    paired_difference,
    rate,
    rate_difference,
)
from workbench.study.verdicts import cases_needed, verdict

Sample = tuple[list[float], list[float]]


def normal(lots: random.Random, cases: int, truth: float) -> Sample:
    left = [lots.gauss(0, 1) for _ in range(cases)]
    return left, [each + truth + lots.gauss(0, 0.5) for each in left]


def skewed(lots: random.Random, cases: int, truth: float) -> Sample:
    """As costs and times are."""
    left = [lots.expovariate(1) for _ in range(cases)]
    return left, [each + truth + lots.gammavariate(2, 0.3) - 0.6 for each in left]


def passes(lots: random.Random, cases: int, truth: float) -> tuple[list[bool], list[bool]]:
    """Two variants that often fail on the same cases."""
    left, right = [], []
    for _ in range(cases):
        hard = lots.random() < 0.3
        base = 0.4 if hard else 0.85
        left.append(lots.random() < base)
        right.append(lots.random() < base + truth)
    return left, right


# --- known values --------------------------------------------------------------------------------------


def test_rate_is_wilsons() -> None:
    found = rate(8, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)
    assert (rate(0, 20).low, rate(20, 20).high) == (0.0, 1.0)
    assert (rate(0, 0).low, rate(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("won", "lost", "chance"),
    [(0, 0, 1.0), (5, 5, 1.0), (10, 0, 0.001953), (2, 9, 0.065430), (1, 7, 0.070313)],
)
def test_mcnemar_is_exact(won: int, lost: int, chance: float) -> None:
    assert mcnemar(won, lost) == pytest.approx(chance, abs=1e-6)
    assert mcnemar(lost, won) == mcnemar(won, lost)


def test_mcnemar_of_very_many() -> None:
    assert 0.04 < mcnemar(50_500, 49_870) < 0.06


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.9]) == [1.0, 1.0]


def test_the_same_comparison_says_the_same() -> None:
    left, right = normal(random.Random(3), 40, 0.1)
    assert paired_difference(left, right) == paired_difference(left, right)


def test_equal_differences_have_no_spread() -> None:
    found = paired_difference([1.0] * 20, [1.5] * 20)
    assert (found.mean, found.low, found.high, found.spread) == (0.5, 0.5, 0.5, 0.0)
    assert verdict(found).word == "superior"
    assert verdict(paired_difference([1.0] * 20, [1.0] * 20), 0.1).word == "non-inferior"
    assert verdict(paired_difference([1.0] * 20, [1.0] * 20)).more_cases is None


def test_few_cases_decide_nothing() -> None:
    assert verdict(paired_difference([0.0] * 4, [1.0] * 4)).word == "not decisive"
    assert verdict(paired_difference([0.0], [1.0])).word == "not decisive"


def test_no_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="no cases"):
        paired_difference([], [])


@pytest.mark.parametrize(
    ("low", "high", "margin", "word"),
    [
        (0.01, 0.2, 0.05, "superior"),
        (-0.04, 0.1, 0.05, "non-inferior"),
        (-0.04, -0.01, 0.05, "non-inferior"),
        (-0.2, -0.01, 0.05, "worse"),
        (-0.2, 0.1, 0.05, "not decisive"),
        (-0.04, 0.1, 0.0, "not decisive"),
    ],
)
def test_verdicts(low: float, high: float, margin: float, word: str) -> None:
    found = Difference(100, (low + high) / 2, low, high, 1.0, 0.01 if low > 0 or high < 0 else 0.3)
    assert verdict(found, margin).word == word


def test_many_comparisons_are_corrected() -> None:
    one = Difference(100, 0.1, 0.01, 0.19, 0.5, 0.03)
    assert verdict(one).word == "superior"
    assert {verdict(each).word for each in corrected([one, one, one])} == {"not decisive"}


def test_what_asks_the_same_counts_as_one() -> None:
    one, unsure = Difference(100, 0.1, 0.01, 0.19, 0.5, 0.03), Difference(100, 0.2, 0.01, 0.4, 1.0, 0.04)
    assert [each.p for each in corrected([one, one, one], ["x", "x", "x"])] == [0.03] * 3
    assert [each.p for each in corrected([one, unsure], ["x", "x"])] == [0.04] * 2
    apart = corrected([one, one, unsure], ["x", "x", "y"])
    assert [(each.p, each.family) for each in apart] == [(0.06, 2.0)] * 2 + [(0.06, 1.5)]


def test_what_can_decide_nothing_does_not_count() -> None:
    told = Difference(100, 0.1, 0.01, 0.19, 0.5, 0.03)
    five = rate_difference([True] * 30, [False] * 5 + [True] * 25)
    six = rate_difference([True] * 30, [False] * 6 + [True] * 24)
    none = paired_difference([1.0] * 30, [1.0] * 30)
    assert corrected([told, five, none]) == [told, five, none]
    assert [each.p for each in corrected([told, six])] == pytest.approx([0.06, 0.06])


def test_a_verdict_in_words() -> None:
    assert verdict(Difference(50, 0.1, -0.1, 0.3, 0.7, 0.3)).text == "not decisive, more cases needed"
    found = verdict(Difference(200, 0.04, -0.16, 0.24, 1.4, 0.7))
    assert found.text == f"not decisive, at least {found.at_least} more cases needed"
    closer = verdict(Difference(50, 0.19, -0.01, 0.39, 0.7, 0.06))
    assert closer.text == f"not decisive, {closer.at_least} to {closer.at_most} more cases needed"


def test_a_number_is_told_only_where_it_can_be_known() -> None:
    """Against a margin the spread alone decides it; so it is known where the spread is."""
    sure = verdict(Difference(100, -0.01, -0.11, 0.09, 0.5, 0.84, doubt=0.1), 0.05)
    assert sure.more_cases is not None and sure.at_least < sure.more_cases < (sure.at_most or 0)
    assert sure.text.startswith(f"not decisive, about {sure.more_cases} more cases needed (")
    unsure = verdict(Difference(100, -0.01, -0.11, 0.09, 0.5, 0.84, doubt=0.4), 0.05)
    beyond = verdict(Difference(100, 0.05, -0.06, 0.15, 0.5, 0.32, doubt=0.1), 0.05)
    assert unsure.more_cases is beyond.more_cases is None
    assert unsure.text == "not decisive, at least 10 more cases needed"
    assert beyond.text == "not decisive, more cases needed"


# --- simulations ---------------------------------------------------------------------------------------


def leaning(lots: random.Random, cases: int, truth: float) -> Sample:
    """A few cases cost many times what most do, and the dearer variant costs a share more."""
    left = [lots.lognormvariate(0, 1) for _ in range(cases)]
    scale = truth / math.exp(0.5)
    return left, [each * (1 + scale * (1 + lots.gauss(0, 0.5))) for each in left]


@pytest.mark.parametrize("sample", [normal, skewed, leaning])
@pytest.mark.parametrize("cases", [25, 60, 200])
def test_the_interval_covers_the_truth(sample: Callable[..., Sample], cases: int) -> None:
    lots = random.Random(cases)
    covered = 0
    for _ in range(1_000):
        found = paired_difference(*sample(lots, cases, 0.2))
        covered += found.low <= 0.2 <= found.high
    assert 925 <= covered <= 972


def test_the_interval_of_rates_covers_the_truth() -> None:
    lots = random.Random(5)
    covered = 0
    for _ in range(2_000):
        found = rate_difference(*passes(lots, 80, 0.1))
        covered += found.low <= 0.1 <= found.high
    assert 1_860 <= covered <= 1_940


def test_false_alarms_of_numbers_are_few() -> None:
    lots = random.Random(6)
    alarms = sum(
        verdict(paired_difference(*normal(lots, 40, 0.0))).word != "not decisive" for _ in range(1_000)
    )
    assert alarms < 50


def test_false_alarms_of_rates_are_few() -> None:
    lots = random.Random(7)
    alarms = sum(
        verdict(rate_difference(*passes(lots, 60, 0.0))).word != "not decisive" for _ in range(2_000)
    )
    assert alarms < 100


@pytest.mark.parametrize("sample", [skewed, leaning])
def test_few_leaning_cases_are_not_trusted_too_soon(sample: Callable[..., Sample]) -> None:
    lots = random.Random(10)
    studies = [paired_difference(*sample(lots, 10, 0.2)) for _ in range(2_000)]
    covered = sum(each.low <= 0.2 <= each.high for each in studies)
    assert 1_850 <= covered <= 1_965
    centred = [
        paired_difference([0.0] * 10, [lots.lognormvariate(0, 1) - math.exp(0.5) for _ in range(10)])
        for _ in range(2_000)
    ]
    assert sum(verdict(each).word != "not decisive" for each in centred) < 100


def test_a_few_cases_that_differ_tell_little() -> None:
    """Of thirty cases three differ: their number is what is known, not thirty."""
    few = paired_difference([0.0] * 30, [0.0] * 27 + [1.0, 1.1, 0.9])
    plain = 2.045 * few.spread / math.sqrt(30)
    assert few.high - few.mean > 1.3 * plain
    assert verdict(few).word == "not decisive"


def test_cases_all_alike_decide_from_fifteen_on() -> None:
    assert verdict(paired_difference([1.0] * 12, [1.5] * 12)).word == "not decisive"
    assert verdict(paired_difference([1.0] * 15, [1.5] * 15)).word == "superior"


@pytest.mark.parametrize("share", [0.3, 0.45])
def test_more_cases_needed(share: float) -> None:
    """Studies too small to decide tell the number that decides four times in five, and a range of it."""
    truth, cases, lots = 0.08, 425, random.Random(8)
    decided = sum(
        verdict(rate_difference(*passes(lots, cases, truth))).word != "not decisive" for _ in range(300)
    )
    assert 0.72 < decided / 300 < 0.88, "the number of cases of this test decides four times in five"
    pilots = [rate_difference(*passes(lots, round(cases * share), truth)) for _ in range(400)]
    told = [cases_needed(each) for each in pilots if verdict(each).word == "not decisive"]
    assert all(each.cases is None for each in told), "one study alone cannot know the number"
    held = sum((each.at_least or math.inf) <= cases <= (each.at_most or math.inf) for each in told)
    assert held / len(told) > 0.7


def changes(lots: random.Random, cases: int, lost: float, won: float) -> tuple[list[bool], list[bool]]:
    """Cases of which some pass only on the left, some only on the right."""
    drawn = [lots.random() for _ in range(cases)]
    return [each < lost for each in drawn], [lost <= each < lost + won for each in drawn]


@pytest.mark.parametrize(("loss", "cases"), [(0.0, 890), (0.05, 880)])
@pytest.mark.parametrize("share", [0.15, 0.5])
def test_more_cases_needed_against_a_margin(loss: float, cases: int, share: float) -> None:
    """Whether none or the margin is lost, nine of ten single studies that tell a number are right."""
    margin, changed, lots = 0.05, 0.3, random.Random(9)
    won, lost = (changed - loss) / 2, (changed + loss) / 2
    wide = [verdict(rate_difference(*changes(lots, cases, lost, won)), margin).word for _ in range(200)]
    assert 0.7 < 1 - wide.count("not decisive") / 200 < 0.9, "this number decides four times in five"
    size = round(cases * share)
    pilots = [rate_difference(*changes(lots, size, lost, won)) for _ in range(200)]
    told = [cases_needed(each, margin) for each in pilots if verdict(each, margin).word == "not decisive"]
    more = [each.cases - size for each in told if each.cases is not None]
    assert len(more) / len(told) > 0.4
    assert sum((cases - size) / 1.5 <= each <= (cases - size) * 1.5 for each in more) / len(more) > 0.9
    held = sum((each.at_least or 0) <= cases <= (each.at_most or math.inf) for each in told)
    assert held / len(told) > 0.8
