"""Whatever keys and pastes come: the screen stays, no text is lost, and the cursor stays where it is."""

from __future__ import annotations

import random

import pytest
from textual import events

from tests.tui.apps import LARGE, SMALL, screen_text, settled, until
from tests.tui.compose_kit import ANSWERS, ComposeApp, compose_screen, make_folder, ready, select, source
from workbench.tui.composing.lines import shown
from workbench.tui.screens.compose import ComposeScreen
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.screens.picking import PickDialog

CONTROLS = [
    "enter", "tab", "shift+tab", "backspace", "delete", "up", "down", "left", "right", "home", "end",
    "pageup", "pagedown", "ctrl+k", "ctrl+u", "ctrl+w", "ctrl+a", "ctrl+e", "ctrl+d", "ctrl+x", "ctrl+c",
    "ctrl+v", "ctrl+z", "ctrl+y", "ctrl+f", "alt+enter", "ctrl+space", "shift+left", "shift+down",
    "ctrl+right", "f2", "f3", "f6", "insert", "space", "escape",
]  # fmt: skip
SIGNS = [
    "colon", "minus", "left_curly_bracket", "right_square_bracket", "quotation_mark", "number_sign",
    "asterisk", "ampersand", "vertical_line", "percent_sign", "at", "grave_accent", "é", "漢", "x", "0",
]  # fmt: skip
GARBAGE = "\x00\x1b[31m\r\n\t\u202e{}[]:#&*!|>'\"%@`abc\U0001f600"


def agree(app) -> bool:
    """True when what is shown is the document, and the cursor stands within it."""
    editor, draft = source(app), compose_screen(app).draft
    row, column = editor.cursor_location
    inside = row < editor.document.line_count and column <= len(editor.document.get_line(row))
    return inside and "\n".join(editor.document.lines) == shown(draft.text)


@pytest.mark.parametrize("seed", [3, 11])
async def test_random_keys_lose_nothing(tmp_path, seed):
    chance = random.Random(seed)
    path = make_folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await pilot.press("2")
        for number in range(45):
            if app.screen is screen and screen.pane != 2:
                await pilot.press("2")
            await pilot.press(chance.choice(SIGNS if chance.random() < 0.5 else CONTROLS))
            if number % 15 == 14:
                words = "".join(chance.choices(GARBAGE, k=60))
                app.post_message(events.Paste(words))
                await pilot.resize_terminal(*chance.choice([(40, 10), (80, 24), (160, 50)]))
            assert agree(app)
            screen_text(app)
        while app.screen is not screen:
            await pilot.press("escape")
        await settled(pilot)
        assert agree(app) and path.read_text() == ANSWERS
        while screen.draft.undo() is not None:
            pass
        assert screen.draft.text == ANSWERS


@pytest.mark.parametrize("key", ["r", "a", "c", "w", "x"])
async def test_keys_that_come_together_change_nothing_beneath_the_dialog_of_the_first(tmp_path, key):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        for each in (key, "o", "x", "D", "K"):
            app.post_message(events.Key(each, each))
        await until(pilot, lambda: isinstance(app.screen, Dialog), "the dialog of the first")
        await settled(pilot)
        assert screen.draft.text == ANSWERS
        assert app.screen_stack[-2] is screen, "one dialog, not two"


async def test_reading_what_is_no_yaml_leaves_the_cursor_where_it_is(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await pilot.press("2")
        editor = source(app)
        for row, sign in ((3, "left_curly_bracket"), (12, "quotation_mark"), (18, "colon"), (2, "tab")):
            editor.move_cursor((row, 2))
            await pilot.press(sign)
            place = editor.cursor_location
            await until(pilot, lambda: screen.draft.settled, "read")
            await settled(pilot)
            assert editor.cursor_location == place and agree(app)
            assert len(screen.draft.rows) > 10, "the outline that was last good stays"


@pytest.mark.parametrize(
    "words",
    ["".join(chr(number % 0x300) for number in range(3_000)), "x: " + "a" * 300_000, "  a: b c d\n" * 90_000],
    ids=["binary", "one long line", "a megabyte"],
)
async def test_a_paste_of_anything_is_taken_and_taken_back(tmp_path, words):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await pilot.press("2")
        source(app).move_cursor((6, 2))
        app.post_message(events.Paste(words))
        await until(pilot, lambda: len(screen.draft.text) > len(ANSWERS) + 2_000, "pasted")
        await pilot.press("x")
        await settled(pilot)
        assert agree(app) and isinstance(app.screen, ComposeScreen)
        for _ in range(4):
            await pilot.press("ctrl+z")
        await until(pilot, lambda: screen.draft.text == ANSWERS, "taken back")
        assert agree(app)


async def test_nothing_is_completed_after_a_word_that_is_no_name(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("2")
        source(app).move_cursor((6, 2))
        app.post_message(events.Paste("w" * 200))
        await pilot.press("ctrl+space")
        await settled(pilot)
        assert not app.screen.query_one("#suggestions").open
        assert not isinstance(app.screen, PickDialog)
