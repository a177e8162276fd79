"""Composing and running: values of past runs, the living preview, the estimate; try, run, tests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import work

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunFilter
from workbench.recipe.recipe import Recipe
from workbench.recipe.tests_file import TESTS_NAME, read_tests
from workbench.study.bench import Bench
from workbench.study.change import Change
from workbench.study.history import History, read_history
from workbench.tui import presentation as show
from workbench.tui import starts
from workbench.tui.composing.changes_text import all_lines
from workbench.tui.composing.estimate import Estimate, estimate, filled
from workbench.tui.composing.part_preview import part_lines
from workbench.tui.composing.preview import Given, preview, preview_lines
from workbench.tui.ink import ink
from workbench.tui.recipe_cards import Card
from workbench.tui.run_rows import inputs_row
from workbench.tui.screens.compose_base import ComposeBase
from workbench.tui.screens.compose_tests import CasesScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.picking import Pick, PickDialog
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.screens.reading import ReadingDialog
from workbench.tui.screens.trying import TryScreen
from workbench.tui.travels import Proposal
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.graph_view import GraphView
from workbench.tui.widgets.inked import title

RUNS_LOOKED_AT = 4
"""Past runs whose steps lend their values, the newest first."""
SAVED, OTHERS = "saved", "others"
WHOLE = ("done", "failed", "waiting")
"""How runs end whose values are whole: tries and runs that were stopped are not."""


def given_of(reader: Reader, recipe: str, run: str | None = None) -> Given:
    """The values of a recipe's last runs, the newest first; of one run alone where it is named."""
    rows = [reader.run(run)] if run else reader.runs(RUNS_LOOKED_AT, 0, RunFilter(recipe=recipe))
    if not rows:
        return Given()
    outputs: dict[str, Json] = {}
    states: dict[str, str] = {}
    for row in rows:
        for name, value in reader.step_outputs(row.id).items():
            outputs.setdefault(name, value)
        for step in reader.steps(row.id, 2_000):
            states.setdefault(step.path, step.status)
    whole = next((row for row in rows if row.status in WHOLE), rows[0])
    return Given(whole.inputs, outputs, f"the values of {whole.id}", whole.id, states)


def _estimated(bench: Bench, recipe: Recipe, inputs: Mapping[str, Json]) -> Estimate | None:
    """The estimate, worked out on a loop of its own: a long recipe's would hold the screen up."""
    return asyncio.run(estimate(bench, recipe, inputs))


