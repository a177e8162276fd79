"""Routes: per role and model what the record says, and whether the model is asked now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.study.route_looks import RouteLook, look_at_routes
from workbench.tui.ink import Line, ink, spread
from workbench.tui.keys import ROUTES_KEYS
from workbench.tui.route_rows import heading, route_detail, route_row
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

NO_ROUTES = ("No call to a model of a role is on record yet.", "", "Run a recipe: its roles stand here then.")


class RoutesScreen(WorkbenchScreen):
    """All roles and their models, and one of them in full."""

    CSS_PATH = "routes.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*ROUTES_KEYS]
    HELP_TEXT = (
        "What each role's models did in the latest runs. A model that fails several times in a row is left "
        "alone for a while, and others are asked instead: that is its breaker. A full circle is asked (its "
        "breaker is closed), an empty one is left alone (open), a half one is tried by a single call (half-"
        "open); a yellow one was not well at its latest call on record. "
        "Enter opens the latest run of the row."
    )

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[RouteLook] = []

    def compose(self) -> ComposeResult:
        """Bar, list, the row at the cursor, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, heading, id="routes")
        yield Document(id="detail")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read what is known."""
        self.query_one("#routes").border_title = title(ink("1 Routes"))
        self.query_one("#detail").border_title = title(ink("2 Model"))
        self.query_one("#routes").focus()
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        try:
            self.looks = await look_at_routes(self.workbench.bench)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if self.gone:
            return
        self.query_one("#routes", VirtualList).set_count(len(self.looks))
        self.query_one("#bar").refresh()
        self._show()

    def _bar(self, width: int) -> Line:
        resting = sum(each.breaker != "closed" for each in self.looks)
        told = f"{resting:,} of {len(self.looks):,} not asked for now " if resting else "all can be asked "
        return spread(
            ink(" ", ("routes", "bold"), ("  by the latest runs", "dim")), ink((told, "dim")), width
        )

    def _row(self, index: int, width: int) -> Line:
        return route_row(self.looks[index], width)

    @property
    def chosen(self) -> RouteLook | None:
        """The row at the cursor."""
        cursor = self.query_one("#routes", VirtualList).cursor
        return self.looks[cursor] if self.looks else None

    @on(VirtualList.Moved, "#routes")
    def _show(self) -> None:
        look = self.chosen
        lines = [ink(line) for line in NO_ROUTES]
        if look is not None:
            lines = route_detail(look, self.workbench.now())
        self.query_one("#detail", Document).show(lines)

    def hints(self) -> Sequence[Hint]:
        """Open."""
        return (
            HELP,
            Hint("enter", "open latest run", "open"),
            Hint("r", "read again", "again"),
            Hint("y", "copy name", "app.copy"),
            Hint("esc", "back", "back"),
        )

    @on(VirtualList.Chosen, "#routes")
    def action_open(self) -> None:
        """Open the run of the row's latest call."""
        look = self.chosen
        if look is not None and look.latest:
            self.workbench.open_run(look.latest[0].run)

    def action_again(self) -> None:
        """Read the record and the models' health anew."""
        self._load()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss()

    def copy_text(self) -> str:
        """The name of the model at the cursor."""
        return self.chosen.figures.model if self.chosen else ""

    def command(self) -> str:
        """The same on the command line."""
        return "workbench routes"
