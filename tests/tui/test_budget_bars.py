"""Budgets on the run screen: bars in its head and in full, warned of when they come near."""

from __future__ import annotations

from workbench.events import BudgetLine, BudgetUsed, Missing, RunFinished, RunStarted
from workbench.tui.overview import overview_lines
from workbench.tui.run_rows import run_bar
from workbench.tui.run_state import RunState

LINES = (
    BudgetLine("run", "", "usd", 0, 20_000_000),
    BudgetLine("run", "", "seconds", 0.0, 5.0),
    BudgetLine("day", "2026-11-21", "usd", 9_000_000_000, 10_000_000_000),
)


def started() -> RunState:
    state = RunState()
    state.receive(
        RunStarted(
            run="r", seq=1, at=1_000_000, recipe="triage", recipe_hash="h", recipe_path="p", files={},
            file_hashes={}, inputs={}, budgets=LINES,
        )
    )  # fmt: skip
    return state


def told(line: object) -> str:
    return "".join(piece[0] for piece in line)  # type: ignore[attr-defined]


def test_the_head_shows_money_and_time_of_the_run() -> None:
    state = started()
    state.totals.cost_nano = 17_000_000
    bar = run_bar(state, 110, 3_500_000, "step 1", None)
    assert "$0.0170 of $0.02 ▓▓▓▓▓▓▓░" in told(bar)
    assert "2.5 s of 5 s ▓▓▓▓░░░░" in told(bar)
    inks = {piece[0].split(" of ")[0]: piece[1] for piece in bar}
    assert inks["$0.0170"] == "warn", "85 % is used"
    assert inks["2.5 s"] == ""
    assert "of" in told(run_bar(state, 80, 3_500_000, "step 1", None))


def test_the_overview_shows_every_level_and_what_is_missing() -> None:
    state = started()
    state.receive(BudgetUsed(run="r", seq=2, at=2, lines=LINES[2:], near=("the day: $9 of $10 used",)))
    assert state.near == "the day: $9 of $10 used"
    missing = (Missing("extra", "the run's 2 calls are used up", "budget"),)
    state.receive(RunFinished(run="r", seq=3, at=3, status="done", missing=missing))
    text = "\n".join(told(line) for line in overview_lines(state, None))
    assert "▓▓▓▓▓▓▓▓▓░ $9.00 of $10.00  day 2026-11-21" in text
    assert "extra  the run's 2 calls are used up" in text
