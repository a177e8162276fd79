"""What Compose and home ask for in dialogs: wrapping, values, cases, new recipes, typed texts."""

from __future__ import annotations

import pytest

from tests.tui.apps import LARGE, SMALL, screen_text, settled, until
from tests.tui.compose_kit import ANSWERS, ComposeApp, compose_screen, make_folder, ready, select, write
from workbench.errors import UsageError
from workbench.recipe.load import load
from workbench.tui.ink import ink
from workbench.tui.screens.compose import ComposeScreen
from workbench.tui.screens.compose_tests import CasesScreen
from workbench.tui.screens.dialogs import ConfirmDialog
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.picking import Pick, PickDialog
from workbench.tui.screens.waiting import WaitDialog


async def answered(pilot, *answers: str) -> None:
    """Answer dialogs one after the other: each is typed over what is offered, and taken."""
    for answer in answers:
        await until(pilot, lambda: pilot.app.screen.query("#ask, #pick-filter"), "a dialog that asks")
        if answer:
            await write(pilot, answer)
        await pilot.press("enter")
        await settled(pilot)


def told(app) -> str:
    """What was said in passing."""
    return "\n".join(each.message for each in app._notifications)


def step(screen, name: str):
    return screen.draft.value(("steps", name))


async def test_wrapping_asks_for_the_list_the_condition_and_how_often(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        await pilot.press("w")
        await answered(pilot, "repeat", "", "5")
        await until(pilot, lambda: (step(screen, "draft") or {}).get("repeat"), "repeated")
        assert step(screen, "draft")["repeat"] == {"at_most": 5}
        await pilot.press("u", "w")
        await settled(pilot)
        await answered(pilot, "each")
        assert "search.documents" in screen_text(app) and "person" not in screen_text(app)
        await answered(pilot, "search")
        await until(pilot, lambda: (step(screen, "draft") or {}).get("each"), "for each")
        assert step(screen, "draft")["each"] == "search.documents"
        await select(pilot, "steps", "person")
        await pilot.press("w")
        await answered(pilot, "choose", "tone.label")
        await until(pilot, lambda: "choose" in (step(screen, "person") or {}), "chosen")
        assert step(screen, "person")["choose"][0]["when"].startswith("tone.label")


async def test_the_next_run_can_have_other_inputs(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("I")
        await settled(pilot)
        assert "other inputs" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, InputsScreen) and app.focused, "the form")


async def test_typed_text_is_not_thrown_away_by_one_key(tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot)
        await select(pilot, "steps", "draft")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditDialog), "the text")
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is screen
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditDialog), "the text")
        await write(pilot, "Please ")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "whether to throw it away")
        await pilot.press("n")
        await settled(pilot)
        assert isinstance(app.screen, EditDialog)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
        assert app.screen is screen and screen.draft.text == ANSWERS


FLAKY = """\
schema: workbench/v1
name: answers
tools: {turn: "tools.py:turn"}
steps:
  take: {tool: turn}
outputs: {n: "{{ take.result }}"}
"""
TURN = """\
from pathlib import Path

def turn() -> int:
    file = Path(__file__).with_name("turn")
    number = int(file.read_text()) if file.exists() else 0
    file.write_text(str(number + 1))
    return number % 2
"""


async def test_cases_run_over_and_over_show_what_comes_only_sometimes(tmp_path):
    path = make_folder(tmp_path, FLAKY)
    (path.parent / "tools.py").write_text(TURN)
    (path.parent / "tests.yaml").write_text(
        "cases: [{name: odd, inputs: {}, expect: {outputs.n: {equals: 1}}}]\n"
    )
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen) and app.screen.cases, "the cases")
        tests = app.screen
        await pilot.press("R")
        await answered(pilot, "4")
        await until(pilot, lambda: len(tests.results.get("odd", ())) == 4 and not tests.running, "four runs")
        await settled(pilot)
        text = screen_text(app)
        assert "2 of 4 passed" in text and "1 flaky" in text and "outputs.n  2 different" in text
        assert "2 × 0" in text and "2 × 1" in text
        await pilot.press("enter")
        await until(pilot, lambda: not tests.running and len(tests.results["odd"]) == 1, "once")


