"""What all screens share: a bar above, hints below, and the ways to tell, copy and show commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from workbench.tui.screens.going import GoingScreen
from workbench.tui.widgets.key_bar import Hint, KeyBar

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

HELP = Hint("?", "help", "app.help")


class WorkbenchScreen(GoingScreen[None]):
    """A screen of the workbench."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = []
    HELP_TEXT: ClassVar[str] = ""
    """What this screen is for, in a sentence or two; shown by help."""

    @property
    def workbench(self) -> WorkbenchApp:
        """The app, by its own type."""
        return cast("WorkbenchApp", self.app)

    def hints(self) -> Sequence[Hint]:
        """Which keys matter most just now; at most eight are shown."""
        return (HELP,)

    def on_resize(self) -> None:
        """Which keys matter depends on the room there is."""
        self.call_after_refresh(self.refresh_hints)

    def refresh_hints(self) -> None:
        """Draw the hints anew."""
        for bar in self.query(KeyBar):
            bar.refresh()

    def copy_text(self) -> str:
        """What ``y`` copies."""
        return ""

    def command(self) -> str:
        """The command line that does what this screen shows."""
        return "workbench"
