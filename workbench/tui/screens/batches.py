"""All batches, newest first: watch one, compare several, go on with one that stopped."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.ledger.batch_rows import BatchRow
from workbench.tui import batch_text
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, spread
from workbench.tui.keys import BATCHES_KEYS
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.batch import BatchScreen
from workbench.tui.screens.compare_many import CompareManyScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

NOTHING = (
    "No batches yet.",
    "",
    "Choose a recipe on the first screen and press b: it runs over a dataset, row by row.",
    "Or:  workbench batch RECIPE --data FILE.csv",
)


class BatchesScreen(WorkbenchScreen):
    """The batches of the record."""

    CSS_PATH = "batches.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*BATCHES_KEYS]
    HELP_TEXT = "All batches. m marks some, d compares those marked, or the variants of the chosen one."

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[BatchRow] = []
        self.marks: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Bar, list, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, id="batches")
        yield Document(id="no-batches")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read them."""
        for name in ("#batches", "#no-batches"):
            self.query_one(name).border_title = title(ink("Batches"))
        self.query_one("#batches").focus()
        self.load()

    def on_screen_resume(self) -> None:
        """Show what happened meanwhile."""
        self.load()

    @work(exclusive=True)
    async def load(self) -> None:
        """Read all batches."""
        beside = self.workbench.bench.ledger.batches_beside()
        try:
            self.rows = await asyncio.to_thread(beside.all)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
        finally:
            beside.close()
        self.query_one("#batches", VirtualList).set_count(len(self.rows))
        self.query_one("#batches").display = bool(self.rows)
        nothing = self.query_one("#no-batches", Document)
        nothing.display = not self.rows
        nothing.show([ink(word) for word in NOTHING])
        self.query_one("#bar").refresh()

    def _bar(self, width: int) -> Line:
        return spread(
            ink(" ", ("batches", "bold")),
            ink((f"{show.count(len(self.rows), 'batch', 'batches')} ", "dim")),
            width,
        )

    def _row(self, index: int, width: int) -> Line:
        row = self.rows[index]
        return batch_text.batch_row(row, width, self.workbench.now(), "•" if row.id in self.marks else "")

    @property
    def chosen(self) -> BatchRow | None:
        """The batch at the cursor."""
        return self.rows[self.query_one("#batches", VirtualList).cursor] if self.rows else None

    def hints(self) -> Sequence[Hint]:
        """Open, mark, compare."""
        if not self.rows:
            return (HELP, Hint("esc", "back", "back"))
        return (
            HELP,
            Hint("enter", "open", "open"),
            Hint("m", "mark", "mark"),
            Hint("d", "compare", "compare"),
            Hint("esc", "back", "back"),
        )

    @on(VirtualList.Chosen, "#batches")
    def action_open(self) -> None:
        """Open the chosen batch."""
        if self.chosen is not None:
            self.workbench.push_screen(BatchScreen(self.chosen.id))

    def action_mark(self) -> None:
        """Mark the chosen batch, or no longer."""
        if self.chosen is not None:
            id = self.chosen.id
            known = id in self.marks
            self.marks = tuple(each for each in self.marks if each != id) if known else (*self.marks, id)
            self.query_one("#batches").refresh()

    def action_compare(self) -> None:
        """Compare the marked batches, or the variants of the chosen one."""
        chosen = self.chosen
        if len(self.marks) > 1:
            self.workbench.push_screen(CompareManyScreen(self.marks))
        elif self.marks and chosen is not None and chosen.id not in self.marks:
            self.workbench.push_screen(CompareManyScreen((*self.marks, chosen.id)))
        elif chosen is not None and chosen.options.get("variants"):
            self.workbench.push_screen(CompareManyScreen((chosen.id,)))
        else:
            self.workbench.tell("Mark two batches with m, then d compares them.")

    def action_back(self) -> None:
        """Back."""
        self.dismiss()

    def copy_text(self) -> str:
        """The chosen batch's id."""
        return self.chosen.id if self.chosen else ""

    def command(self) -> str:
        """Compare the marked ones."""
        return shlex.join(
            ["workbench", "compare", *(self.marks or ((self.chosen.id,) if self.chosen else ()))]
        )
