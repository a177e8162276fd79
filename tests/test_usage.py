"""Money and tokens in integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.usage import NANO, PER_MILLION, Price, Usage, add_known, dollars, money, per_million

tokens = st.integers(0, 10**9)
prices = st.integers(0, 10**12)


@given(tokens, tokens, tokens, tokens, prices, prices, prices, prices)
def test_a_cost_is_the_exact_sum_rounded_half_up(
    plain: int, cached: int, write: int, output: int, a: int, b: int, c: int, d: int
) -> None:
    price = Price(a, b, c, d)
    cost = price.cost(Usage(plain, cached, write, output))
    exact = plain * a + output * b + cached * c + write * d
    assert cost is not None
    assert 2 * abs(cost * PER_MILLION - exact) <= PER_MILLION


def test_unknown_tokens_have_an_unknown_cost() -> None:
    price = Price(per_million(1.0), per_million(4.0))
    assert price.cost(Usage()) is None
    assert price.cost(Usage(input=5)) is None
    assert add_known(3, None, 4) == (7, False)
    assert dollars(None) is None


def test_buckets_without_a_rate_are_charged_as_input() -> None:
    price = Price(per_million(2.0), 0)
    assert price.cost(Usage(0, 1_000_000, 0, 0)) == 2 * NANO


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (None, "$?"),
        (0, "$0"),
        (1, "$0.000000001"),
        (1_500, "$0.0000015"),
        (300_000, "$0.0003"),
        (12_100_000, "$0.0121"),
        (2 * NANO, "$2.00"),
    ],
)
def test_money_for_people(nano: int | None, shown: str) -> None:
    assert money(nano) == shown
