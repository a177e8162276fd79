"""One row of tabs; the chosen one stands out by more than colour."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from workbench.tui.ink import Line
from workbench.tui.widgets.inked import InkedBar


class TabRow(InkedBar):
    """Names side by side; ``chosen`` is the current one's number."""

    class Picked(Message):
        """Another tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(self._line, id=id)
        self.names = names
        self.chosen = 0

    def choose(self, number: int) -> None:
        """Show another tab as the current one."""
        self.chosen = number % len(self.names)
        self.refresh()

    def _line(self, width: int) -> Line:
        pieces: list[tuple[str, str]] = []
        for number, name in enumerate(self.names):
            pieces.append((f" {name} ", "tab" if number == self.chosen else "dim"))
        return tuple(pieces)

    def on_click(self, event: events.Click) -> None:
        """Pick the tab under the mouse."""
        offset = event.get_content_offset(self)
        x = offset.x if offset else -1
        for number, name in enumerate(self.names):
            if 0 <= x < len(name) + 2:
                self.post_message(self.Picked(number))
                return
            x -= len(name) + 2
