"""The first screen's marks (two marked runs are compared; one with the chosen or its parent), and search."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Input

from workbench.ledger.rows import RunRow
from workbench.tui import commands
from workbench.tui.ink import Line
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.batches import BatchesScreen
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.family import FamilyScreen
from workbench.tui.screens.search import SearchScreen
from workbench.tui.widgets.key_bar import Hint

MOST = 2
SEARCH = Hint("s", "search", "search")


class Marking(WorkbenchScreen):
    """Marks runs, oldest mark first; a third takes the place of the first."""

    marks: tuple[str, ...] = ()

    def chosen_run(self) -> RunRow | None:
        """The run at the cursor."""
        raise NotImplementedError

    def draw_marks(self) -> None:
        """Draw the runs anew."""
        raise NotImplementedError

    def marked(self, row: RunRow, line: Line) -> Line:
        """A run's row with its mark in front, once there are marks."""
        if not self.marks:
            return line
        letter = "AB"[self.marks.index(row.id)] if row.id in self.marks else " "
        return ((f"{letter} ", "key"), *line)

    def mark_hints(self) -> Sequence[Hint]:
        """What one does with marks."""
        return (
            HELP,
            Hint("m", "mark", "mark"),
            Hint("d", "compare", "compare"),
            Hint("F", "family", "family"),
            Hint("enter", "open", "open"),
            Hint("/", "filter", "filter"),
            Hint("q", "quit", "app.quit"),
        )

    def action_mark(self) -> None:
        """Mark the chosen run, or no longer."""
        row = self.chosen_run()
        if row is None:
            return
        if row.id in self.marks:
            self.marks = tuple(each for each in self.marks if each != row.id)
        else:
            self.marks = (*self.marks, row.id)[-MOST:]
        self.draw_marks()

    def action_compare(self) -> None:
        """Compare the two marked runs; the marked one with the chosen; the chosen with its parent."""
        row = self.chosen_run()
        if len(self.marks) == MOST:
            pair: tuple[str, ...] = self.marks
        elif row is None:
            return
        elif self.marks and row.id not in self.marks:
            pair = (*self.marks, row.id)
        elif row.parent is not None:
            pair = (row.parent, row.id)
        else:
            self.workbench.tell("Mark two runs with m, then d compares them.")
            return
        self.workbench.push_screen(CompareScreen(*pair))

    def action_family(self) -> None:
        """Show all runs that came of the same one as the chosen."""
        row = self.chosen_run()
        if row is not None:
            self.workbench.push_screen(FamilyScreen(row.id))

    def action_batches(self) -> None:
        """All batches."""
        self.workbench.push_screen(BatchesScreen())

    def action_search(self) -> None:
        """Search the whole record; what was typed to filter is looked for."""
        self.workbench.push_screen(SearchScreen(self.query_one("#filter", Input).value.strip()))

    def copy_text(self) -> str:
        """The chosen run's id."""
        row = self.chosen_run()
        return row.id if row else ""

    def command(self) -> str:
        """Show the chosen run, or list them."""
        row = self.chosen_run()
        return commands.show_command(row.id) if row else "workbench runs"
