"""Stepping through a run by keys: every stop, every move, and what the run makes of it."""

from __future__ import annotations

import contextlib

import pytest

from tests.tui.apps import LARGE, FrozenApp, run_screen, screen_text, settled, until
from workbench.tui.screens.editing import EditDialog


@contextlib.asynccontextmanager
async def stepping(bench, size=LARGE):
    """A run of ``triage`` that stands still before its first call."""
    app = FrozenApp(bench)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        card = next(each for each in app.screen.cards if each.name == "triage")
        app.start_run(card.recipe, {"ticket": "I was charged twice"}, {}, step=True)
        await until(pilot, lambda: halted(app) is not None, "the first stop")
        await settled(pilot)
        yield app, pilot


def halted(app):
    return run_screen(app).model.halt


async def press(pilot, *keys):
    await pilot.press(*keys)
    await settled(pilot)


async def test_it_stands_still_with_the_prompt_rendered_and_nothing_sent(bench):
    async with stepping(bench) as (app, _):
        text = screen_text(app)
        assert halted(app).path == "kind"
        assert "‖ paused triage" in text
        assert "ready to send to local/bayes" in text
        assert "I was charged twice" in text
        assert "nothing sent" in text
        for key in ("space", "c", "e", "s", "x"):
            assert f"{key} " in text.splitlines()[-1]


async def test_space_goes_to_the_next_stop_and_n_to_the_next_step(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "space")
        assert type(halted(app)).__name__ == "AnswerStop"
        assert "billing" in screen_text(app)
        await press(pilot, "n")
        assert (type(halted(app)).__name__, halted(app).path) == ("CallStop", "facts")
        await press(pilot, "n")
        assert halted(app).path == "draft"


async def test_continue_runs_to_a_breakpoint_then_to_the_end(bench):
    async with stepping(bench) as (app, pilot):
        screen = run_screen(app)
        screen.model.selected = "polish"
        await press(pilot, "b")
        assert screen.model.session.stepper.breakpoints == {"polish"}
        assert "◉" in screen_text(app)
        await press(pilot, "c")
        assert halted(app).path == "polish"
        await press(pilot, "c")
        await until(pilot, lambda: not screen.model.running, "the end")
        await settled(pilot)
        assert screen.model.state.status == "done"
        assert "We are sorry" in screen_text(app), "the outputs are shown at the end"


async def test_the_prompt_is_edited_before_it_is_sent(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "e")
        assert isinstance(app.screen, EditDialog)
        app.screen.query("TextArea").last().text = "Something else entirely"
        await press(pilot, "ctrl+s")
        assert type(halted(app)).__name__ == "AnswerStop"
        await press(pilot, "h")
        assert "Something else entirely" in screen_text(app)


async def test_the_answer_is_edited_before_it_is_used(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "space", "e")
        app.screen.query("TextArea").last().text = "technical"
        await press(pilot, "f5")
        assert run_screen(app).model.state.details.get("kind").output["text"] == "technical"


async def test_an_edit_that_changes_nothing_moves_nothing(bench):
    async with stepping(bench) as (app, pilot):
        before = halted(app)
        await press(pilot, "e")
        await press(pilot, "ctrl+s")
        assert halted(app) is before
        await press(pilot, "e")
        await press(pilot, "escape")
        assert halted(app) is before


async def test_skip_uses_an_output_written_by_hand(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "s")
        app.screen.query("TextArea").last().text = "by hand"
        await press(pilot, "ctrl+s")
        assert run_screen(app).model.state.details.get("kind").output["text"] == "by hand"
        assert halted(app).path == "facts"


async def test_retry_asks_again(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "space", "r")
        assert type(halted(app)).__name__ == "CallStop"
        await press(pilot, "space")
        assert run_screen(app).model.state.rows["kind"].attempts == 2


async def test_another_model_is_chosen_from_a_list(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "m")
        assert "acme/small" in screen_text(app)
        await press(pilot, "G", "enter")
        assert run_screen(app).model.state.rows["kind"].model == "acme/small"


async def test_stop_ends_the_run_truthfully(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "x")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        assert run_screen(app).model.state.status == "cancelled"


async def test_keys_that_make_no_sense_here_say_so_and_break_nothing(bench):
    async with stepping(bench) as (app, pilot):
        await press(pilot, "r", "a", "R", "p", "right_square_bracket", "f")
        assert halted(app).path == "kind"
        assert len(app.screen_stack) == 3


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_the_screen_lets_the_run_stand_and_coming_back_finds_it(bench, key):
    async with stepping(bench) as (app, pilot):
        run = run_screen(app).model.state.id
        await press(pilot, key)
        assert "▶ 1 run here" in screen_text(app)
        app.bench.reader.kept[run] = next(iter(app.bench.reader.kept.values()))
        app.push_screen(type(run_screen_of(app, run))(run, app.session_of(run)))
        await settled(pilot)
        assert halted(app).path == "kind"
        assert "nothing sent" in screen_text(app)
        await press(pilot, "c")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")


def run_screen_of(app, run):
    from workbench.tui.screens.run import RunScreen

    return RunScreen(run, app.session_of(run))


async def test_pausing_a_run_that_runs(bench):
    bench.pause = 0.05
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        card = next(each for each in app.screen.cards if each.name == "triage")
        app.start_run(card.recipe, {"ticket": "x"}, {}, step=False)
        await until(pilot, lambda: run_screen(app).focused is not None, "the screen")
        await pilot.press("space")
        await until(pilot, lambda: halted(app) is not None, "a stop")
        app.sessions[-1].stepper.go("run")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")


async def test_quitting_asks_while_a_run_is_under_way_and_cancels_it(bench):
    async with stepping(bench) as (app, pilot):
        session = app.sessions[-1]
        await press(pilot, "ctrl+q")
        assert "still under way" in screen_text(app)
        await press(pilot, "n")
        assert session.running
        await press(pilot, "ctrl+q")
        await pilot.press("y")
        await until(pilot, lambda: not session.running, "cancelled")
        assert session.state.status == "cancelled"
