"""The Compose screen as it looks, at the smallest and at a comfortable size.

After a change that is meant to be seen:  pytest tests/tui/test_compose_snapshots.py --snapshot-update
"""

from __future__ import annotations

import pytest

from tests.tui.apps import LARGE, SMALL, settled, until
from tests.tui.compose_kit import ANSWERS, ComposeApp, make_folder, ready, select, source, write
from workbench.tui.widgets.suggestions import Suggestions

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
WRONG = ANSWERS.replace("model: writer", "model: writter").replace("{{ search.text }}", "{{ serch.text }}")
CASES = """\
cases:
  - name: Saturday
    inputs: {question: "When are you open on Saturday?"}
    expect:
      outputs.reply: {contains: noon}
      steps.tone.label: {equals: calm}
"""


@pytest.fixture
def picture(snap_compare, tmp_path, monkeypatch):
    """Compare Compose with its picture, after some keys."""
    monkeypatch.setattr("workbench.tui.screens.home.HomeScreen._bar", lambda self, width: ())

    def compare(size, *keys, text=ANSWERS, prepare=None):
        path = make_folder(tmp_path, text)
        (path.parent / "tests.yaml").write_text(CASES)

        async def before(pilot):
            await ready(pilot)
            await select(pilot, "steps", "draft")
            if prepare is not None:
                await prepare(pilot)
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            await settled(pilot)

        return snap_compare(ComposeApp(tmp_path, path), terminal_size=size, run_before=before)

    return compare


@SIZES
def test_outline_source_and_form(picture, size):
    assert picture(size)


@SIZES
def test_source_with_problems(picture, size):
    assert picture(size, "2", text=WRONG)


@pytest.mark.parametrize("key", ["3", "4"], ids=["form", "preview"])
def test_one_pane_at_a_time(picture, key):
    assert picture(SMALL, key)


@SIZES
def test_the_form_of_a_section(picture, size):
    async def prepare(pilot):
        await select(pilot, "outputs")

    assert picture(size, "3", prepare=prepare)


@SIZES
def test_graph(picture, size):
    assert picture(size, "v")


@SIZES
def test_a_text_to_edit(picture, size):
    assert picture(size, "e")


@SIZES
def test_adding(picture, size):
    assert picture(size, "a")


@SIZES
def test_a_check(picture, size):
    assert picture(size, "c")


@SIZES
def test_problems(picture, size):
    assert picture(size, "p", text=WRONG)


@SIZES
def test_completion(picture, size):
    async def prepare(pilot):
        await pilot.press("2")
        row = ANSWERS.split("\n").index("      {{ search.text }}")
        source(pilot.app).move_cursor((row, len("      {{ search.text }}")))
        await write(pilot, " {{ search.")
        popup = pilot.app.screen.query_one(Suggestions)
        await until(pilot, lambda: popup.open and popup.rows[0].text != "search", "completions")

    assert picture(size, prepare=prepare)


@SIZES
def test_unsaved_changes(picture, size):
    assert picture(size, "o", "d")


@SIZES
def test_leaving(picture, size):
    assert picture(size, "o", "escape")


@SIZES
def test_test_cases(picture, size):
    assert picture(size, "T")


@SIZES
def test_no_cases_yet(picture, size):
    async def prepare(pilot):
        (pilot.app.screen.draft.folder / "tests.yaml").unlink()

    assert picture(size, "T", prepare=prepare)


@SIZES
def test_fixes(picture, size):
    assert picture(size, "f", text=ANSWERS.replace("    on_fail: [revise, continue]\n", ""))


@SIZES
def test_an_empty_folder(snap_compare, tmp_path, monkeypatch, size):
    monkeypatch.setattr("workbench.tui.screens.home.HomeScreen._bar", lambda self, width: ())

    async def before(pilot):
        await settled(pilot)

    assert snap_compare(ComposeApp(tmp_path), terminal_size=size, run_before=before)
