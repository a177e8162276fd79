"""Batches in the terminal program: begun, watched, stopped, gone on with, labelled, compared."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.study.kit import Lab
from tests.tui.apps import LARGE, SMALL, screen_text, settled, until
from workbench.batch.variants import Choice, grid
from workbench.errors import CallError
from workbench.ledger.opinions import Label
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.tui import batch_text
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.asking import LineDialog
from workbench.tui.screens.batch import BatchScreen
from workbench.tui.screens.batch_form import BatchFormScreen
from workbench.tui.screens.batches import BatchesScreen
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.compare_many import CompareManyScreen
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.run import RunScreen
from workbench.tui.screens.step_labels import StepLabelsDialog
from workbench.usage import Usage


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.tui.screens.batch.POLL_SECONDS", 0.03)


RECIPE = """
models: {m: fake/good}
inputs: {text: string}
steps: {say: {prompt: "say {{ text }}", gate: {contains: ok}, on_fail: continue}}
outputs: {said: "{{ say.text }}"}
"""


def answers(model: str, request: ModelRequest) -> Reply:
    case = int(request.messages[-1].text.rsplit(" ", 1)[1])
    right = (case * 37 % 100) / 100 < (0.9 if model == "good" else 0.6)
    return Reply("ok" if right else "no", usage=Usage(input=3, output=1, state="reported"))


def data(folder: Path, rows: int) -> Path:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(rows)))
    return path


async def begun(lab: Lab, app: WorkbenchApp, pilot: object, rows: int) -> BatchScreen:
    """A batch begun from the form."""
    await settled(pilot)
    await pilot.press("1", "down", "b")  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(app.screen, BatchFormScreen), "the form")
    app.screen.query_one("#field-data", Input).value = str(data(lab.folder, rows))
    app.screen.query_one("#field-at_once", Input).value = "2"
    await pilot.press("f5")  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(app.screen, BatchScreen), "the batch")
    screen = app.screen
    assert isinstance(screen, BatchScreen)
    return screen


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_batch_from_the_form_to_its_runs(tmp_path: Path, size: tuple[int, int]) -> None:
    lab = Lab(tmp_path / "lab", answers)
    lab.write(RECIPE)
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=size) as pilot:
        screen = await begun(lab, app, pilot, 30)
        await until(pilot, lambda: screen.look and screen.look.row.status == "done", "the end")
        await settled(pilot)
        assert "30/30" in screen_text(app)
        assert "row 29" in screen_text(app)
        await pilot.press("2")
        await settled(pilot)
        assert "say: contains" in screen_text(app)
        await pilot.press("1", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen, "back")
        await pilot.press("plus", "minus")
        await settled(pilot)
        assert "+good" in screen_text(app)
        assert screen.look is not None
        runs = [each.run for each in screen.look.runs[:2]]
        assert [lab.reader.labels(run) for run in runs] == [[Label("good")], [Label("bad")]]
    await lab.close()


async def test_stopped_and_gone_on_with(tmp_path: Path) -> None:
    opened = asyncio.Event()

    async def script(model: str, request: ModelRequest) -> Reply:
        if int(request.messages[-1].text.rsplit(" ", 1)[1]) >= 10:
            await opened.wait()
        return answers(model, request)

    lab = Lab(tmp_path / "lab", script)
    lab.write(RECIPE)
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=LARGE) as pilot:
        screen = await begun(lab, app, pilot, 20)
        await until(pilot, lambda: screen.look and screen.look.totals.by_status.get("done") == 10, "ten runs")
        await pilot.press("x")
        await until(pilot, lambda: screen.look and screen.look.row.status == "cancelled", "the stop")
        assert screen.session is None
        opened.set()
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen) and app.screen is not screen, "anew")
        again = app.screen
        assert isinstance(again, BatchScreen)
        await until(pilot, lambda: again.look and again.look.row.status == "done", "the end")
        assert again.look is not None
        assert (again.batch_id, again.look.totals.by_status) == (screen.batch_id, {"done": 20})
    await lab.close()


async def test_a_batch_that_only_fails_alike_says_why_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(model: str, request: ModelRequest) -> Reply:
        raise CallError("auth", "no such key")

    lab = Lab(tmp_path / "lab", refused)
    lab.write(RECIPE.replace(", on_fail: continue", ""))
    app = WorkbenchApp(lab.bench)
    told: list[str] = []
    monkeypatch.setattr(app, "tell", lambda message, severity="": told.append(message))
    async with app.run_test(size=LARGE) as pilot:
        screen = await begun(lab, app, pilot, 60)
        await until(pilot, lambda: screen.look and screen.look.row.status == "cancelled", "the stop")
        await until(pilot, lambda: any("R goes on" in each for each in told), "the word")
        await until(pilot, lambda: screen.look and "no such key" in screen.look.failure, "the reason")
        await settled(pilot)
        assert "last failure row " in screen_text(app)
    await lab.close()


async def test_the_form_says_what_is_wrong(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", answers)
    lab.write(RECIPE)
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("1", "down", "b", "enter")
        await settled(pilot)
        assert "name the data first" in screen_text(app)
        box = app.screen.query_one("#field-data", Input)
        for value, told in (("gone.csv", "there is no data"), (str(data(lab.folder, 3)), "✓ 3 rows, 3 runs")):
            box.value = value
            await pilot.press("enter")
            await settled(pilot)
            assert told in screen_text(app)
        assert "text ← text: row 0" in screen_text(app)
        app.screen.query_one("#field-variants", Input).value = "m=fake/good m=fake/bad"
        await pilot.press("enter")
        await settled(pilot)
        assert "asks 6 model calls, each distinct one once" in screen_text(app)
        app.screen.query_one("#field-limit", Input).value = "many"
        await pilot.press("f5")
        await settled(pilot)
        assert "rows must be a whole number" in screen_text(app)
    await lab.close()


async def test_variants_compared_down_to_two_runs(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", answers)
    options = BatchOptions(
        variants=grid([Choice("m", f"fake/{each}", f"fake/{each}") for each in ("good", "bad")])
    )
    await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 60), options)
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen) and app.screen.rows, "the list")
        assert "60 rows × 2 variants" in screen_text(app)
        await pilot.press("d")
        await until(
            pilot, lambda: isinstance(app.screen, CompareManyScreen) and app.screen.comparison, "compared"
        )
        await settled(pilot)
        text = screen_text(app)
        assert "m=fake/bad" in text
        assert "worse  row " in text
        await pilot.press("m", *"abc", "enter")
        assert "is no number" in screen_text(app)
        await pilot.press("home", "shift+end", *"0.9", "enter")
        await until(pilot, lambda: not isinstance(app.screen, LineDialog), "the margin")
        screen = app.screen
        assert isinstance(screen, CompareManyScreen)
        await until(pilot, lambda: screen.comparison and screen.comparison.margin == 0.9, "by the margin")
        await pilot.press("c", *"pass_rat.b < 1", "enter")
        assert "did you mean pass_rate" in screen_text(app)
        await pilot.press("home", "shift+end", *"pass_rate.b < 0.9", "enter")
        await until(pilot, lambda: "✗ holds pass_rate.b < 0.9" in screen_text(app), "judged")
        assert screen.command().endswith("--margin 0.9 --fail-if 'pass_rate.b < 0.9'")
        await pilot.press("2", "enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "both runs")
    await lab.close()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_steps_are_labelled_from_the_batch(tmp_path: Path, size: tuple[int, int]) -> None:
    """One key from the batch: each step with its answer, good, bad, or what it should have been."""
    lab = Lab(tmp_path / "lab", answers)
    steps = 'steps: {off: {if: "false", prompt: x}, first: {set: {n: "1"}}, say: {prompt: "say {{ text }}"}}'
    recipe = lab.write(f'models: {{m: fake/good}}\ninputs: {{text: string}}\n{steps}\noutputs: {{said: "x"}}')
    result = await lab.bench.batch(recipe, data(lab.folder, 3), BatchOptions())
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        batch = BatchScreen(result.row.id)
        app.push_screen(batch)
        await until(pilot, lambda: batch.look, "the batch")
        assert batch.chosen is not None
        run = batch.chosen.run
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, StepLabelsDialog), "the steps")
        await settled(pilot)
        assert "off" not in screen_text(app)
        assert app.screen.copy_text() == "ok"  # type: ignore[attr-defined]  # that of the model's step
        await pilot.press("minus", "k", "plus", "e")
        await until(pilot, lambda: isinstance(app.screen, EditDialog), "the answer")
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, StepLabelsDialog), "the steps again")
        await settled(pilot)
        assert "it should have been" in screen_text(app)
        labels = {each.path: each for each in lab.bench.ledger.opinions().labels(run)}
        assert (labels["first"].word, labels["say"].word) == ("good", "bad")
        assert labels["say"].answer and "x" in labels["say"].answer
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is batch, "the batch again")
    await lab.close()


async def test_a_run_is_labelled_where_it_is_looked_at(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", answers)
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 3), BatchOptions())
    app = WorkbenchApp(lab.bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        app.push_screen(BatchScreen(result.row.id))
        await until(pilot, lambda: isinstance(app.screen, BatchScreen) and app.screen.look, "the batch")
        chosen = app.screen.chosen
        assert chosen is not None
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and not app.screen.model.running, "run")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, RunScreen)
        screen.set_tab("Run")
        await pilot.press("minus")
        await until(pilot, lambda: "the run: bad" in screen_text(app), "the label of the run")
        screen.select_step(next(iter(screen.model.state.rows)))
        await pilot.press("plus")
        await until(pilot, lambda: "labelled good" in screen_text(app), "the label of the step")
        await pilot.press("A")
        await until(pilot, lambda: isinstance(app.screen, EditDialog), "the answer")
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is screen, "back")
        labels = {each.path: each for each in lab.bench.ledger.opinions().labels(chosen.run)}
        assert labels[None].word == "bad"
        step = labels[screen.model.selected]
        assert (step.word, bool(step.answer)) == ("bad", True)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen), "the batch again")
        await until(pilot, lambda: "-bad" in screen_text(app), "the label in the list")
    await lab.close()


def test_histograms() -> None:
    assert batch_text.histogram([1, 1, 1, 2], 4) == "█  ▃"
    assert batch_text.histogram([5.0, 5.0], 5) == "··█··"
