"""How inked lines become strips: each ink is a component class, so that the theme colours it."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from workbench.tui.ink import INKS, Line, plain

INK_CLASSES = {f"ink--{name}" for name in INKS}


def strip_of(widget: Widget, line: Line, under: Style | None = None) -> Strip:
    """The strip of one line in the widget's colours; ``under`` lends its background and weight."""
    segments = []
    for text, name in line:
        style = widget.get_component_rich_style(f"ink--{name}") if name else widget.rich_style
        if under is not None:
            style += under
        segments.append(Segment(text, style))
    return Strip(segments)


def title(line: Line) -> Content:
    """A line as a border title: text only, nothing in it is markup."""
    return Content(plain(line))


class InkedBar(Widget):
    """One fixed row of inked text, drawn by ``source`` for the width it has."""

    COMPONENT_CLASSES = INK_CLASSES
    ALLOW_SELECT = False

    def __init__(self, source: Callable[[int], Line], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.source = source

    def render_line(self, y: int) -> Strip:
        """Draw the row."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        return strip_of(self, self.source(width)).adjust_cell_length(width, self.rich_style)


class InkedScroll(ScrollView, can_focus=True):
    """A scrolling view whose lines are drawn only when they are seen."""

    COMPONENT_CLASSES = INK_CLASSES
