"""A batch, live: its runs, totals, distributions; stop it, go on with it, look into any run."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from workbench.batch.tally import Tally
from workbench.errors import WorkbenchError
from workbench.ledger.batch_rows import BatchFigures, BatchRow, BatchRun, BatchTotals
from workbench.ledger.batches import Batches
from workbench.ledger.opinions import Label
from workbench.recipe.load import find, load
from workbench.study.agreement import Agreement, agreements
from workbench.study.batch_options import BatchOptions
from workbench.study.batches import BatchResult
from workbench.study.case_texts import Given
from workbench.tui import batch_text
from workbench.tui.batch_session import BatchSession
from workbench.tui.ink import Line, ink
from workbench.tui.keys import BATCH_KEYS
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.compare_many import CompareManyScreen
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.step_labels import StepLabelsDialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

POLL_SECONDS = 0.5
PAGE = 500
"""Runs that the list holds; the newest of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """A batch as it was at one moment."""

    row: BatchRow
    totals: BatchTotals
    runs: Sequence[BatchRun]
    figures: BatchFigures
    given: Mapping[str, str]
    """What the runs were given, in a line."""
    labels: Mapping[str, str]
    """Words on whole runs."""
    agreements: Sequence[Agreement]
    failure: str = ""
    """Where and why the latest run failed, or went over the budget."""


