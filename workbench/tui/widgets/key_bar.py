"""The last row of a screen: which keys do what just now.  A click on a hint does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.strip import Strip

from workbench.tui.ink import Line
from workbench.tui.widgets.inked import InkedBar, strip_of

MOST = 7
"""Hints shown at once."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A key as people read it, what it does in a word, and the action behind it."""

    key: str
    label: str
    action: str


PALETTE = Hint("^p", "palette", "app.command_palette")


class KeyBar(InkedBar):
    """Draws the hints that ``hints`` returns at this moment."""

    def __init__(self, hints: Callable[[], Sequence[Hint]], *, id: str | None = None) -> None:
        super().__init__(self._line, id=id)
        self._hints = hints
        self._places: list[tuple[int, int, str]] = []

    def _line(self, width: int) -> Line:
        """Hints from the left, the palette at the right end; what does not fit is left out."""
        tail = cell_len(f"{PALETTE.key} {PALETTE.label}") + 1
        pieces: list[tuple[str, str]] = [(" ", "")]
        self._places = []
        x = 1
        for hint in list(self._hints())[:MOST]:
            length = cell_len(hint.key) + 1 + cell_len(hint.label)
            if x + length + 1 > width - tail:
                break
            pieces += [(hint.key, "key"), (f" {hint.label}  ", "")]
            self._places.append((x, x + length, hint.action))
            x += length + 2
        pieces += [
            (" " * max(0, width - tail - x), ""),
            (PALETTE.key, "key"),
            (f" {PALETTE.label} ", "dim"),
        ]
        self._places.append((width - tail, width, PALETTE.action))
        return tuple(pieces)

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint under the mouse says."""
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.screen.run_action(action)
                return

    def render_line(self, y: int) -> Strip:
        """Draw the row."""
        width = self.size.width
        return strip_of(self, self._line(width)).adjust_cell_length(width, self.rich_style)
