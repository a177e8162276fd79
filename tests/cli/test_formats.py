"""Single values as people read them."""

from __future__ import annotations

import pytest

from workbench.cli.formats import clock, count, duration, percent, short, state, value_text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0.0, "0 ms"), (0.0124, "12 ms"), (1.0, "1.0 s"), (0.9996, "1.0 s"), (99.96, "1 min 40 s"),
     (125, "2 min 05 s"), (3_700, "1 h 01 min")],
)  # fmt: skip
def test_duration(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_clock_survives_dates_no_calendar_has() -> None:
    assert clock(1_790_000_000_000_000) == "2026-09-21 14:13:20"
    assert clock(10**30) == "?"


def test_state_says_it_in_a_word_too() -> None:
    assert state("over_budget").text == "$ over budget"
    assert state("unheard-of").text == "· unheard-of"


def test_count_and_percent() -> None:
    assert [count(1, "call"), count(1_200, "call"), count(None, "call")] == [
        "1 call",
        "1,200 calls",
        "? calls",
    ]
    assert [percent(None), percent(0.5)] == ["", "0.50"]


def test_short_is_one_line() -> None:
    assert short("a\n  b\tc", 10) == "a b c"
    assert short("abcdefgh", 5) == "abcd…"


def test_values_as_text() -> None:
    assert value_text("a") == "a"
    assert value_text(None) == "null"
    assert value_text(["é", 1]) == '["é", 1]'
    assert value_text(["é" * 80]) == '[\n  "' + "é" * 80 + '"\n]'
