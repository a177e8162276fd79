"""What Compose asks and tells, as it looks; one app for several states, each at both sizes.

After a change that is meant to be seen:  pytest tests/tui/test_compose_dialog_snapshots.py --snapshot-update
"""

from __future__ import annotations

import pytest
from pytest_textual_snapshot import SVGImageExtension

from tests.tui.apps import LARGE, SMALL, settled, until
from tests.tui.compose_kit import ANSWERS, ComposeApp, compose_screen, make_folder, ready, select, write
from tests.tui.test_compose_dialogs import FLAKY, TURN
from workbench.recipe.editing.saving import Recovery, open_text
from workbench.recipe.load import load
from workbench.study.bench import Bench
from workbench.tui import presentation
from workbench.tui.screens.compose import ComposeScreen
from workbench.tui.screens.compose_tests import CasesScreen
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.picking import PickDialog

NAMED = "abcdefghij"
"""What a run is called in the pictures: a name of the length that all have."""


@pytest.fixture
def take(snapshot, monkeypatch):
    """Compare the screen with its pictures, small and large; no time, name of a run or place is in them."""
    monkeypatch.setattr(HomeScreen, "_bar", lambda self, width: ())
    took = presentation.seconds
    monkeypatch.setattr(presentation, "seconds", lambda each: took(each if each is None else 0.1))
    for place in ("workbench.tui.presentation.when", "workbench.tui.screens.compose_files.when"):
        monkeypatch.setattr(place, lambda at, now: "just now")
    pictures = snapshot.use_extension(SVGImageExtension)

    async def pictured(pilot, name: str) -> None:
        for size in (SMALL, LARGE):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            pilot.app.clear_notifications()
            await pilot.wait_for_scheduled_animations()
            await settled(pilot)
            svg = pilot.app.export_screenshot()
            for row in pilot.app.bench.reader.runs(50, 0):
                svg = svg.replace(row.id, NAMED)
            assert svg == pictures(name=f"{name}-{size[0]}x{size[1]}")

    return pictured


async def dialog(pilot, key: str) -> None:
    """Press a key that opens a dialog."""
    before = pilot.app.screen
    await pilot.press(key)
    await until(pilot, lambda: pilot.app.screen is not before and pilot.app.focused, f"what {key} asks")
    await settled(pilot)


async def asked(pilot, *words: str) -> None:
    """Answer dialogs one after the other; each answer opens the next."""
    for each in words:
        before = pilot.app.screen
        await write(pilot, each)
        await pilot.press("enter")
        await until(pilot, lambda before=before: pilot.app.screen is not before, f"what follows {each}")
        await settled(pilot)


RUNS = ANSWERS.replace("into: [calm, angry]", "into: [positive, neutral, negative]")


async def ran(folder, path) -> None:
    """A run on record."""
    bench = Bench.open(folder)
    result = await bench.run(load(path), {"question": "When are you open on Saturday?"})
    await bench.close()
    assert result.status == "done", result.error


async def test_adding_wrapping_and_taking_out(take, tmp_path):
    app = ComposeApp(tmp_path, make_folder(tmp_path))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await select(pilot, "steps", "draft")
        await dialog(pilot, "a")
        await pilot.press(*["down"] * 12)
        await take(pilot, "patterns")
        await write(pilot, "zebra")
        await take(pilot, "nothing-matches")
        await pilot.press("escape")
        await settled(pilot)
        await dialog(pilot, "w")
        await take(pilot, "wrap")
        await asked(pilot, "each")
        await take(pilot, "wrap-each")
        await pilot.press("escape")
        await settled(pilot)
        await dialog(pilot, "E")
        await take(pilot, "extract")
        await asked(pilot, "")
        await until(pilot, lambda: "recipe: draft_part.yaml" in compose_screen(app).draft.text, "extracted")
        await ready(pilot)
        await take(pilot, "extracted")


async def test_beginning_a_recipe(take, tmp_path):
    path = make_folder(tmp_path, RUNS)
    await ran(tmp_path, path)
    app = ComposeApp(tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "home")
        await settled(pilot)
        await dialog(pilot, "N")
        await asked(pilot, "second")
        await take(pilot, "begins-with")
        await asked(pilot, "sentence")
        await take(pilot, "sentence")
        await pilot.press("escape")
        await settled(pilot)
        await dialog(pilot, "N")
        await asked(pilot, "second", "past run")
        await take(pilot, "from-a-run")


async def test_what_changed_against_the_file_and_a_run(take, tmp_path):
    path = make_folder(tmp_path, RUNS)
    await ran(tmp_path, path)
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await select(pilot, "steps", "draft")
        await pilot.press("o")
        await settled(pilot)
        await dialog(pilot, "d")
        await take(pilot, "with-what")
        await asked(pilot, "saved")
        await take(pilot, "saved-file")
        await pilot.press("escape")
        await settled(pilot)
        await dialog(pilot, "d")
        await asked(pilot, "just now")
        await take(pilot, "a-run")


async def test_unsaved_work_and_files_that_others_change(take, tmp_path):
    path = make_folder(tmp_path)
    Recovery(tmp_path).keep(open_text(path), ANSWERS.replace("top: 3", "top: 5"))
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "what was not saved")
        await settled(pilot)
        await take(pilot, "recovery")
        await pilot.press("enter")
        screen = await ready(pilot)
        await until(pilot, lambda: "top: 5" in screen.draft.text, "brought back")
        path.write_text(ANSWERS.replace("top: 3", "top: 9"))
        screen.check_file()
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "which version")
        await take(pilot, "changed-on-disk")
        await asked(pilot, "look")
        await until(pilot, lambda: getattr(app.screen, "_title", "").startswith("Theirs"), "the differences")
        await take(pilot, "two-versions")
        await pilot.press("escape")
        await until(pilot, lambda: getattr(app.screen, "_title", "") == "Two versions", "which version")
        await settled(pilot)
        await pilot.press("m", "i", "n", "e", "enter")
        await until(pilot, lambda: "top: 5" in path.read_text(), "mine is saved")


async def test_flaky_cases(take, tmp_path):
    path = make_folder(tmp_path, FLAKY)
    (path.parent / "tools.py").write_text(TURN)
    (path.parent / "tests.yaml").write_text(
        "cases: [{name: odd, inputs: {}, expect: {outputs.n: {equals: 1}}}]\n"
    )
    app = ComposeApp(tmp_path, path)
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await dialog(pilot, "T")
        tests = app.screen
        assert isinstance(tests, CasesScreen)
        await until(pilot, lambda: tests.cases, "the cases")
        await dialog(pilot, "R")
        await asked(pilot, "4")
        await until(pilot, lambda: len(tests.results.get("odd", ())) == 4 and not tests.running, "four runs")
        await take(pilot, "flaky")


LABELLED = ANSWERS.replace("{type: string, about", "{type: string, labels: [customer], about")
CLEARED = '[clearances]\ncustomer = ["local/extract"]\n'


async def test_labels_in_the_preview(take, tmp_path):
    (tmp_path / "workbench.toml").write_text(CLEARED)
    app = ComposeApp(tmp_path, make_folder(tmp_path, LABELLED))
    async with app.run_test(size=SMALL) as pilot:
        await ready(pilot)
        await select(pilot, "steps", "draft")
        await pilot.press("4")
        await take(pilot, "labels")
        assert isinstance(app.screen, ComposeScreen)
