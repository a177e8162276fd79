"""Compose by hand: panes that agree, the source, gestures, undo, the file, recovery, trouble."""

from __future__ import annotations

import os

import pytest
from textual.widgets import Input

from tests.tui.apps import LARGE, SMALL, screen_text, settled, until
from tests.tui.compose_kit import ANSWERS, ComposeApp, long_recipe, make_folder, ready, select, source, write
from workbench.tui.composing import looking
from workbench.tui.screens.dialogs import ConfirmDialog, LeaveDialog
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.picking import AskDialog, PickDialog
from workbench.tui.widgets.suggestions import Suggestions
from workbench.tui.widgets.virtual_list import VirtualList


def form(screen) -> list[str]:
    return [f"{line.label} {line.text}".strip() for line in screen.lines]


async def picked(pilot, typed: str) -> None:
    """Choose in the dialog in view by typing."""
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "a dialog to pick from")
    await write(pilot, typed)
    await pilot.press("enter")
    await settled(pilot)


async def test_moving_in_one_pane_moves_the_others(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        assert screen.draft.selected == ("steps", "search")
        await pilot.press("down", "down")
        await settled(pilot)
        assert screen.draft.item.name == "draft"
        assert source(app).cursor_location[0] + 1 == screen.draft.item.first
        assert "✓ grounded in search, at_least 0.6" in form(screen)
        await pilot.press("2")
        source(app).move_cursor((ANSWERS.split("\n").index("  person:") + 1, 0))
        await settled(pilot)
        assert screen.draft.item.name == "person"
        outline = screen.query_one("#outline", VirtualList)
        assert screen.draft.rows[outline.cursor].item.name == "person"
        assert form(screen)[0].startswith("human Answer this")
        await pilot.press("escape", "3", "down", "down")
        await settled(pilot)
        line = source(app).document.get_line(source(app).cursor_location[0])
        assert line.strip().startswith(f"{screen.field.label}:") if screen.field.given else True


async def test_narrow_shows_one_pane_at_a_time(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        for key, shown in (("2", "#source"), ("f6", "#form-rows"), ("f6", "#preview"), ("1", "#outline")):
            await pilot.press(key)
            await settled(pilot)
            panes = ("#outline", "#source", "#form-rows", "#preview")
            assert [name for name in panes if screen.query_one(name).region.height] == [shown]


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_tab_goes_through_the_panes(tmp_path, size):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot)
        await pilot.press("tab")
        assert screen.pane == 2 and source(app).has_focus
        await pilot.press("f6", "tab", "tab")
        assert screen.pane == 1
        await pilot.press("shift+tab", "shift+tab")
        assert screen.pane == 3 and screen.draft.text == ANSWERS


async def test_yaml_that_is_broken_loses_nothing_and_moves_nothing(tmp_path):
    text = ANSWERS.replace("\n", "\r\n")
    path = make_folder(tmp_path, text)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        names = [row.item.name for row in screen.draft.rows]
        await pilot.press("2")
        source(app).move_cursor((ANSWERS.split("\n").index("    model: writer"), 4))
        await write(pilot, "oops: [ {{ \n")
        place = source(app).cursor_location
        await until(pilot, lambda: screen.draft.settled, "it was read")
        await settled(pilot)
        assert screen.draft.findings.errors and "problem" in screen_text(app)
        assert source(app).cursor_location == place
        assert [row.item.name for row in screen.draft.rows] == names
        assert "oops: [ {{ \r\n" in screen.draft.text
        for _ in range(30):
            await pilot.press("ctrl+z")
        await until(pilot, lambda: not screen.draft.history.can_undo, "all is undone")
        assert screen.draft.text == text and not screen.draft.unsaved
        await settled(pilot)
        assert screen.draft.valid
    assert path.read_bytes() == text.encode()


async def test_what_is_typed_touches_only_its_line(tmp_path):
    path = make_folder(tmp_path, ANSWERS.replace("\n", "\r\n"))
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await pilot.press("2")
        row = ANSWERS.split("\n").index("    top: 3")
        source(app).move_cursor((row, len("    top: 3")))
        await pilot.press("backspace", "5", "ctrl+s")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")
    assert path.read_bytes() == ANSWERS.replace("top: 3", "top: 5").replace("\n", "\r\n").encode()


async def test_completion_by_typing(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await pilot.press("2")
        row = ANSWERS.split("\n").index("      {{ search.text }}")
        source(app).move_cursor((row, len("      {{ search.text }}")))
        await write(pilot, " {{ per")
        popup = screen.query_one(Suggestions)
        await until(pilot, lambda: popup.open and popup.rows[0].text == "person", "completions")
        await pilot.press("tab")
        assert source(app).document.get_line(row) == "      {{ search.text }} {{ person"
        assert not popup.open


async def test_a_problem_is_marked_told_and_mended_by_a_key(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path, ANSWERS.replace("model: writer", "model: writter")))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        assert "there is no role writter" in screen_text(app)
        line = ANSWERS.split("\n").index("    model: writer") + 1
        assert source(app)._marks[line] == [(11, 18, "bad")]
        await pilot.press("f")
        await until(pilot, lambda: "model: writter" not in screen.draft.text, "mended")
        await until(pilot, lambda: screen.draft.valid, "valid")
        await pilot.press("u")
        await until(pilot, lambda: "model: writter" in screen.draft.text, "undone")


async def test_gestures_by_single_keys(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "search")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the new name")
        app.screen.query_one(Input).value = "find"
        await pilot.press("enter")
        await settled(pilot)
        assert "{{ find.text }}" in screen.draft.text and "in: find" in screen.draft.text
        await pilot.press("x")
        await settled(pilot)
        assert "draft mentions find" in screen_text(app)
        await pilot.press("n")
        await settled(pilot)
        await select(pilot, "steps", "tone")
        await pilot.press("o")
        await settled(pilot)
        assert screen.draft.item.off and "off" in screen_text(app)
        await pilot.press("o", "D")
        await until(pilot, lambda: screen.draft.item.name == "tone_2", "the copy is selected")
        await pilot.press("J")
        await settled(pilot)
        assert list(screen.draft.value(("steps",))) == ["find", "tone", "draft", "tone_2", "person"]
        await pilot.press("x", "w")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        while screen.draft.history.can_undo:
            await pilot.press("u")
        await settled(pilot)
        assert screen.draft.text == ANSWERS and not screen.draft.unsaved


async def test_a_new_data_source_has_an_example_in_it(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "data")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "its name")
        await write(pilot, "faq")
        await pilot.press("enter")
        await settled(pilot)
        assert screen.draft.selected == ("data", "faq") and not screen.draft.findings.errors
        assert [each.name for each in (screen.draft.folder / "data/faq").iterdir()] == ["opening-hours.md"]


