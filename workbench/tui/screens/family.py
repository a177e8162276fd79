"""The family of a run: the run it all began with, and every rerun, fork and replay that came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunRow
from workbench.tui import commands, travel_commands
from workbench.tui.family_tree import Member, member_row, members
from workbench.tui.ink import Line, ink, spread
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.travel_keys import FAMILY_KEYS
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList


class FamilyScreen(WorkbenchScreen):
    """The tree of runs around one run."""

    CSS_PATH = "travel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*FAMILY_KEYS]
    HELP_TEXT = (
        "Each run beneath the one it came from. Enter opens a run, d compares it with the one marked here."
    )

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run_id = run
        self.members: list[Member] = []

    def compose(self) -> ComposeResult:
        """Bar, tree, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, id="family")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read the family."""
        self.query_one("#family").border_title = title(ink("Family"))
        self.query_one("#family").focus()
        self._load()

    @work(exclusive=True)
    async def _load(self) -> None:
        try:
            rows = await asyncio.to_thread(self.workbench.bench.reader.family, self.run_id)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            self.dismiss()
            return
        if self.gone:
            return
        self.members = members(rows)
        tree = self.query_one("#family", VirtualList)
        tree.set_count(len(self.members))
        tree.move_to(next((at for at, each in enumerate(self.members) if each.run.id == self.run_id), 0))
        self.query_one("#bar").refresh()

    def _bar(self, width: int) -> Line:
        root = self.members[0].run if self.members else None
        told = f"{len(self.members):,} runs " if len(self.members) != 1 else "1 run "
        left = ink(" ", ("family of ", "dim"), (root.id if root else self.run_id, "bold"))
        recipe = ink((f"  {root.recipe}", "dim")) if root else ()
        return spread((*left, *recipe), ink((told, "dim")), width)

    def _row(self, index: int, width: int) -> Line:
        return member_row(self.members[index], width, self.workbench.now(), self.run_id)

    @property
    def chosen(self) -> RunRow | None:
        """The run at the cursor."""
        if not self.members:
            return None
        return self.members[self.query_one("#family", VirtualList).cursor].run

    def hints(self) -> Sequence[Hint]:
        """Open and compare."""
        return (
            HELP,
            Hint("enter", "open", "open"),
            Hint("d", "compare with here", "compare"),
            Hint("esc", "back", "back"),
        )

    @on(VirtualList.Chosen, "#family")
    def action_open(self) -> None:
        """Open the run at the cursor."""
        if self.chosen is not None:
            self.workbench.open_run(self.chosen.id)

    def action_compare(self) -> None:
        """Compare the run one came from with the one at the cursor."""
        chosen = self.chosen
        if chosen is None or chosen.id == self.run_id:
            self.workbench.tell("Choose another run of the family to compare with.")
        else:
            self.workbench.push_screen(CompareScreen(self.run_id, chosen.id))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss()

    def copy_text(self) -> str:
        """The id of the run at the cursor."""
        return self.chosen.id if self.chosen else ""

    def command(self) -> str:
        """Show or compare the run at the cursor."""
        chosen = self.chosen
        if chosen is None or chosen.id == self.run_id:
            return commands.show_command(self.run_id)
        return travel_commands.compare_command(self.run_id, chosen.id)
