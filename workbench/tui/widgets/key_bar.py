"""The last row of a screen: which keys do what just now.  A click on a hint does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.strip import Strip

from workbench.tui.ink import Line
from workbench.tui.widgets.inked import InkedBar, strip_of

MOST = 8
"""Hints shown at once."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A key as people read it, what it does in a word, and the action behind it."""

    key: str
    label: str
    action: str


PALETTE = Hint("^p", "palette", "app.command_palette")
SHORT_PALETTE = Hint("^p", "", PALETTE.action)
LEAVING = ("esc", "q")


def _cells(hint: Hint) -> int:
    return cell_len(f"{hint.key} {hint.label}".rstrip())


def fitting(hints: Sequence[Hint], width: int) -> tuple[list[Hint], Hint]:
    """The hints that fit, and how the palette is named beside them.

    Room is made by the palette's name first, then by the last hints, never by the way out.
    """
    kept = list(hints)
    leaving = kept.pop() if kept and kept[-1].key in LEAVING else None
    kept = kept[: MOST - (leaving is not None)]
    out = [leaving] if leaving is not None else []
    palette = PALETTE
    while kept and 2 + sum(_cells(each) + 2 for each in [*kept, *out]) + _cells(palette) > width:
        if palette is PALETTE:
            palette = SHORT_PALETTE
        else:
            kept.pop()
    return [*kept, *out], palette


class KeyBar(InkedBar):
    """Draws the hints that ``hints`` returns at this moment."""

    def __init__(self, hints: Callable[[], Sequence[Hint]], *, id: str | None = None) -> None:
        super().__init__(self._line, id=id)
        self._hints = hints
        self._places: list[tuple[int, int, str]] = []

    def _line(self, width: int) -> Line:
        """Hints from the left, the palette at the right end; the way out is there always."""
        hints, tail = fitting(list(self._hints()), width)
        pieces: list[tuple[str, str]] = [(" ", "")]
        self._places = []
        x = 1
        for hint in hints:
            length = _cells(hint)
            pieces += [(hint.key, "key"), (f" {hint.label}  ", "")]
            self._places.append((x, x + length, hint.action))
            x += length + 2
        start = width - _cells(tail) - 1
        label = f" {tail.label} " if tail.label else " "
        pieces += [(" " * max(0, start - x), ""), (tail.key, "key"), (label, "dim")]
        self._places.append((start, width, tail.action))
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
