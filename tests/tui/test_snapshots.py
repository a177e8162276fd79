"""Every screen as it looks, at the smallest and at a comfortable size.

After a change that is meant to be seen:  pytest tests/tui/test_snapshots.py --snapshot-update
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, opened, run_screen, settled, until
from tests.tui.fake_bench import FakeBench
from workbench.tui.screens.dialogs import ChoiceDialog

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@pytest.fixture
def shot(snap_compare):
    """Compare the app with its picture, after ``prepare`` and some keys."""

    def compare(app, size, *keys, prepare=None):
        async def before(pilot):
            await opened(pilot)
            if prepare is not None:
                await prepare(pilot)
                await settled(pilot)
            for key in keys:
                await pilot.press(key)
            if keys:
                await settled(pilot)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


def another(model, passed):
    return all(model.halt is not each for each in passed)


def begin(recipe="triage", step=True):
    async def start(pilot):
        app = pilot.app
        card = next(each for each in app.screen.cards if each.name == recipe)
        values = {"ticket": "I was charged twice"} if recipe == "triage" else {"document": "x"}
        app.start_run(card.recipe, values, {}, step=step)
        if step:
            await until(pilot, lambda: run_screen(app).model.halt is not None, "a stop")
        else:
            await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")

    return start


def walk(*keys):
    """From stop to stop of a new run."""

    async def go(pilot):
        await begin()(pilot)
        model = run_screen(pilot.app).model
        for key in keys:
            passed = (None, model.halt)
            await pilot.press(key)
            await until(pilot, partial(another, model, passed), "the next stop")

    return go


def form(name="triage"):
    async def fill(pilot):
        pilot.app.open_inputs(next(each for each in pilot.app.screen.cards if each.name == name))

    return fill


@SIZES
def test_home(bench, shot, size):
    assert shot(FrozenApp(bench), size)


@SIZES
def test_home_recipes_with_a_broken_one(bench, shot, size):
    assert shot(FrozenApp(bench), size, "1", "j")


@SIZES
def test_home_empty(tmp_path, shot, size):
    assert shot(FrozenApp(FakeBench(tmp_path)), size)


def test_home_filtered(bench, shot):
    assert shot(FrozenApp(bench), LARGE, "slash", *"lost")


@SIZES
def test_inputs(bench, shot, size):
    assert shot(FrozenApp(bench), size, prepare=form())


def test_inputs_with_errors(bench, shot):
    assert shot(FrozenApp(bench), LARGE, "ctrl+a", "delete", "tab", "tab", "x", "f5", prepare=form())


@SIZES
def test_past_run(bench, shot, size):
    assert shot(FrozenApp(bench, "run0001"), size)


@SIZES
def test_past_run_as_a_list(bench, shot, size):
    assert shot(FrozenApp(bench, "run0002"), size, "v")


@SIZES
def test_past_run_walked_back(bench, shot, size):
    assert shot(FrozenApp(bench, "run0001"), size, "left_square_bracket", "left_square_bracket")


@pytest.mark.parametrize("presses", range(1, 7), ids=["prompt", "answer", "why", "gates", "attempts", "raw"])
def test_tabs(bench, shot, presses):
    assert shot(FrozenApp(bench, "run0002"), LARGE, *["l"] * presses)


def test_a_tab_alone(bench, shot):
    assert shot(FrozenApp(bench, "run0002"), SMALL, "l")


@SIZES
def test_stopped_before_a_call(bench, shot, size):
    assert shot(FrozenApp(bench), size, prepare=walk("n", "n"))


@SIZES
def test_stopped_at_an_answer(bench, shot, size):
    assert shot(FrozenApp(bench), size, prepare=walk("n", "n", "space"))


@SIZES
def test_editing_a_prompt(bench, shot, size):
    assert shot(FrozenApp(bench), size, "e", prepare=begin())


@SIZES
def test_choosing_a_model(bench, shot, size):
    assert shot(FrozenApp(bench), size, "m", prepare=begin())


@SIZES
def test_a_question(bench, shot, size):
    assert shot(FrozenApp(bench), size, prepare=begin("review", step=False))


@SIZES
def test_help(bench, shot, size):
    assert shot(FrozenApp(bench, "run0001"), size, "question_mark")


@SIZES
def test_leaving_with_a_run_under_way(bench, shot, size):
    assert shot(FrozenApp(bench), size, "ctrl+q", prepare=begin())


def test_palette(bench, shot):
    assert shot(FrozenApp(bench, "run0001"), LARGE, "ctrl+p")


@pytest.mark.parametrize("theme", ["workbench-light", "ansi-dark"])
def test_themes(bench, shot, theme):
    app = FrozenApp(bench, "run0001")
    app.theme = theme
    assert shot(app, LARGE)
