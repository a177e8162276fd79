"""A dialog while something is waited for: it tells for how long, and escape stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TypeVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from workbench.errors import WorkbenchError
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar

Made = TypeVar("Made")
TICK_SECONDS = 0.2


class WaitDialog(Dialog[Made | WorkbenchError]):
    """Waits for what ``work`` gives; the result is that, or what went wrong, or nothing when stopped."""

    HELP_TEXT = "Something is under way; escape stops it."

    def __init__(self, heading: str, told: str, work: Callable[[], Awaitable[Made]]) -> None:
        super().__init__()
        self._title = heading
        self._told = told
        self._make = work
        self._began = monotonic()

    def compose(self) -> ComposeResult:
        """What is waited for, since when, hints."""
        with Vertical(id="dialog") as box:
            box.border_title = title(ink(self._title))
            yield InkedBar(self._line, id="ask-note")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(TICK_SECONDS, self.query_one("#ask-note").refresh)
        self._wait()

    def _line(self, width: int) -> Line:
        return ink(("▶ ", "live"), self._told, (f"  {show.seconds(monotonic() - self._began)}", "dim"))

    def hints(self) -> Sequence[Hint]:
        """Stop it."""
        return (Hint("esc", "stop", "back"),)

    @work(exclusive=True)
    async def _wait(self) -> None:
        try:
            self.dismiss(await self._make())
        except WorkbenchError as error:
            self.dismiss(error)
        except asyncio.CancelledError:
            if self.is_attached and self.is_current:
                self.dismiss(None)
            raise

    def action_back(self) -> None:
        """Stop what is under way."""
        self.workers.cancel_node(self)
