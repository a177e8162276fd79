"""What could stand where one types: a small list beneath the cursor, over everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.geometry import Offset
from textual.strip import Strip

from workbench.tui.ink import Line, ink, spread
from workbench.tui.widgets.inked import InkedScroll, strip_of

MOST = 8
WIDEST, NARROWEST = 56, 24


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion: its text, a word about it, and the column (from 0) where it begins."""

    text: str
    detail: str
    column: int


class Suggestions(InkedScroll, can_focus=False):
    """The list; the editor keeps the focus, and the screen moves the choice."""

    COMPONENT_CLASSES = {"list--cursor"}  # noqa: RUF012

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Suggestion] = ()
        self.chosen = 0
        self._top = 0

    @property
    def open(self) -> bool:
        """True while it is shown."""
        return bool(self.rows)

    def show(self, rows: Sequence[Suggestion], at: Offset) -> None:
        """Show rows beneath (or above) a place of the screen."""
        self.rows, self.chosen, self._top = rows, 0, 0
        self.display = bool(rows)
        if not rows:
            return
        height = min(MOST, len(rows))
        longest = max(len(row.text) + len(row.detail) + 4 for row in rows)
        width = min(WIDEST, max(NARROWEST, longest))
        below = at.y + 1 + height < self.screen.size.height - 1
        x = max(0, min(at.x, self.screen.size.width - width))
        self.styles.width, self.styles.height = width, height
        self.styles.offset = (x, at.y + 1 if below else max(0, at.y - height))
        self.refresh()

    def hide(self) -> bool:
        """Hide it; True when it was shown."""
        was = self.open
        self.rows = ()
        self.display = False
        return was

    def move(self, rows: int) -> None:
        """Choose another row."""
        self.chosen = (self.chosen + rows) % max(1, len(self.rows))
        self._top = min(max(self._top, self.chosen - MOST + 1), self.chosen)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.size.width
        number = y + self._top
        if number >= len(self.rows):
            return Strip.blank(width, self.base_style)
        row = self.rows[number]
        line: Line = spread(ink(" ", row.text), ink((f" {row.detail} ", "dim")), width)
        if number != self.chosen:
            return strip_of(self, line).adjust_cell_length(width, self.base_style)
        style = self.get_component_rich_style("list--cursor")
        return strip_of(self, line, style).adjust_cell_length(width, style)
