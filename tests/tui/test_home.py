"""Home: recipes, runs, filter, what is empty, what is broken, what another process wrote."""

from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Input

from tests.tui.apps import LARGE, SMALL, FrozenApp, screen_text, settled, until
from tests.tui.fake_bench import FakeBench
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.run import RunScreen
from workbench.tui.widgets.virtual_list import VirtualList


async def test_newest_run_first_with_state_as_glyph_and_word(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        lines = [line for line in screen_text(app).splitlines() if "review" in line or "triage" in line]
        rows = [line for line in lines if "ago" in line]
        assert "? waiting" in rows[0]
        assert "✗ failed" in rows[1]
        assert "✓ done" in rows[2]
        assert "$0.0363" in rows[2]
        assert "I was charged" in rows[2]


async def test_choosing_a_recipe_shows_only_its_runs(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("1", "j", "j")
        await settled(pilot)
        assert app.screen.pages.count == 1
        assert "Ask a person about" in screen_text(app)
        await pilot.press("g")
        await settled(pilot)
        assert app.screen.pages.count == 3


async def test_an_invalid_recipe_shows_its_problems_in_place(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("1", "j")
        await settled(pilot)
        text = screen_text(app)
        assert "✗ broken" in text
        assert "cannot run" in text
        assert "line " in text
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, HomeScreen), "a broken recipe opens no form"


async def test_filter_finds_runs_and_escape_clears_it_and_never_quits(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"lost")
        await until(pilot, lambda: app.screen.pages.count == 1, "filtered")
        await pilot.press("enter")
        assert app.focused.id == "runs"
        assert "lost" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.pages.count == 3, "all again")
        await pilot.press("escape", "escape")
        assert app.is_running
        assert isinstance(app.screen, HomeScreen)


async def test_a_filter_without_matches_says_what_to_do(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"zzz")
        await until(pilot, lambda: "Nothing matches." in screen_text(app), "said so")
        assert "esc clears" in screen_text(app)


async def test_empty_states_say_what_to_do(tmp_path):
    app = FrozenApp(FakeBench(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "Nothing here yet." in text
        assert "workbench demo" in text
        assert "workbench new" in text
        await pilot.press("enter", "p", "R", "n")
        await settled(pilot)
        assert app.is_running


async def test_a_key_right_after_that_of_a_pane_goes_to_it(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        for number, name in ((1, "recipes"), (2, "runs")):
            app.screen.action_pane(number)
            assert app.focused.id == name, "not only after what is typed ahead"


async def test_what_another_process_writes_appears(bench, monkeypatch):
    monkeypatch.setattr("workbench.tui.screens.home.POLL_SECONDS", 0.05)
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        runs = app.screen.query_one("#runs", VirtualList)
        await pilot.press("2", "j")
        chosen = app.screen.pages.row(runs.cursor).id
        kept = next(iter(bench.reader.kept.values()))
        bench.reader.kept["new"] = kept
        bench.reader.version += 1
        await until(pilot, lambda: app.screen.pages.count == 4, "the new run")
        assert app.screen.pages.row(runs.cursor).id == chosen, "the cursor stays with its run"


async def test_enter_opens_a_run_and_n_its_recipe(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert isinstance(app.screen, RunScreen)
        assert "no answer within 30 s" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert isinstance(app.screen, InputsScreen)


async def test_digits_change_the_pane_where_there_is_room_for_one(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        assert "1 Recipes" not in screen_text(app)
        await pilot.press("1")
        await settled(pilot)
        assert "1 Recipes" in screen_text(app)
        assert "2 Runs" not in screen_text(app)
        await pilot.press("2")
        await settled(pilot)
        assert "2 Runs" in screen_text(app)


async def test_mouse_chooses_and_a_double_click_opens(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.click("#runs", offset=(10, 3))
        await settled(pilot)
        assert app.screen.query_one("#runs", VirtualList).cursor == 1
        await pilot.click("#runs", offset=(10, 3), times=2)
        await settled(pilot)
        assert isinstance(app.screen, RunScreen)


async def test_a_click_on_a_hint_does_what_it_says(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        place = screen_text(app).splitlines()[-1].index("/ filter")
        await pilot.click("#keys", offset=(place, 0))
        await settled(pilot)
        assert isinstance(app.focused, Input)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_shows_every_key_of_the_screen(bench, key):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        text = screen_text(app)
        for word in ("New run", "Replay", "Filter", "Page down"):
            assert word in text
        await pilot.press("escape")
        assert isinstance(app.screen, HomeScreen)


async def test_q_quits(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await until(pilot, lambda: app._exit, "the end")


async def test_what_is_still_read_when_the_screen_goes_is_let_go(bench, monkeypatch):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        home = app.screen

        async def late(work, *given):
            while home.query("#runs"):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
            return work(*given)

        monkeypatch.setattr(asyncio, "to_thread", late)
        home.load_runs()
