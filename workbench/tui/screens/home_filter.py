"""Home's filter: a field above the runs, followed when the typing pauses."""

from __future__ import annotations

from textual import on
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker

from workbench.ledger.rows import RunFilter
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.widgets.key_bar import Hint

TYPING_PAUSE = 0.15
FILTERING = (
    Hint("enter", "to the runs", "clear_focus"),
    Hint("f3", "search everything", "search"),
    Hint("esc", "clear filter", "clear"),
)
"""What one does while one types a filter."""


class Filtering(WorkbenchScreen):
    """Narrows the runs in view."""

    filter = RunFilter()
    _pause: Timer | None = None

    def load_runs(self) -> Worker[None]:
        """Read the runs in view."""
        raise NotImplementedError

    def set_filter(self, recipe: str | None = None, text: str | None = None) -> None:
        """Show only the runs of a recipe, or with a text; None leaves it as it is."""
        old = self.filter
        self.filter = RunFilter(
            recipe=old.recipe if recipe is None else recipe, text=old.text if text is None else text
        )
        if self.filter != old:
            self.load_runs()

    def action_filter(self) -> None:
        """Type a filter."""
        box = self.query_one("#filter", Input)
        box.display = True
        self.set_focus(box)

    def action_clear(self) -> None:
        """Clear the filter; never quits."""
        box = self.query_one("#filter", Input)
        box.value = ""
        box.display = False
        self.set_filter(text="")
        if not self.query_one("#recipes").has_focus:
            self.set_focus(self.query_one("#runs"))

    def action_clear_focus(self) -> None:
        """From the filter to the runs."""
        self.set_focus(self.query_one("#runs"))

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(TYPING_PAUSE, self._apply)

    def _apply(self) -> None:
        self.set_filter(text=self.query_one("#filter", Input).value.strip())

    @on(Input.Submitted, "#filter")
    def _submitted(self) -> None:
        box = self.query_one("#filter", Input)
        box.display = bool(box.value.strip())
        self.set_focus(self.query_one("#runs"))
