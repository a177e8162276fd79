"""The recipe as boxes and arrows; the selected step is moved with the arrow keys or the mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from workbench.tui.graph_drawing import Drawing, Look
from workbench.tui.graph_layout import BOX_HEIGHT, Layout, layout
from workbench.tui.graph_nodes import Graph
from workbench.tui.ink import part
from workbench.tui.keys import GRAPH_KEYS
from workbench.tui.widgets.inked import InkedScroll, strip_of

Looks = Callable[[str, int], Look]
"""How a node looks in a box of a width."""


class GraphView(InkedScroll):
    """Draws a graph; ``looks`` says how each node looks now."""

    BINDINGS: ClassVar[list[BindingType]] = [*GRAPH_KEYS]

    class Moved(Message):
        """Another node was selected."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    class Chosen(Moved):
        """A node was opened."""

    def __init__(self, looks: Looks, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._looks = looks
        self._needs: Mapping[str, tuple[str, ...]] = {}
        self._layout: Layout | None = None
        self._drawing: Drawing | None = None
        self.selected: str | None = None

    def set_graph(self, graph: Graph) -> None:
        """Show another recipe."""
        self._needs = {node.path: node.needs for node in graph.nodes}
        if self.selected not in self._needs:
            self.selected = next(iter(self._needs), None)
        self._arrange()

    def select(self, path: str) -> None:
        """Select a node without telling anyone."""
        if path in self._needs and path != self.selected:
            self._choose(path)

    def draw_again(self) -> None:
        """Draw with the present states."""
        if self._layout is None:
            return
        looks = {name: self._looks(name, box.width) for name, box in self._layout.boxes.items()}
        if self._drawing is None:
            self._drawing = Drawing(self._layout, looks, self.selected)
            self.refresh()
        elif self._drawing.show(self.selected, looks):
            self.refresh()

    def _choose(self, path: str) -> None:
        """Another node is the selected one; all looks stay."""
        self.selected = path
        self._show_selected()
        if self._drawing is not None and self._drawing.show(path):
            self.refresh()

    def _arrange(self) -> None:
        width = self.scrollable_content_region.width
        if not width or not self._needs:
            return
        self._layout = layout(self._needs, width)
        self.virtual_size = Size(self._layout.width, self._layout.height)
        self._drawing = None
        self.draw_again()
        self._show_selected()

    def on_resize(self) -> None:
        """Arrange anew for the new width."""
        self._arrange()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the view."""
        width = self.scrollable_content_region.width
        row, x = y + self.scroll_offset.y, self.scroll_offset.x
        drawn = self._drawing.lines if self._drawing is not None else []
        if row >= len(drawn):
            return Strip.blank(width, self.base_style)
        return strip_of(self, part(drawn[row], x, width)).adjust_cell_length(width, self.base_style)

    def _show_selected(self) -> None:
        if self._layout is None or self.selected is None:
            return
        box = self._layout.boxes[self.selected]
        region = Region(box.x, box.y, box.width, BOX_HEIGHT)
        self.scroll_to_region(region, animate=False, immediate=True)

    def _select(self, path: str | None) -> None:
        if path is not None and path != self.selected:
            self._choose(path)
            self.post_message(self.Moved(path))

    def action_go(self, across: int, down: int) -> None:
        """Select the nearest node in a direction."""
        if self._layout is None or self.selected is None:
            return
        boxes = self._layout.boxes
        here = boxes[self.selected]
        if across:
            row = sorted((box.x, name) for name, box in boxes.items() if box.layer == here.layer)
            place = [name for _, name in row].index(self.selected) + across
            self._select(row[place][1] if 0 <= place < len(row) else None)
            return
        layers = {box.layer for box in boxes.values() if (box.layer - here.layer) * down > 0}
        if layers:
            target = min(layers) if down > 0 else max(layers)
            near = [
                (abs(box.middle - here.middle), name) for name, box in boxes.items() if box.layer == target
            ]
            self._select(min(near)[1])

    def action_first(self) -> None:
        """Select the first node."""
        self._select(next(iter(self._needs), None))

    def action_last(self) -> None:
        """Select the last node."""
        self._select(list(self._needs)[-1] if self._needs else None)

    def action_choose(self) -> None:
        """Open the selected node."""
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def on_click(self, event: events.Click) -> None:
        """A click selects, a double click opens."""
        offset = event.get_content_offset(self)
        if offset is None or self._layout is None:
            return
        x, y = offset.x + self.scroll_offset.x, offset.y + self.scroll_offset.y
        for name, box in self._layout.boxes.items():
            if box.x <= x < box.x + box.width and box.y <= y < box.y + BOX_HEIGHT:
                self._select(name)
                if event.chain == 2:
                    self.action_choose()
                return
