"""Budgets on the run screen: bars in its head and in full, warned of when they come near."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, run_screen, settled, until
from tests.tui.fake_bench import FakeBench, Play, make_recipe
from workbench.events import (
    BudgetLine,
    BudgetUsed,
    CallFinished,
    Event,
    HumanAsked,
    Missing,
    RunFinished,
    RunStarted,
)
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
    state.receive(BudgetUsed(run="r", seq=2, at=2_500_000, lines=(LINES[0], replace(LINES[1], used=1.5))))
    bar = run_bar(state, 110, 3_500_000, "step 1", None)
    assert "$0.0170 of $0.02 ▓▓▓▓▓▓▓░" in told(bar)
    assert "2.5 s of 5 s ▓▓▓▓░░░░" in told(bar)
    inks = {piece[0].split(" of ")[0]: piece[1] for piece in bar}
    assert inks["$0.0170"] == "warn", "85 % is used"
    assert inks["2.5 s"] == ""
    assert "of" in told(run_bar(state, 80, 3_500_000, "step 1", None))


def test_the_head_counts_what_is_set_aside_for_unknown_costs() -> None:
    state = started()
    state.totals.cost_nano, state.totals.cost_known = 1_000_000, False
    state.receive(BudgetUsed(run="r", seq=2, at=2_500_000, lines=(replace(LINES[0], used=15_000_000),)))
    assert "≥$0.0010 of $0.02 ▓▓▓▓▓▓░░" in told(run_bar(state, 110, 3_500_000, "step 1", None))


def test_the_overview_shows_every_level_and_what_is_missing() -> None:
    state = started()
    state.receive(BudgetUsed(run="r", seq=2, at=2, lines=LINES[2:], near=("the day: $9 of $10 used",)))
    assert state.near == "the day: $9 of $10 used"
    missing = (Missing("extra", "the run's 2 calls are used up", "budget"),)
    state.receive(RunFinished(run="r", seq=3, at=3, status="done", missing=missing))
    text = "\n".join(told(line) for line in overview_lines(state, None))
    assert "▓▓▓▓▓▓▓▓▓░ $9.00 of $10.00  day 2026-11-21" in text
    assert "extra  the run's 2 calls are used up" in text


def test_the_time_of_the_run_stands_still_while_a_person_is_asked() -> None:
    state = started()
    state.receive(BudgetUsed(run="r", seq=2, at=2_000_000, lines=(replace(LINES[1], used=1.0),)))
    assert "1.0 s of 5 s" in told(run_bar(state, 110, 62_000_000, "step 1", None, paused=True))
    state.receive(HumanAsked(run="r", seq=3, at=2_000_000, path="ok", call=1, question="Go on?"))
    assert "1.0 s of 5 s" in told(run_bar(state, 110, 62_000_000, "step 1", None))


@dataclass
class LimitedPlay(Play):
    """A run under limits, which end it when they are reached."""

    limit: int = 0
    """Nano-dollars."""
    spent: int = 0

    def lines(self) -> tuple[BudgetLine, ...]:
        seconds = (self.clock.at - 1_772_000_060_000_000) / 1e6
        return (
            BudgetLine("run", "", "usd", self.spent, self.limit),
            BudgetLine("run", "", "seconds", seconds, 8.0),
            BudgetLine("role", "writer", "calls", self.calls, 20),
            BudgetLine("day", "2026-02-25", "usd", 1_200_000_000 + self.spent, 5_000_000_000),
        )

    def emit(self, event: Event, seconds: float = 0.1) -> None:
        if isinstance(event, RunStarted):
            event = replace(event, budgets=self.lines())
        if isinstance(event, RunFinished):
            event = replace(event, budgets=self.lines())
            if self.spent >= self.limit:
                told = "the next call may cost $0.0121 and only $0.00 of the run's $0.0242 is left"
                missing = (Missing("draft", told, "budget"), Missing("polish", "not done"))
                event = replace(event, status="over_budget", error=told, error_path="draft", missing=missing)
        super().emit(event, seconds)
        if isinstance(event, CallFinished):
            self.spent += event.cost_nano or 0
            near = ("the run: $0.0242 of $0.03 used",) if self.spent > 0.8 * self.limit else ()
            super().emit(BudgetUsed(lines=self.lines(), near=near), 0.0)


class LimitedBench(FakeBench):
    """Plays under a limit of money."""

    limit = 0

    def _play(self, recipe, script, listeners, **more):  # type: ignore[no-untyped-def]
        play = super()._play(recipe, script, listeners, **more)
        fields = {name: getattr(play, name) for name in play.__dataclass_fields__}
        return LimitedPlay(**fields, limit=self.limit)


@pytest.fixture
def limited(tmp_path):  # type: ignore[no-untyped-def]
    make_recipe(tmp_path, "triage")
    return LimitedBench(tmp_path)


def halted_at(app):  # type: ignore[no-untyped-def]
    halt = run_screen(app).model.halt
    return None if halt is None else halt.path


SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@SIZES
@pytest.mark.parametrize("limit", [100_000_000, 30_000_000], ids=["during", "near"])
def test_bars_of_a_run_that_is_stepped(limited, snap_compare, size, limit):  # type: ignore[no-untyped-def]
    async def before(pilot):  # type: ignore[no-untyped-def]
        await settled(pilot)
        card = next(each for each in pilot.app.screen.cards if each.name == "triage")
        pilot.app.start_run(card.recipe, {"ticket": "I was charged twice"}, {}, step=True)
        await until(pilot, lambda: halted_at(pilot.app) == "kind", "the first stop")
        for following in ("facts", "draft", "polish"):
            await pilot.press("n")
            await until(pilot, lambda: halted_at(pilot.app) == following, following)  # noqa: B023
        await settled(pilot)

    limited.limit = limit
    assert snap_compare(FrozenApp(limited), terminal_size=size, run_before=before)


@SIZES
def test_bars_of_a_run_that_was_stopped(limited, snap_compare, size):  # type: ignore[no-untyped-def]
    limited.limit = 24_200_000
    run = limited.record("triage", {"ticket": "I was charged twice"}, limited.scripts["triage"][:3])
    assert snap_compare(FrozenApp(limited, run), terminal_size=size, run_before=settled)