class BatchScreen(WorkbenchScreen):
    """One batch."""

    CSS_PATH = "batches.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*BATCH_KEYS]
    HELP_TEXT = "A batch: its latest runs on the left, what they come to on the right. Enter opens a run."

    def __init__(self, batch: str) -> None:
        super().__init__()
        self.batch_id = batch
        self.look: Look | None = None
        self.labels: dict[str, str] = {}
        self._failed = False
        self._beside: Batches | None = None
        self._given: Given | None = None
        self._version = -1

    def compose(self) -> ComposeResult:
        """Bar, runs, figures, hints."""
        yield InkedBar(self._bar, id="bar")
        with Horizontal(id="panes"):
            yield VirtualList(self._row, batch_text.run_heading, id="batch-runs")
            yield Document(id="batch-figures")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read, then watch."""
        self._beside = self.workbench.bench.ledger.batches_beside()
        self.query_one("#batch-figures").border_title = title(ink("2 Figures"))
        self.query_one("#batch-runs").focus()
        self.load()
        self.set_interval(POLL_SECONDS, self._poll)

    def on_unmount(self) -> None:
        """Let go of the record."""
        if self._beside is not None:
            self._beside.close()

    def on_resize(self) -> None:
        """Draw for the new width."""
        super().on_resize()
        self.call_after_refresh(self._show)

    @property
    def session(self) -> BatchSession | None:
        """The batch's session, where it is under way here."""
        return self.workbench.batch_session(self.batch_id)

    def _poll(self) -> None:
        """Read again when any process wrote."""
        if self.workbench.screen is self and self.workbench.bench.reader.data_version() != self._version:
            self.load()

    @work(exclusive=True)
    async def load(self) -> None:
        """Read how the batch stands."""
        self._version = self.workbench.bench.reader.data_version()
        try:
            self.look = await asyncio.to_thread(self._read)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        self._show()

    def _read(self) -> Look | None:
        batches = self._beside
        row = batches.find(self.batch_id) if batches else None
        if batches is None or row is None:
            return None
        ledger = self.workbench.bench.ledger
        labels = ledger.opinions().labels_of_batch(row.number)
        runs = batches.page(row.number, PAGE, 0, failed=self._failed)
        self._given = self._given or Given(batches)
        totals = batches.totals(row.number)
        lost = totals.by_status.keys() & {"failed", "over_budget"}
        return Look(
            row,
            totals,
            runs,
            batches.figures(row.number),
            self._given.of(each.run for each in runs),
            {run: each.word for run, found in labels.items() for each in found if each.path is None},
            agreements(ledger, batch=row.number) if labels else (),
            batches.last_failure(row.number) if lost else "",
        )

    def _show(self) -> None:
        if self.look is None:
            return
        runs = self.query_one("#batch-runs", VirtualList)
        runs.border_title = title(ink("1 Failed or waiting" if self._failed else "1 Runs"))
        runs.border_subtitle = title(ink(f"the latest {PAGE:,}" if len(self.look.runs) == PAGE else ""))
        runs.set_count(len(self.look.runs))
        figures = self.query_one("#batch-figures", Document)
        width = figures.room
        lines = batch_text.totals_lines(self.look.row, self.look.totals, self.look.failure)
        lines += [(), *batch_text.chart_lines(self.look.figures, width)]
        figures.show([*lines, *batch_text.agreement_lines(self.look.agreements)], keep=True)
        self.query_one("#bar").refresh()
        self.refresh_hints()

    def _tally(self) -> Tally | None:
        session = self.session
        return session.opening.tally if session is not None and session.opening is not None else None

    # -- drawing ------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        if self.look is None:
            return ink(" ", ("batch ", "dim"), self.batch_id)
        return batch_text.progress_line(self.look.row, self.look.totals, self._tally(), width)

    def _row(self, index: int, width: int) -> Line:
        assert self.look is not None
        run = self.look.runs[index]
        label = self.labels.get(run.run) or self.look.labels.get(run.run, "")
        return batch_text.run_line(run, self.look.given.get(run.run, ""), width, label)

    @property
    def chosen(self) -> BatchRun | None:
        """The run at the cursor."""
        if self.look is None or not self.look.runs:
            return None
        return self.look.runs[self.query_one("#batch-runs", VirtualList).cursor]

    def hints(self) -> Sequence[Hint]:
        """Stop or go on first."""
        status = self.look.row.status if self.look else "running"
        stop = Hint("x", "stop", "cancel") if self.session else Hint("R", "resume", "resume")
        more = [stop] if self.session or status not in ("done", "running", "pruned") else []
        if self.look and self.look.row.options.get("variants"):
            more.append(Hint("d", "compare", "compare"))
        return (
            HELP,
            Hint("enter", "open", "open"),
            *more,
            Hint("f", "all" if self._failed else "failed", "failed"),
            Hint("+ -", "label", "label('good')"),
            Hint("l", "steps", "steps"),
            Hint("esc", "back", "back"),
        )

    # -- actions ------------------------------------------------------------------------------------

    @on(VirtualList.Chosen, "#batch-runs")
    def action_open(self) -> None:
        """Open the chosen run."""
        if self.chosen is not None:
            self.workbench.open_run(self.chosen.run)

    def action_failed(self) -> None:
        """Only what failed or waits, or all."""
        self._failed = not self._failed
        self.load()

    def action_compare(self) -> None:
        """Compare the variants."""
        if self.look is not None and self.look.row.options.get("variants"):
            self.workbench.push_screen(CompareManyScreen((self.batch_id,)))
        else:
            self.workbench.tell("This batch has no variants; mark batches in the list of batches instead.")

    @work(exclusive=True, group="stop")
    async def action_cancel(self) -> None:
        """Stop it; what is in flight ends truthfully."""
        if self.session is None:
            self.workbench.tell("This batch does not run here.")
            return
        await self.session.cancel()
        self.workbench.tell("Stopped. R goes on with it.")
        self.load()

    @work(exclusive=True, group="stop")
    async def action_resume(self) -> None:
        """Go on with a batch that stopped."""
        if self.look is None or self.session is not None or self.look.row.status in ("done", "running"):
            self.workbench.tell("There is nothing to go on with.")
            return
        bench, row = self.workbench.bench, self.look.row
        try:
            options = BatchOptions.of_record(row)
            path = self._recipe_path(row)
            recipe = await asyncio.to_thread(lambda: load(path, edits=dict(options.edits) or None))
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return

        async def begin(session: BatchSession) -> BatchResult:
            return await bench.batch(recipe, Path(row.data), resume=True, watcher=session)

        await self.workbench.start_batch(begin)

    def _recipe_path(self, row: BatchRow) -> Path:
        """The recipe's file, as the batch's runs have it."""
        bench = self.workbench.bench
        if self.look is not None and self.look.runs:
            return Path(bench.reader.snapshot(self.look.runs[0].run).recipe_path)
        return find(row.recipe, bench.folder)

    def action_label(self, word: str) -> None:
        """Label the chosen run."""
        self._label(Label("good" if word == "good" else "bad"))

    def action_answer(self) -> None:
        """Label the chosen run as bad, with what it should have been."""
        run = self.chosen
        if run is None:
            return
        outputs = self.workbench.bench.reader.outputs(run.run)
        first = next((str(value) for value in outputs.values()), "")

        def write(texts: Sequence[str] | None) -> None:
            if texts is not None:
                self._label(Label("bad", texts[0]))

        self.workbench.push_screen(EditDialog("What it should have been", [("answer", first)]), write)

    @work(exclusive=True, group="steps")
    async def action_steps(self) -> None:
        """Label single steps of the chosen run."""
        run, bench = self.chosen, self.workbench.bench
        if run is None or run.status == "running":
            self.workbench.tell("A run is labelled when it has ended.")
            return
        try:
            steps = [each for each in await asyncio.to_thread(bench.reader.steps, run.run) if each.finished]
            steps = [each for each in steps if each.status != "skipped"]
            outputs = await asyncio.to_thread(bench.reader.step_outputs, run.run)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if not steps:
            self.workbench.tell("No step of this run came to anything.")
            return
        given = self.look.given.get(run.run, "") if self.look else ""
        dialog = StepLabelsDialog(run.run, steps, outputs, bench.ledger.opinions(), given)

        def back(labelled: bool | None) -> None:
            if labelled:
                self.load()

        self.workbench.push_screen(dialog, back)

    def _label(self, label: Label) -> None:
        run = self.chosen
        if run is None:
            return
        try:
            self.workbench.bench.ledger.opinions().label(run.run, label)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        self.labels[run.run] = label.word
        self.load()
        self.query_one("#batch-runs", VirtualList).action_move(1)
        self.query_one("#batch-runs").refresh()

    def action_pane(self, number: int) -> None:
        """Go to a pane; on a narrow screen it takes the other's place."""
        self.set_class(number == 2, "-figures")
        self.set_focus(self.query_one("#batch-runs" if number == 1 else "#batch-figures"))

    def action_back(self) -> None:
        """Back; what runs goes on."""
        self.dismiss()

    def copy_text(self) -> str:
        """The chosen run's id."""
        return self.chosen.run if self.chosen else self.batch_id

    def command(self) -> str:
        """Go on with it, or show the chosen run."""
        if self.look is not None and self.look.row.status != "done":
            row = self.look.row
            return shlex.join(["workbench", "batch", row.recipe, "--data", row.data, "--resume"])
        return shlex.join(["workbench", "show", self.chosen.run if self.chosen else "last"])
