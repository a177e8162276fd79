"""Screens that are closed while they open: the app ends as it would have."""

import asyncio

import pytest

from tests.tui.apps import LARGE, FrozenApp
from workbench.tui.screens.picking import AskDialog

OPENS = {
    "a run": lambda app: app.open_run("last"),
    "composing": lambda app: app.open_compose(app.bench.recipe_paths()[0]),
    "a dialog": lambda app: app.push_screen(AskDialog("A name")),
}


@pytest.mark.parametrize("name", OPENS)
async def test_a_screen_may_be_left_before_it_has_opened(bench, name):
    for turns in (0, 4, 8, 12, 16):
        app = FrozenApp(bench)
        async with app.run_test(size=LARGE) as pilot:
            await pilot.pause()
            OPENS[name](app)
            for _ in range(turns):
                await asyncio.sleep(0)
            app.exit()
        assert app.return_code == 0
