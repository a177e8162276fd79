"""Compose and the files beside the recipe: a new name goes through them, undo and a crash lose none of it."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from tests.tui.apps import LARGE, screen_text, settled, until
from tests.tui.compose_kit import ComposeApp, make_folder, ready, select, write
from workbench.tui.screens.dialogs import ConfirmDialog
from workbench.tui.screens.picking import AskDialog, PickDialog

RECIPE = """\
schema: workbench/v1
name: answers
inputs: {question: string}
models: {writer: local/lead}
steps:
  ask:
    human: "{{ question }}"
  draft: {prompt: {file: prompts/draft.md}}
outputs: {reply: "{{ draft.text }}"}
"""
PROMPT = "\ufeffWrite it:\r\n{{ ask.text }}\r\n"
TESTS = "cases: # one\n  - {name: a, inputs: {question: x}, expect: {steps.ask.answer: {equals: y}}}\n"


def folder(tmp_path: Path) -> Path:
    path = make_folder(tmp_path, RECIPE)
    (path.parent / "prompts").mkdir()
    (path.parent / "prompts" / "draft.md").write_bytes(PROMPT.encode())
    (path.parent / "tests.yaml").write_text(TESTS)
    return path


def texts(path: Path) -> tuple[str, str, str]:
    return tuple((path.parent / name).read_bytes().decode() for name in
                 ("recipe.yaml", "prompts/draft.md", "tests.yaml"))  # type: ignore[return-value]  # fmt: skip


NEW = tuple(text.replace("ask.", "person.").replace(" ask:", " person:") for text in (RECIPE, PROMPT, TESTS))


async def rename(pilot, name: str) -> None:
    await pilot.press("r")
    await until(pilot, lambda: isinstance(pilot.app.screen, AskDialog), "asked")
    pilot.app.screen.query_one(Input).value = name
    await pilot.press("enter")
    await settled(pilot)


async def test_a_new_name_goes_through_prompts_and_tests_and_undo_takes_it_back(tmp_path):
    path = folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "ask")
        await rename(pilot, "person")
        await until(pilot, lambda: screen.draft.settled, "read")
        assert screen.draft.valid and texts(path) == (RECIPE, PROMPT, TESTS)
        await pilot.press("s")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")
        assert texts(path) == NEW
        await pilot.press("u")
        await settled(pilot)
        assert screen.draft.unsaved
        await pilot.press("s")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")
        assert texts(path) == (RECIPE, PROMPT, TESTS)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "asked")
        assert "draft (prompts/draft.md), tests.yaml mention ask" in " ".join(screen_text(app).split())
        await pilot.press("escape")


async def test_a_file_that_others_change_meanwhile_is_asked_about(tmp_path):
    path = folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "ask")
        await rename(pilot, "person")
        (path.parent / "tests.yaml").write_text("cases: []\n")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "asked")
        await pilot.press("escape")
        await settled(pilot)
        assert screen.draft.unsaved and (path.parent / "tests.yaml").read_text() == "cases: []\n"
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "asked")
        await pilot.press("enter")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")
        assert texts(path) == NEW


async def test_what_a_crash_left_of_them_is_brought_back(tmp_path):
    path = folder(tmp_path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "ask")
        await rename(pilot, "person")
        await until(pilot, lambda: screen._recovery.offered(path) is not None, "kept")
    again = ComposeApp(tmp_path, path)
    async with again.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: isinstance(again.screen, PickDialog), "offered")
        await write(pilot, "bring")
        await pilot.press("enter")
        screen = await ready(pilot)
        await until(pilot, lambda: screen.draft.settled and screen.draft.valid, "read")
        await pilot.press("s")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")
    assert texts(path) == NEW
