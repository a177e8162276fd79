"""A read-only text of any length, wrapped to the width it has; lines are drawn only when seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip

from workbench.tui.ink import Line, plain, wrap
from workbench.tui.keys import DOCUMENT_KEYS
from workbench.tui.widgets.inked import InkedScroll, strip_of


class Document(InkedScroll):
    """Shows lines; ``show`` replaces them all, and only changed lines are wrapped again."""

    BINDINGS: ClassVar[list[BindingType]] = [*DOCUMENT_KEYS]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()
        self._rows: list[Line] = []
        self._wrapped: dict[Line, list[Line]] = {}
        self._width = 0

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def fit(self, most: int) -> None:
        """Be as high as the lines are in the width there is, at most so many rows."""
        self.styles.height = max(1, min(len(self._rows), most))

    @property
    def room(self) -> int:
        """How wide lines may be that are laid out in columns: a bar beside them takes nothing of it."""
        return max(0, self.content_region.width - self.styles.scrollbar_size_vertical)

    def show(self, lines: Sequence[Line], *, follow: bool = False, keep: bool = False) -> None:
        """Show these lines: from the top, where one was (``keep``), or at the end (``follow``).

        Following stops while someone has scrolled up.
        """
        at_end = self.is_vertical_scroll_end
        self._lines = lines
        self._wrap()
        if follow and at_end:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
        elif not follow and not keep:
            self.scroll_home(animate=False, immediate=True)
        self.refresh()

    def _wrap(self) -> None:
        self._wrap_to(self.scrollable_content_region.width)
        room = self.content_region.size
        if 0 < room.height < len(self._rows) and self._width == room.width:  # a bar will take a column of it
            self._wrap_to(room.width - self.styles.scrollbar_size_vertical)

    def _wrap_to(self, width: int) -> None:
        old = self._wrapped if width == self._width else {}
        fresh: dict[Line, list[Line]] = {}
        rows: list[Line] = []
        for line in self._lines:
            wrapped = fresh.get(line) or old.get(line) or wrap(line, width)
            fresh[line] = wrapped
            rows.extend(wrapped)
        self._rows, self._wrapped, self._width = rows, fresh, width
        self.virtual_size = Size(0, len(rows))

    def on_resize(self) -> None:
        """Wrap to the new width."""
        if self.scrollable_content_region.width != self._width:
            self._wrap()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the view."""
        width = self.scrollable_content_region.width
        row = y + self.scroll_offset.y
        if row >= len(self._rows):
            return Strip.blank(width, self.base_style)
        strip = strip_of(self, self._rows[row])
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        if span is not None:
            strip = self._selected(strip, *span)
        return strip.adjust_cell_length(width, self.base_style).apply_offsets(0, row)

    def _selected(self, strip: Strip, start: int, end: int) -> Strip:
        end = strip.cell_length if end < 0 else min(end, strip.cell_length)
        if end <= start:
            return strip
        style = self.screen.get_component_rich_style("screen--selection")
        return Strip.join(
            [
                strip.crop(0, start),
                strip.crop(start, end).apply_style(style),
                strip.crop(end, strip.cell_length),
            ]
        )

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under a mouse selection."""
        return selection.extract("\n".join(plain(row) for row in self._rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def action_scroll_by(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, immediate=True)

    def action_scroll_page(self, pages: float) -> None:
        """Scroll by pages."""
        self.action_scroll_by(int(pages * max(1, self.scrollable_content_region.height)))

    def action_first(self) -> None:
        """Go to the top."""
        self.scroll_home(animate=False, immediate=True)

    def action_last(self) -> None:
        """Go to the end."""
        self.scroll_end(animate=False, immediate=True)
