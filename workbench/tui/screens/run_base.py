"""What the parts of the run screen know of each other."""

from __future__ import annotations

from workbench.ledger.opinions import Label
from workbench.tui.details import Details
from workbench.tui.ink import Line
from workbench.tui.run_model import RunModel
from workbench.tui.screens.base import WorkbenchScreen


class RunBase(WorkbenchScreen):
    """A run, what is known of its steps, and how to draw them."""

    run_id: str | None
    model: RunModel
    details: Details
    tab_chosen: bool
    labels: tuple[Label, ...] = ()
    """What people said of it, as far as it is read."""

    @property
    def tab(self) -> str:
        """The name of the tab in view."""
        raise NotImplementedError

    def plan_lines(self) -> list[Line]:
        """What was planned, and what came of it; nothing where nobody looked before."""
        return []

    def set_tab(self, name: str) -> None:
        """Show a tab."""
        raise NotImplementedError

    def show_view(self, *, graph: bool) -> None:
        """Show the steps as a graph or as a list."""
        raise NotImplementedError

    def draw_all(self) -> None:
        """Draw everything as it is now."""
        raise NotImplementedError

    def draw_detail(self) -> None:
        """Show the chosen tab of the chosen step."""
        raise NotImplementedError

    def changed(self) -> None:
        """Draw soon."""
        raise NotImplementedError
