"""A list of any length: it asks for the rows that are seen, and for no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from workbench.tui.ink import Line
from workbench.tui.keys import LIST_KEYS
from workbench.tui.widgets.inked import InkedScroll, strip_of

RowSource = Callable[[int, int], Line]
"""Draws row ``index`` for a width."""


class VirtualList(InkedScroll):
    """Rows of one line each, with a cursor.  Row 0 may be preceded by a fixed heading."""

    BINDINGS: ClassVar[list[BindingType]] = [*LIST_KEYS]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--cursor", "list--heading"}

    cursor: reactive[int] = reactive(0, init=False)

    class Moved(Message):
        """The cursor went to another row."""

        def __init__(self, list: VirtualList, index: int) -> None:
            super().__init__()
            self.list = list
            self.index = index

        @property
        def control(self) -> VirtualList:
            """The list."""
            return self.list

    class Chosen(Moved):
        """A row was chosen, by enter or a double click."""

    def __init__(
        self, row: RowSource, heading: Callable[[int], Line] | None = None, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._row = row
        self._heading = heading
        self._count = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def set_count(self, count: int) -> None:
        """Say how many rows there are now; all seen rows are drawn anew."""
        self._count = count
        self.virtual_size = Size(0, count + self._top)
        if self.cursor >= count:
            self.cursor = max(0, count - 1)
        self.refresh()

    @property
    def _top(self) -> int:
        return 1 if self._heading is not None else 0

    def render_line(self, y: int) -> Strip:
        """Draw one row of the view."""
        width = self.scrollable_content_region.width
        if self._heading is not None and y == 0:
            return self._finish(self._heading(width), width, "list--heading")
        index = y + self.scroll_offset.y - self._top
        if not 0 <= index < self._count:
            return Strip.blank(width, self.base_style)
        here = index == self.cursor
        mark = (("▌", "key") if self.has_focus else ("▏", "dim")) if here else (" ", "")
        return self._finish((mark, *self._row(index, width - 1)), width, "list--cursor" if here else "")

    def _finish(self, line: Line, width: int, component: str) -> Strip:
        if not component:
            return strip_of(self, line).adjust_cell_length(width, self.base_style)
        style = self.get_component_rich_style(component)
        under = Style(
            bgcolor=style.bgcolor, bold=style.bold, reverse=style.reverse, underline=style.underline
        )
        return strip_of(self, line, under).adjust_cell_length(width, style)

    def watch_cursor(self, before: int, index: int) -> None:
        """Show the row and tell the screen; only the two rows that changed are drawn."""
        top = self.scroll_offset.y
        self._show_cursor()
        if self.scroll_offset.y == top:
            self.refresh_line(before + self._top)
            self.refresh_line(index + self._top)
        else:
            self.refresh()
        if self._count:
            self.post_message(self.Moved(self, index))

    def _show_cursor(self, again: bool = True) -> None:
        height = self.scrollable_content_region.height - self._top
        if height <= 0:
            return
        top = self.scroll_offset.y
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted == top:
            return
        self.scroll_to(y=wanted, animate=False, immediate=True)
        if again and self.scroll_offset.y != wanted:  # rows just added are not laid out yet
            self.call_after_refresh(self._show_cursor, False)

    def show_behind(self, index: int) -> None:
        """Scroll so that what stands behind a row near the lower edge is seen, too."""
        height = self.scrollable_content_region.height - self._top
        if index - self.scroll_offset.y >= height - 2:
            self.scroll_to(y=index - height // 3, animate=False, immediate=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._show_cursor()

    def on_focus(self) -> None:
        """Draw the cursor as active."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor as passive."""
        self.refresh()

    def move_to(self, index: int) -> None:
        """Put the cursor on a row."""
        self.cursor = min(max(0, index), max(0, self._count - 1))

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages."""
        height = max(1, self.scrollable_content_region.height - self._top)
        self.move_to(self.cursor + int(pages * height))

    def action_first(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self.move_to(self._count - 1)

    def action_choose(self) -> None:
        """Choose the row at the cursor."""
        if self._count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + self.scroll_offset.y - self._top
        if 0 <= index < self._count:
            self.move_to(index)
            if event.chain == 2:
                self.action_choose()

    def row_region(self, index: int) -> Region:
        """Where a row is on the virtual canvas."""
        return Region(0, index + self._top, self.size.width, 1)
