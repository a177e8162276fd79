"""Plain demands are read from instructions and from failed checks."""

from __future__ import annotations

import pytest

from workbench.providers.local.demands import Demands, read_demands


@pytest.mark.parametrize(
    ("orders", "demands"),
    [
        ("", Demands()),
        ("length: at most 400 characters, was 612", Demands(most_characters=400)),
        ("Answer in two short sentences.", Demands(sentences=2)),
        ("Write at least 1,000 characters", Demands(least_characters=1000)),
        ("no more than fifty words", Demands()),
        ("words: at most 50 words, was 80\nwords: at most 40 words, was 45", Demands(most_words=40)),
        ("contains: must mention 'refund', 'ten days'", Demands(mention=("refund", "ten days"))),
        ("must mention one of 'a b' or 'c'", Demands(mention=("a b", "c"))),
        ("grounded: sentence 2 is not supported by search (0.31, 0.6 needed)", Demands(unsupported=(2,))),
    ],
)
def test_demands_are_read(orders: str, demands: Demands) -> None:
    assert read_demands(orders) == demands


def test_tokens_count_as_four_characters() -> None:
    assert read_demands("at most 100 characters", max_tokens=10).most_characters == 40
    assert read_demands("at most 30 characters", max_tokens=10).most_characters == 30
    assert read_demands("", max_tokens=None).most_characters is None