class ComposeRunning(ComposeBase):
    """Everything that needs the record or runs something."""

    history: History | None = None
    _given_run: str | None = None

    # -- values, preview, estimate ------------------------------------------------------------------

    @property
    def recipe_name(self) -> str:
        return self.draft.recipe.name if self.draft.recipe is not None else self.draft.folder.name

    @work(exclusive=True, group="given")
    async def load_given(self) -> None:
        """Read the values of past runs."""
        reader = self.workbench.bench.reader
        try:
            self.history = await asyncio.to_thread(read_history, reader, self.recipe_name)
            self.given = await asyncio.to_thread(given_of, reader, self.recipe_name, self._given_run)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if self.gone:
            return
        self.query_one("#outline").refresh()
        self.query_one("#compose-graph", GraphView).draw_again()
        self.look_ahead()
        self.estimate_run()

    @work(exclusive=True, group="looking")
    async def look_ahead(self) -> None:
        """What the selected step would be asked."""
        draft, item = self.draft, self.draft.item
        shown = self.query_one("#preview", Document)
        bench, given = self.workbench.bench, self._with_told()
        if item is None or item.kind != "step" or draft.recipe is None:
            self.preview = None
            shown.border_title = title(ink(f"4 Preview{' · ' + item.name if item is not None else ''}"))
            await self._show_part(shown)
            return
        history = self.history or History(())
        known = (bench.providers, bench.clearances)
        self.preview = await asyncio.to_thread(preview, draft.recipe, item.step, given, known, history)
        if self.gone:
            return
        shown.border_title = title(ink(f"4 Preview · {item.name}"))
        if self.preview is None:
            shown.show([ink(("The step cannot be read as it is written now.", "dim"))])
        else:
            shown.show(preview_lines(self.preview, self._with_told()), keep=True)

    def _with_told(self) -> Given:
        return (
            self.given if self.given.told else replace(self.given, told="the inputs' defaults (no run yet)")
        )

    async def _show_part(self, shown: Document) -> None:
        """What stands beside a part that is no step."""
        item, recipe, bench = self.draft.item, self.draft.recipe, self.workbench.bench
        if item is None or recipe is None:
            shown.show([ink(("Select a step: what it would be asked stands here.", "dim"))])
            return
        figures = {each.model: each for each in bench.reader.models()}
        known = (bench.providers, bench.clearances, figures)
        lines = await asyncio.to_thread(part_lines, recipe, item, self._with_told(), known)
        if not self.gone:
            shown.show(lines, keep=True)

    @work(exclusive=True, group="estimate")
    async def estimate_run(self) -> None:
        """What a run of the draft would cost and take."""
        recipe = self.draft.recipe
        if recipe is None or not self.draft.valid:
            self.estimate = None
        else:
            work = partial(_estimated, self.workbench.bench, recipe, self.given.inputs)
            self.estimate = await asyncio.to_thread(work)
        if self.gone:
            return
        self.query_one("#bar").refresh()

    @work(exclusive=True, group="dialog")
    async def action_given(self) -> None:
        """Choose the run, or the test case, whose values the preview uses."""
        runs = self.workbench.bench.reader.runs(40, 0, RunFilter(recipe=self.recipe_name))
        cases = await asyncio.to_thread(self._cases)
        picks = [Pick(OTHERS, ink(("+", "key"), " other inputs: a form, then it runs with them"))]
        picks += [Pick(f"case {name}", ink(("case ", "dim"), name)) for name in cases]
        picks += [Pick(row.id, inputs_row(row, self.workbench.now())) for row in runs]
        marked = [self.given.run or (runs[0].id if runs else OTHERS)]
        heading = "Values of the preview, and inputs of the next run"
        chosen = await self.workbench.push_screen_wait(PickDialog(heading, picks, marked=marked))
        if not chosen:
            return
        if chosen[0] == OTHERS:
            recipe = await self._ready()
            if recipe is not None:
                self._ask_inputs(recipe)
        elif chosen[0].startswith("case "):
            name = chosen[0].removeprefix("case ")
            self.given = replace(self.given, inputs=cases[name], told=f"the inputs of the case {name}")
            self.look_ahead()
            self.estimate_run()
        else:
            self._given_run = chosen[0]
            self.load_given()

    def _cases(self) -> dict[str, Mapping[str, Json]]:
        if self.draft.recipe is None:
            return {}
        try:
            found = read_tests(self.draft.folder / TESTS_NAME, self.draft.recipe)
        except WorkbenchError:
            return {}
        return {case.name: case.inputs for case in found}

    # -- running ------------------------------------------------------------------------------------

    async def _ready(self) -> Recipe | None:
        """The recipe of the present text, when it can run; says what is wrong otherwise."""
        if not self.draft.settled:
            await self.read_text().wait()  # type: ignore[attr-defined]
        if self.draft.valid:
            return self.draft.recipe
        self.workbench.tell("It cannot run yet: p lists the problems, f mends what is certain.", "warning")
        return None

    @work(exclusive=True, group="starting")
    async def action_run(self, step: bool) -> None:
        """Run what stands here, saved or not; inputs that nothing is known of are asked for."""
        recipe = await self._ready()
        if recipe is not None:
            self._start(recipe, step=step)

    def _start(self, recipe: Recipe, *, step: bool = False, at: str = "") -> None:
        inputs = {name: value for name, value in self.given.inputs.items() if name in recipe.document.inputs}
        missing = [
            name for name, each in recipe.document.inputs.items() if each.required and name not in inputs
        ]
        if missing or not self.given.inputs:
            self._ask_inputs(recipe)
            return
        session = starts.live(self.workbench.bench, recipe, inputs, {}, step=step)
        if at:
            session.stepper.breakpoints.add(at)
        self.workbench.show_session(session)

    def _ask_inputs(self, recipe: Recipe) -> None:
        """The form of the inputs; then it runs as it stands here."""
        card = Card(self.draft.path, recipe.name, recipe)
        self.workbench.push_screen(InputsScreen(card, lambda: recipe))

    @work(exclusive=True, group="starting")
    async def action_run_to_here(self) -> None:
        """Run, and stop before the call of the selected step."""
        item = self.step_item()
        recipe = await self._ready()
        if item is not None and recipe is not None:
            self._start(recipe, at=item.step)

    @work(exclusive=True, group="starting")
    async def action_plan(self) -> None:
        """What a run would do and cost."""
        recipe = await self._ready()
        if recipe is None:
            return
        if self.given.run is not None:
            proposal = Proposal("with what stands here", self.given.run, Change(recipe=recipe))
        else:
            proposal = Proposal("everything is asked", recipe=recipe, inputs=filled(recipe, {}))
        self.workbench.push_screen(PlanScreen(proposal))

    @work(exclusive=True, group="starting")
    async def action_try_step(self) -> None:
        """Run the selected step alone, as it stands here, beside its last answer."""
        item = self.step_item()
        if item is None:
            return
        recipe = await self._ready()
        if recipe is None:
            return
        if self.given.run is None:
            self.workbench.tell("A try uses the values of a run: F5 runs the recipe first.")
            return
        self.workbench.push_screen(TryScreen(self.given.run, item.step, Change(recipe=recipe)))

    @work(exclusive=True, group="starting")
    async def action_tests(self) -> None:
        """The recipe's test cases."""
        recipe = await self._ready()
        if recipe is not None:
            self.workbench.push_screen(
                CasesScreen(recipe, self.reference, self.estimate.cost if self.estimate else "")
            )

    # -- changes ------------------------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def action_diff(self) -> None:
        """What is different from the saved file, or from the recipe of a past run."""
        runs = self.workbench.bench.reader.runs(40, 0, RunFilter(recipe=self.recipe_name))
        first = "the saved file" + ("" if self.draft.unsaved else "  (nothing is different)")
        picks = [Pick(SAVED, ink(first))]
        picks += [Pick(row.id, inputs_row(row, self.workbench.now())) for row in runs]
        chosen = [SAVED]
        if runs:
            chosen = await self.workbench.push_screen_wait(PickDialog("Compare what stands here with", picks))
        if not chosen:
            return
        old = self.draft.saved
        if chosen[0] != SAVED:
            snapshot = self.workbench.bench.reader.snapshot(chosen[0])
            old = snapshot.files.get(Path(snapshot.recipe_path).name) or ""
        lines = await asyncio.to_thread(all_lines, old, self.draft.text)
        against = "the saved file" if chosen[0] == SAVED else show.one_line(chosen[0])
        self.workbench.push_screen(ReadingDialog(f"Changes since {against}", lines))