async def test_a_recipe_begins_with_a_sentence_or_a_past_run(tmp_path, monkeypatch):
    app = ComposeApp(tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "home")
        await settled(pilot)
        await pilot.press("n")
        await answered(pilot, "", "answer questions from our notes")
        screen = await ready(pilot)
        assert screen.draft.value(("about",)) == "answer questions from our notes"
        assert "no model was asked" in told(app)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, InputsScreen) and app.focused, "the inputs")
        await pilot.press("f5")
        await until(pilot, lambda: "✓ done" in screen_text(app), "the run")
        await pilot.press("C")
        await until(pilot, lambda: app.screen is screen, "back to composing by its key")
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("N")
        await answered(pilot, "second", "past run", "")
        await until(pilot, lambda: compose_screen(app) is not screen, "the second")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "home")
        await until(pilot, lambda: (card := app.screen.chosen_card()) and card.name == "second", "its choice")
        assert app.screen.filter.recipe == "second"
        assert load(tmp_path / "recipes/second/recipe.yaml").name == "second"


@pytest.mark.parametrize("end", ["made", "wrong", "stopped"])
async def test_a_model_writes_a_recipe_is_waited_for_and_can_be_stopped(tmp_path, monkeypatch, end):
    app = ComposeApp(tmp_path)

    async def planned(bench, name, sentence, model):
        from asyncio import sleep

        from workbench.study.making import from_sentence

        await sleep(0.05 if end != "stopped" else 60)
        if end == "wrong":
            raise UsageError(f"what {model} wrote is no recipe: line 1: nothing")
        return from_sentence(name, sentence)

    monkeypatch.setattr("workbench.tui.screens.home_compose.planned", planned)
    monkeypatch.setattr("workbench.tui.screens.home_compose.NO_WRITERS", ("sim/", "ollama/"))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "home")
        await settled(pilot)
        await pilot.press("n")
        await answered(pilot, "", "answer questions from our notes", "local/lead")
        if end == "stopped":
            await until(pilot, lambda: isinstance(app.screen, WaitDialog), "the wait")
            assert "local/lead writes it" in screen_text(app)
            await pilot.press("escape")
        if end == "made":
            await ready(pilot)
            assert "read it before you trust it" in told(app)
            return
        words = {"wrong": "no recipe", "stopped": "nothing was made"}[end]
        await until(pilot, lambda: words in told(app), words)
        assert isinstance(app.screen, HomeScreen) and not (tmp_path / "recipes").exists()


@pytest.mark.parametrize("size", [(40, 10), (60, 16), LARGE])
async def test_dialogs_fit_whatever_the_size_becomes(tmp_path, size):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the palette")
        await pilot.resize_terminal(*size)
        await settled(pilot)
        await write(pilot, "hum")
        await settled(pilot)
        shown = screen_text(app).split("\n")
        assert any("human" in line and "ask a person" in line for line in shown)
        assert any("esc" in line and "take" in line for line in shown)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, ComposeScreen)


def test_a_name_comes_before_what_is_said_of_another():
    rows = [
        Pick("fan-out", ink("fan-out  several looks")),
        Pick("verify", ink("verify")),
        Pick("re-ver", ink("x")),
    ]
    assert [each.value for each in sorted(rows, key=lambda each: each.nearness("ver"))] == [
        "verify",
        "re-ver",
        "fan-out",
    ]


async def test_cases_that_cannot_be_read_say_so_at_any_size(tmp_path):
    path = make_folder(tmp_path)
    (path.parent / "tests.yaml").write_text("cases: [{name: a, inputs: {}, expected: {}}]\n")
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=LARGE) as pilot:
        await ready(pilot)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen), "the cases")
        for size in (LARGE, SMALL):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert "tests.yaml cannot be read as it is" in screen_text(app)
