"""How values read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui import fake_bench
from tests.tui.fake_bench import NOW
from workbench.tui import presentation as show
from workbench.tui.ink import plain
from workbench.tui.run_rows import run_row
from workbench.tui.run_state import RunState

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (0.0, "0 ms"), (0.0031, "3 ms"), (0.099, "99 ms"), (0.0997, "0.1 s"), (2.04, "2.0 s"),
        (99.97, "1:40 min"), (185, "3:05 min"), (7_800, "2:10 h"),
        (359_940, "99:59 h"), (360_000, "100 h"), (36_000_000, "10,000 h"),
    ],
)  # fmt: skip
def test_seconds(value, text):
    assert show.seconds(value) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (3_599, "60 min ago"), (3_600, "06:13"),
        (86_400, "24 Feb 07:13"), (86_400 * 100, "2025-11-17"), (-5, "07:13"),
    ],
)  # fmt: skip
def test_when(ago, text):
    assert show.when(NOW - ago * SECOND, NOW) == text


def test_money_tokens_counts_models():
    assert show.cost(None) == show.cost(0, known=False) == "$?"
    assert show.cost(12_100_000, known=False) == "≥$0.0121"
    costs = [show.cost_within(9, *cost) for cost in ((92_000, True), (57_100, False), (0, True))]
    assert costs == ["$0.000092", "≥$0.00006", "$0"]
    assert [show.tokens(number) for number in (None, 412, 12_345, 1_200_000)] == [
        "?",
        "412",
        "12.3k",
        "1.20M",
    ]
    assert [show.count(1, "step"), show.count(10_000, "step"), show.count(2, "try", "tries")] == [
        "1 step", "10,000 steps", "2 tries",
    ]  # fmt: skip
    assert show.short_model("acme/big@3") == "big"
    assert show.short_model("big") == "big"


def test_states_are_told_by_sign_and_word():
    signs = [show.glyph(status) for status in ("done", "failed", "running", "paused", "skipped", "waiting")]
    assert len(set(signs)) == len(signs)
    assert show.word("over_budget") == "over budget"
    assert show.word("never heard of") == "never heard of"


def test_bars_and_values():
    assert show.bar(0.5, 4) == "▓▓░░"
    assert show.bar(7, 2) == "▓▓"
    assert show.value_text("as it is") == "as it is"
    assert show.value_text({"a": 1}) == '{\n  "a": 1\n}'
    assert show.one_line({"a": "b\nc"}) == '{"a": "b\\nc"}'
    assert show.one_line("x" * 50, 10) == "x" * 9 + "…"


def test_a_cost_of_many_digits_stands_in_its_row():
    state = RunState()
    row = replace(fake_bench.run_row(state, 1), cost_nano=92_000, cost_known=True)
    assert "$0.000092" in plain(run_row(row, 78, NOW))
