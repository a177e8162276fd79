"""A recipe's graph as text, as Mermaid and as SVG: the same boxes and arrows as on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from workbench.events import Json
from workbench.recipe.recipe import Recipe
from workbench.safe_text import safe_line
from workbench.tui.graph_drawing import draw, look
from workbench.tui.graph_layout import BOX_HEIGHT, Wire, layout
from workbench.tui.graph_nodes import GraphNode, recipe_graph
from workbench.tui.ink import plain

CELL = (9, 20)
"""The size of a character, in pixels of the picture."""
SVG_COLUMNS = 100
SIGNS = frozenset("\u2060\"#<>&[]{}()|;`$%@^~\\:.!?=*'")
"""Signs that mean something in a label of Mermaid, or have in one of its versions: quotes, brackets,
entities, formulas, icons, lists, code and line breaks."""
WORKED_OUT = re.compile(r"[\\$]|:(?=fa)")
"""What Mermaid takes for a line break, a formula or an icon even as an entity: a joiner parts it."""
NOT_IN_XML = dict.fromkeys((0xFFFE, 0xFFFF), "\ufffd")
STYLE = """
text{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#24292f}
.verb{fill:#57606a}
.box{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}
.wire{fill:none;stroke:#8c959f;stroke-width:1.2}
.tip{fill:#8c959f}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.verb{fill:#9198a1}.box{fill:#161b22;stroke:#9198a1}}
"""


def as_text(recipe: Recipe, width: int) -> str:
    """The graph in ``width`` columns, more when it must."""
    nodes = recipe_graph(recipe).nodes
    places = layout({node.path: node.needs for node in nodes}, width)
    looks = {node.path: look(node, None, False, False, places.boxes[node.path].width) for node in nodes}
    return "".join(plain(line).rstrip() + "\n" for line in draw(places, looks, None))


def as_mermaid(recipe: Recipe) -> str:
    """The graph as a Mermaid flowchart."""
    nodes = recipe_graph(recipe).nodes
    ids = {node.path: f"s{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart TD"]
    for node in nodes:
        lines.append(f'    {ids[node.path]}["{_mermaid(node)}"]')
    lines += [f"    {ids[other]} --> {ids[node.path]}" for node in nodes for other in node.needs]
    return "\n".join(lines) + "\n"


def as_svg(recipe: Recipe) -> str:
    """The graph as a picture that needs nothing else: no fonts, no scripts."""
    nodes = recipe_graph(recipe).nodes
    places = layout({node.path: node.needs for node in nodes}, SVG_COLUMNS)
    left = min((box.x for box in places.boxes.values()), default=0) - 1
    right = max((box.x + box.width for box in places.boxes.values()), default=1) + 1
    wide, high = CELL
    parts = [line for wire in places.wires for line in _wire(wire, left)]
    for node in nodes:
        box = places.boxes[node.path]
        x, y = (box.x - left) * wide, box.y * high
        size = f'width="{box.width * wide}" height="{BOX_HEIGHT * high}"'
        parts.append(f'<rect class="box" x="{x}" y="{y}" {size} rx="6"/>')
        parts.append(_text(x + wide, y + 24, f"{node.title} {node.marks}".rstrip(), "", box.width - 2))
        parts.append(_text(x + wide, y + 46, f"{node.verb}  {node.about}".rstrip(), "verb", box.width - 2))
    size = f'width="{(right - left) * wide}" height="{places.height * high + 2}"'
    view = f'viewBox="0 -1 {(right - left) * wide} {places.height * high + 2}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">'
    title = f"<title>{escape(_in_xml(recipe.name))}</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _wire(wire: Wire, left: int) -> Iterator[str]:
    """The lines of a bundle of arrows, and their tips."""
    wide, high = CELL

    def line(x1: int, y1: int, x2: int, y2: int) -> str:
        start = f"{(x1 - left + 0.5) * wide:g} {(y1 + 0.5) * high:g}"
        return f'<path class="wire" d="M{start}L{(x2 - left + 0.5) * wide:g} {(y2 + 0.5) * high:g}"/>'

    ends = (*wire.sources, *wire.targets)
    if min(ends) != max(ends):
        yield line(min(ends), wire.row, max(ends), wire.row)
    yield from (line(x, wire.top, x, wire.row) for x in wire.sources)
    for x in wire.targets:
        yield line(x, wire.row, x, wire.bottom)
        if x in wire.arrows:
            tip = f"{(x - left + 0.5) * wide - 4:g} {wire.bottom * high - 8:g}"
            yield f'<path class="tip" d="M{tip}h8l-4 8z"/>'


def as_json(recipe: Recipe) -> Json:
    """The nodes and what each waits for."""
    return [
        {"path": node.path, "verb": node.verb, "needs": list(node.needs), "marks": node.marks}
        for node in recipe_graph(recipe).nodes
    ]


def _mermaid(node: GraphNode) -> str:
    shown = f"{node.title} {node.marks}".rstrip()
    about = f"{node.verb} {node.about}".rstrip()
    return f"{_quoted(shown)}<br/>{_quoted(about)}"


def _quoted(text: str) -> str:
    """A text inside Mermaid's quotes: signs that could mean something there as entities."""
    return "".join(
        f"#{ord(letter)};" if letter in SIGNS or (not place and letter in "-+*") else letter
        for place, letter in enumerate(WORKED_OUT.sub("\\g<0>\u2060", safe_line(text)))
    )


def _in_xml(text: str) -> str:
    """A text on one line of which every letter may stand in XML; not escaped."""
    return safe_line(text).translate(NOT_IN_XML)


def _text(x: float, y: float, text: str, kind: str, room: int) -> str:
    shown = _in_xml(text)
    shown = shown if len(shown) <= room else shown[: room - 1] + "…"
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(shown)}</text>'
