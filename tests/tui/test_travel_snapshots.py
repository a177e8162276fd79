"""The screens of other lines as they look, at the smallest and at a comfortable size.

After a change that is meant to be seen:  pytest tests/tui/test_travel_snapshots.py --snapshot-update
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, run_screen, settled, until
from tests.tui.travel_data import ANSWERS, PlannedAlready, a_comparison, a_family
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.family import FamilyScreen
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.screens.trying import TryScreen

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@pytest.fixture
def picture(snap_compare, bench):
    """Compare a screen with its picture, after some keys."""

    def compare(size, screen=None, *keys, prepare=None):
        async def before(pilot):
            await settled(pilot)
            if screen is not None:
                pilot.app.push_screen(screen())
                await settled(pilot)
            if prepare is not None:
                await prepare(pilot)
            for key in keys:
                await pilot.press(key)
            await settled(pilot)

        return snap_compare(FrozenApp(bench), terminal_size=size, run_before=before)

    return compare


@pytest.fixture
def compared(monkeypatch):
    monkeypatch.setattr("workbench.tui.screens.compare.compare", lambda reader, left, right: a_comparison())
    return lambda: CompareScreen("run0001", "run0002")


@SIZES
def test_compare(picture, compared, size):
    assert picture(size, compared)


def test_compare_the_list_of_steps(picture, compared):
    assert picture(SMALL, compared, "1")


def test_compare_unified(picture, compared):
    assert picture(LARGE, compared, "u")


def test_compare_totals(picture, compared):
    assert picture(SMALL, compared, "t")


@SIZES
def test_plan(picture, size):
    assert picture(
        size, lambda: PlanScreen(PlannedAlready("another text: steps.draft.prompt", "run0001")), "j"
    )


@SIZES
def test_family(picture, bench, size):
    bench.reader.family = lambda run: a_family()
    assert picture(size, lambda: FamilyScreen("run0003"))


@SIZES
def test_tries(picture, monkeypatch, size):
    async def answer(bench: Any, run: str, path: str, change: Any, result: Any) -> None:
        result.text, result.model, result.cost_nano, result.seconds = ANSWERS[1], "acme/small", 900_000, 1.2
        result.gates, result.ended = [("length", True, 0.8)], True

    monkeypatch.setattr("workbench.tui.screens.trying.try_step", answer)
    assert picture(size, lambda: TryScreen("run0001", "draft"))


@SIZES
def test_marked_runs(picture, size):
    assert picture(size, None, "m", "j", "m")


async def stopped(pilot) -> None:
    """A run that stands still."""
    app = pilot.app
    card = next(each for each in app.screen.cards if each.name == "triage")
    app.start_run(card.recipe, {"ticket": "I was charged twice"}, {}, step=True)
    await until(pilot, lambda: run_screen(app).model.halt is not None, "a stop")


async def three_stops_on(pilot) -> None:
    await stopped(pilot)
    for _ in range(3):
        before = run_screen(pilot.app).model.halt
        await pilot.press("space")
        await until(pilot, lambda before=before: run_screen(pilot.app).model.halt not in (None, before))


async def with_a_condition(pilot) -> None:
    await stopped(pilot)
    pilot.app.conditions.append("cost > 0.01")
    await pilot.press("B")
    await settled(pilot)


@SIZES
def test_looking_back(picture, size):
    assert picture(size, None, "backspace", prepare=three_stops_on)


def test_all_stops(picture):
    assert picture(SMALL, None, "H", prepare=three_stops_on)


@SIZES
def test_conditions(picture, size):
    assert picture(size, None, "tab", prepare=with_a_condition)
