"""The graph as lines: each node a box with its state, model, cost and time, arrows between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len

from workbench.safe_text import safe_line
from workbench.tui import presentation
from workbench.tui.canvas import DASHED, DOUBLE, HEAVY, LIGHT, Canvas, Frame
from workbench.tui.graph_layout import BOX_HEIGHT, Box, Layout
from workbench.tui.graph_nodes import GraphNode
from workbench.tui.ink import Line
from workbench.tui.run_state import NodeSum


@dataclass(frozen=True, slots=True)
class Look:
    """What one box shows: the title in its upper edge, its middle line, a note in its lower edge."""

    status: str
    title: str
    middle: str
    note: str = ""
    breakpoint: bool = False


def look(node: GraphNode, done: NodeSum | None, paused: bool, breakpoint: bool, width: int) -> Look:
    """How ``node`` shows in a box of ``width`` columns."""
    title = f"{node.title} {node.marks}".rstrip()
    if done is None:
        about = presentation.short_model(node.about)
        return Look(
            "paused" if paused else "pending", title, _best((node.verb, about), width - 4), "", breakpoint
        )
    status = "paused" if paused else done.status
    row = done.own or done.last
    if status == "skipped":
        return Look(status, title, "skipped", "", breakpoint)
    model = presentation.short_model(row.model) if row else ""
    cost = presentation.cost(None if row is not None and row.cost_nano is None else done.cost_nano)
    took = presentation.seconds(done.seconds)
    if not model:  # what asks no model costs nothing, and what takes no time needs no figure
        cost, took = "", took if took != "0 ms" else ""
    return Look(status, title, _best((model or node.verb, cost, took), width - 4), _note(done), breakpoint)


class Drawing:
    """The whole drawing; drawn again are only the boxes that changed.

    The selected box has a double edge, a running one a heavy edge.
    """

    def __init__(self, layout: Layout, looks: Mapping[str, Look], selected: str | None) -> None:
        self._boxes = layout.boxes
        self._looks = dict(looks)
        self._selected = selected
        self._canvas = Canvas(layout.width, layout.height)
        for name, box in layout.boxes.items():
            _draw_box(self._canvas, box, looks[name], name == selected)
        layout.draw_wires(self._canvas)
        self.lines = self._canvas.lines()

    def show(self, selected: str | None, looks: Mapping[str, Look] | None = None) -> bool:
        """Draw it with another box selected, or with other looks; True when anything changed."""
        changed = {name for name, look in (looks or {}).items() if look != self._looks[name]}
        if selected != self._selected:
            changed |= {name for name in (selected, self._selected) if name and name in self._boxes}
        self._selected = selected
        self._looks.update(looks or {})
        for name in changed:
            self._draw_again(name)
        return bool(changed)

    def _draw_again(self, name: str) -> None:
        box, lowest = self._boxes[name], self._boxes[name].y + BOX_HEIGHT - 1
        tees = self._canvas.tees(box.x, lowest, box.width)
        _draw_box(self._canvas, box, self._looks[name], name == self._selected)
        for column in tees:
            self._canvas.tee(column, lowest)
        for y in range(box.y, lowest + 1):
            self.lines[y] = self._canvas.line(y)


def draw(layout: Layout, looks: Mapping[str, Look], selected: str | None) -> list[Line]:
    """The whole drawing, once."""
    return Drawing(layout, looks, selected).lines


def _draw_box(canvas: Canvas, box: Box, look: Look, selected: bool) -> None:
    ink = presentation.state_ink(look.status)
    edge = "key" if selected else ink
    canvas.frame(box.x, box.y, box.width, BOX_HEIGHT, _frame(look.status, selected), edge)
    sign = presentation.glyph(look.status)
    title = _cut(look.title, box.width - (8 if look.breakpoint else 6))
    canvas.put(box.x + 2, box.y, f" {sign} ", ink)
    canvas.put(box.x + 5, box.y, f"{title} ", "bold" if look.status != "pending" or selected else "")
    if look.breakpoint:
        canvas.put(box.x + box.width - 3, box.y, "◉", "bad")
    canvas.put(box.x + 2, box.y + 1, _cut(look.middle, box.width - 4), "dim")
    if look.note:
        note = _cut(look.note, box.width - 4)
        canvas.put(box.x + box.width - len(note) - 3, box.y + 2, f" {note} ", "bad" if "✗" in note else "dim")


def _frame(status: str, selected: bool) -> Frame:
    if selected:
        return DOUBLE
    if status in ("running", "paused", "waiting"):
        return HEAVY
    return DASHED if status == "skipped" else LIGHT


def _note(done: NodeSum) -> str:
    """Instances by state, or the row's gates."""
    if done.instances:
        parts = [f"{presentation.glyph(status)}{n}" for status, n in sorted(done.counts.items()) if n]
        return " ".join(parts)
    row = done.own
    if row is None or not (row.gates_passed or row.gates_failed):
        return ""
    if row.gates_failed:
        return f"gates {row.gates_passed}✓ {row.gates_failed}✗"
    return f"gates {row.gates_passed}✓"


def _best(parts: tuple[str, ...], room: int) -> str:
    """As many of the parts, first ones first, as fit with two spaces between them."""
    kept: list[str] = []
    for part in parts:
        if part and len("  ".join([*kept, part])) <= room:
            kept.append(part)
    return "  ".join(kept) if kept else _cut(parts[0], room)


def _cut(text: str, room: int) -> str:
    """``text`` in one-cell characters, at most ``room`` of them."""
    narrow = "".join(letter if cell_len(letter) == 1 else "·" for letter in safe_line(text))
    return narrow if len(narrow) <= room else narrow[: max(0, room - 1)] + "…"