async def test_what_is_selected_stays_near_what_went(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        await pilot.press("D")
        await settled(pilot)
        assert screen.draft.selected == ("steps", "draft_2")
        await pilot.press("u")
        await settled(pilot)
        assert screen.draft.selected == ("steps", "person"), "what stands in its row now"
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the new name")
        app.screen.query_one(Input).value = "somebody"
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("u")
        await settled(pilot)
        assert screen.draft.selected == ("steps", "person"), "under its old name"
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "whether to delete it")
        await pilot.press("y")
        await settled(pilot)
        assert screen.draft.find(("steps", "person")) is None
        assert screen.draft.selected == ("steps", "draft"), "the last one that is left"


async def test_a_field_of_the_form_is_edited_in_place(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "search")
        rows = screen.query_one("#form-rows", VirtualList)
        await pilot.press("3")
        rows.move_to(next(n for n, line in enumerate(screen.lines) if line.label == "top"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the number")
        await write(pilot, "x")
        assert "a number is wanted" in screen_text(app)
        app.screen.query_one(Input).value = "7"
        await pilot.press("enter")
        await settled(pilot)
        assert "    top: 7\n" in screen.draft.text
        await pilot.press("1", "m")
        await settled(pilot)
        assert [note.message for note in app._notifications][-1] == "This step asks no role."
        await select(pilot, "steps", "draft")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the candidates")
        assert app.screen.marked == ["local/extract", "local/lead"]
        await write(pilot, "local compose")
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert "candidates: [local/extract, local/lead, local/compose]" in screen.draft.text
        assert "# live: openai/gpt-4.1-mini" in screen.draft.text


async def test_the_form_of_a_section_shows_its_parts_and_leads_to_them(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await select(pilot, "models")
        await pilot.press("3")
        assert [(line.label, line.text) for line in screen.lines] == [
            ("writer", "extract, lead"),
            ("", "+ add…"),
        ]
        await pilot.press("enter")
        await settled(pilot)
        assert screen.draft.selected == ("models", "writer")
        assert form(screen)[0] == "candidates local/extract, local/lead"


async def test_a_file_that_others_change_is_taken_over_or_asked_about(tmp_path):
    path = make_folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        path.write_text(ANSWERS.replace("top: 3", "top: 4"))
        screen.check_file()
        await until(pilot, lambda: "top: 4" in screen.draft.text, "taken over")
        await settled(pilot)
        assert not screen.draft.unsaved
        await select(pilot, "steps", "tone")
        await pilot.press("o")
        await settled(pilot)
        path.write_text(ANSWERS.replace("top: 3", "top: 9"))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "which version")
        await pilot.press("escape")
        await settled(pilot)
        assert "top: 9" in path.read_text() and "top: 4" in screen.draft.text
        await pilot.press("s")
        await picked(pilot, "take theirs")
        await until(pilot, lambda: screen.draft.text == path.read_text(), "theirs")
        assert not screen.draft.unsaved
        await pilot.press("u")
        await settled(pilot)
        assert "top: 4" in screen.draft.text


async def test_what_a_crash_left_unsaved_is_offered(tmp_path):
    path = make_folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "tone")
        await pilot.press("o")
        await until(pilot, lambda: screen._recovery.offered(path) is not None, "kept")
        lost = screen.draft.text
    assert path.read_text() == ANSWERS
    again = ComposeApp(tmp_path, path)
    async with again.run_test(size=LARGE) as pilot:
        await picked(pilot, "bring")
        screen = await ready(pilot)
        await until(pilot, lambda: screen.draft.text == lost, "brought back")
        assert screen.draft.unsaved
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(again.screen, LeaveDialog), "asked")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(again.screen, HomeScreen), "home")
    assert path.read_text() == lost


