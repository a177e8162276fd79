"""How inked lines become strips: each ink is a class of the style sheet, so that the theme colours it."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from workbench.tui.ink import INKS, Line, plain

INK_CLASSES = {f"ink--{name}" for name in INKS}


def strip_of(widget: Widget, line: Line, under: Style | None = None) -> Strip:
    """The strip of one line in the widget's colours; ``under`` lends its background and weight."""
    segments = []
    base: Style | None = None
    for text, name in line:
        if name:
            style = widget.get_component_rich_style(f"ink--{name}")
        else:  # asked for once: Textual walks all ancestors for it
            style = base = base or _base_of(widget)
        if under is not None:
            style += under
        segments.append(Segment(text, style))
    return Strip(segments)


def _base_of(widget: Widget) -> Style:
    return widget.base_style if isinstance(widget, InkedScroll) else widget.rich_style


def title(line: Line) -> Content:
    """A line as a border title: text only, nothing in it is markup."""
    return Content(plain(line))


class Inked(Widget):
    """A widget that draws in inks: each is worked out when a line needs it.

    Component classes are worked out, all of them, whenever a style around them may have changed.
    """

    def get_component_styles(self, *names: str) -> RenderStyles:
        """The styles of inks and of component classes."""
        for name in names:
            if name in INK_CLASSES and name not in self._component_styles:
                made = DOMNode(classes=name)
                made._attach(self)
                self.app.stylesheet.apply(made)
                self._component_styles[name] = made.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        """Other colours: the inks are worked out again."""
        for name in INK_CLASSES & self._component_styles.keys():
            del self._component_styles[name]
        super().notify_style_update()


class InkedBar(Inked):
    """One fixed row of inked text, drawn by ``source`` for the width it has."""

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


class InkedScroll(ScrollView, Inked, can_focus=True):
    """A scrolling view whose lines are drawn only when they are seen."""

    _base: Style | None = None

    @property
    def base_style(self) -> Style:
        """The widget's own style, worked out once for all lines that are drawn together."""
        return self._base if self._base is not None else self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, with one base style for all."""
        self._base = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._base = None
