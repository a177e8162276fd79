"""The run screen's reading: a past run page by page, a step's detail when it is looked at."""

from __future__ import annotations

import asyncio

from textual import work

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunReport, RunRow, RunSnapshot
from workbench.recipe.recipe import Recipe
from workbench.tui.run_state import RunState
from workbench.tui.screens.run_base import RunBase
from workbench.tui.starts import recipe_of

PAGE = 500
"""Steps read at a time."""
LOOK_PAUSE = 0.03
"""A step passed by faster than this is not read."""
POLL_SECONDS = 1.0


class RunLoading(RunBase):
    """Reads the record for the screen, never on the screen's own thread."""

    _version = -1

    @work(exclusive=True, group="record")
    async def load_record(self) -> None:
        """Read a past run: its head, its recipe, then its steps by page, drawn as they come."""
        assert self.run_id is not None
        reader = self.workbench.bench.reader
        model = self.model
        try:
            self._version = reader.data_version()
            row, snapshot, recipe, report = await asyncio.to_thread(self._read_head, self.run_id)
            state = RunState()
            state.load(row)
            state.budgets, state.missing = report.budgets, report.missing
            state.outputs = snapshot.outputs
            questions = await asyncio.to_thread(reader.questions, row.id) if row.status == "waiting" else []
            self.labels = tuple(await asyncio.to_thread(reader.labels, row.id))
            state.questions = {path: (text, tuple(choices)) for path, text, choices in questions}
            if self.gone:
                return
            model.state = state
            if recipe is not None:
                model.set_recipe(recipe)
            self.show_view(graph=bool(model.graph.nodes) and row.steps <= PAGE)
            await self._read_steps(row)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if row.status == "running":
            self.set_timer(POLL_SECONDS, self._poll)

    def _read_head(self, run: str) -> tuple[RunRow, RunSnapshot, Recipe | None, RunReport]:
        reader = self.workbench.bench.reader
        row = reader.run(run)
        snapshot = reader.snapshot(row.id)
        return row, snapshot, recipe_of(snapshot), reader.report(row.id)

    async def _read_steps(self, row: RunRow) -> None:
        reader, state = self.workbench.bench.reader, self.model.state
        offset = 0
        while True:
            page = await asyncio.to_thread(reader.steps, row.id, PAGE, offset)
            if self.gone:
                return
            state.add_rows(page)
            offset += len(page)
            self.draw_all()
            if len(page) < PAGE:
                return

    def _poll(self) -> None:
        """A run of another process: read again when the record changed."""
        if self.gone:
            return
        if self.workbench.bench.reader.data_version() != self._version:
            self.details.forget()
            self.load_record()
        else:
            self.set_timer(POLL_SECONDS, self._poll)

    @work(exclusive=True, group="detail")
    async def load_detail(self, path: str) -> None:
        """Read one step in full, unless the look has gone on by then."""
        await asyncio.sleep(LOOK_PAUSE)
        run = self.model.state.id
        try:
            detail = await asyncio.to_thread(self.workbench.bench.reader.step, run, path)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if self.gone:
            return
        self.details.put(path, detail)
        if self.model.selected == path:
            self.details.shown = None
            self.draw_detail()