async def test_leaving_asks_and_quitting_too(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "tone")
        await pilot.press("o")
        await settled(pilot)
        for key in ("escape", "ctrl+q"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, LeaveDialog), "asked")
            await pilot.press("escape")
            await settled(pilot)
            assert app.screen is screen and app.is_running
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog), "asked")
        await pilot.press("n")
        assert screen.draft.path.read_text() == ANSWERS
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "home")


async def test_a_long_recipe_is_read_when_the_typing_pauses_and_not_for_each_key(tmp_path, monkeypatch):
    looks = []
    real = looking.look
    monkeypatch.setattr("workbench.tui.screens.compose.TYPING_PAUSE", 3600.0)
    monkeypatch.setattr(looking, "look", lambda *given: looks.append(1) or real(*given))
    app = ComposeApp(tmp_path, make_folder(tmp_path, long_recipe(300)))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        assert len([row for row in screen.draft.rows if row.item.kind == "step"]) == 300
        await pilot.press("2")
        editor = source(app)
        editor.move_cursor((editor.document.line_count // 2, 12))
        await settled(pilot)
        before = len(looks)
        for letter in "abcdefghij":
            await pilot.press(letter)
        assert "abcdefghij" in screen.draft.text
        assert len(looks) == before
        monkeypatch.setattr("workbench.tui.screens.compose.TYPING_PAUSE", 0.01)
        await pilot.press("k")
        await until(pilot, lambda: len(looks) > before, "read when the typing has paused")


async def test_the_outside_editor_is_given_the_file(tmp_path, monkeypatch):
    path = make_folder(tmp_path)
    script = tmp_path / "editor.sh"
    script.write_text("#!/bin/sh\nsed -i 's/top: 3/top: 8/' \"$1\"\n")
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    app = ComposeApp(tmp_path, path)
    monkeypatch.setattr(ComposeApp, "suspend", lambda self: _nothing())
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: "top: 8" in screen.draft.text, "read again")
        assert not screen.draft.unsaved
    assert os.environ["VISUAL"] == str(script)


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


async def test_a_step_becomes_a_recipe_of_its_own(tmp_path):
    app = ComposeApp(tmp_path, path := make_folder(tmp_path))
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        before = screen.draft.text
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "its name is asked")
        app.screen.query_one(Input).value = "writing"
        await pilot.press("enter")
        await until(
            pilot, lambda: "recipe: writing.yaml" in screen.draft.text, "the step runs its own recipe"
        )
        assert "Answer from these passages only." in (path.parent / "writing.yaml").read_text()
        await settled(pilot)
        assert screen.draft.findings.errors == 0, [str(each) for each in screen.draft.findings.problems]
        await pilot.press("u")
        assert screen.draft.text == before
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "its name is asked")
        app.screen.query_one(Input).value = "writing"
        await pilot.press("enter")
        await settled(pilot)
        assert screen.draft.text == before, "a file that is there already is not written over"
