"""From an empty folder, by keys alone: compose, run, change, try, save, test."""

from __future__ import annotations

import pytest

from tests.tui.apps import LARGE, SMALL, screen_text, settled, until
from tests.tui.compose_kit import ComposeApp, ready, write
from workbench.recipe.load import load
from workbench.tui.screens.compose_tests import CasesScreen
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.run import RunScreen
from workbench.tui.screens.trying import TryScreen

KEYS_AT_MOST = 120
"""Two minutes of keys, at one a second."""


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_from_an_empty_folder_to_a_tested_recipe(tmp_path, size):  # noqa: PLR0915 - one story
    app = ComposeApp(tmp_path)
    pressed: list[str] = []
    async with app.run_test(size=size) as pilot:

        async def keys(*names: str) -> None:
            pressed.extend(names)
            await pilot.press(*names)
            await settled(pilot)

        async def text(words: str) -> None:
            pressed.extend(words)
            await write(pilot, words)
            await settled(pilot)

        async def on(kind: type, what: str) -> None:
            await until(pilot, lambda: isinstance(app.screen, kind), what)
            await settled(pilot)

        await on(HomeScreen, "home")
        assert "n makes your first recipe" in screen_text(app)
        await keys("n")
        await keys("enter")  # its name as offered
        await text("retr")
        await keys("enter")  # one step: retrieve
        screen = await ready(pilot)
        await keys("a")
        await keys("enter")  # prompt, after search
        await keys("c")
        await keys("enter")  # grounded, in search
        await keys("a")
        await text("hum")
        await keys("enter")
        assert [item.name for item in screen.draft.items if item.kind == "step"] == [
            "search",
            "answer",
            "person",
        ]
        assert screen.draft.valid and screen.draft.unsaved

        await keys("f5")
        await on(InputsScreen, "the inputs of the first run")
        await text("When are you open on Saturday?")
        await keys("f5")
        await on(RunScreen, "the run")
        await until(pilot, lambda: app.screen.model.state.status == "done", "the run is done")
        await until(pilot, lambda: "10:00 to 14:00" in screen_text(app), "the answer, without a key more")
        await keys("escape")
        assert app.screen is screen

        await keys("k", "e")  # up to the answer: its prompt
        await on(EditDialog, "the prompt")
        await text("Please: ")
        await keys("ctrl+s")
        assert "Please: Answer from these passages" in screen.draft.text
        await keys("t")
        await on(TryScreen, "the try")
        await until(pilot, lambda: app.screen.tries and app.screen.tries[-1].ended, "the try has ended")
        assert [each.error for each in app.screen.tries] == ["", ""]
        await keys("escape")
        await keys("s")
        await until(pilot, lambda: not screen.draft.unsaved, "saved")

        await keys("T")
        await on(CasesScreen, "the tests")
        await keys("a")
        await keys("enter")  # the case's name as offered
        await keys("enter")
        tests = app.screen
        await until(pilot, lambda: tests.results, "the case has run")
        assert [[each.passed for each in case] for case in tests.results.values()] == [[True]]

    assert screen.draft.value(("outputs", "answer")) == "{{ person.text or answer.text }}"
    recipe = load(tmp_path / "recipes" / "my-first" / "recipe.yaml")
    assert [(name, step.verb) for name, step in recipe.document.steps.items()] == [
        ("search", "retrieve"), ("answer", "prompt"), ("person", "human"),
    ]  # fmt: skip
    assert recipe.document.steps["answer"].gate.grounded.in_ == "search"
    assert (tmp_path / "recipes" / "my-first" / "tests.yaml").is_file()
    assert len(pressed) < KEYS_AT_MOST, len(pressed)
    assert screen.draft.text == (tmp_path / "recipes/my-first/recipe.yaml").read_text("utf-8")
