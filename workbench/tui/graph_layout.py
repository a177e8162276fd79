"""Where the boxes and arrows of a graph go: layers from top to bottom, parallel steps side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.tui.canvas import Canvas

BOX_HEIGHT = 3
NARROWEST, WIDEST = 15, 31
SNAP = 4
"""How far a box moves to stand right beneath the one it waits for."""
GAP = 2


_Bundle = tuple[tuple[int, ...], tuple[int, ...], frozenset[int]]
"""Where some arrows start, where they end, and which of the ends are boxes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place."""

    x: int
    y: int
    width: int
    layer: int
    """Counted from the top."""

    @property
    def middle(self) -> int:
        """The column its arrows meet."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Layout:
    """All places, the arrows between them, and the size of the whole."""

    boxes: Mapping[str, Box]
    wires: tuple[Wire, ...]
    width: int
    height: int

    def draw_wires(self, canvas: Canvas) -> None:
        """Draw the arrows."""
        for wire in self.wires:
            wire.draw(canvas)


@dataclass(frozen=True, slots=True)
class Wire:
    """A bundle of arrows that go from the same steps to the same steps, by way of one row."""

    sources: tuple[int, ...]
    targets: tuple[int, ...]
    arrows: frozenset[int]
    """The targets that are boxes; others are lines passing through."""
    top: int
    row: int
    bottom: int

    def draw(self, canvas: Canvas) -> None:
        """Draw lines from the sources down to the row, along it, and down to the targets."""
        ends = (*self.sources, *self.targets)
        if min(ends) != max(ends):
            canvas.horizontal(self.row, min(ends), max(ends))
        for x in self.sources:
            canvas.vertical(x, self.top, self.row)
            canvas.tee(x, self.top)
        for x in self.targets:
            canvas.vertical(x, self.row, self.bottom)
            if x in self.arrows:
                canvas.put(x, self.bottom - 1, "▼", "dim")


def layout(needs: Mapping[str, Sequence[str]], width: int) -> Layout:
    """Places for the nodes of ``needs`` (what each waits for) in ``width`` columns, more when they must."""
    edges = reduced({name: [other for other in others if other in needs] for name, others in needs.items()})
    layers, links = _layers(edges)
    widest = max(
        (
            sum(NARROWEST if name in needs else 1 for name in layer) + GAP * (len(layer) - 1)
            for layer in layers
        ),
        default=0,
    )
    width = max(width, widest + 2)
    width -= 1 - width % 2  # an odd width and odd boxes have a middle column
    boxes: dict[str, Box] = {}
    wires: list[Wire] = []
    y = 0
    for depth, layer in enumerate(layers):
        if depth == 0:
            _place_layer(layer, needs, width, depth, boxes)
        for name in layer:
            boxes[name] = replace(boxes[name], y=y)
        if depth + 1 < len(layers):
            _place_layer(layers[depth + 1], needs, width, depth + 1, boxes)
            _snap(layers[depth + 1], links, width, boxes)
            bundles = _bundles(layer, layers[depth + 1], links, boxes)
            y = _wire_up(bundles, y, wires)
    wires.extend(_passing(layers, needs, boxes))
    return Layout({name: boxes[name] for name in needs}, tuple(wires), width, y + BOX_HEIGHT)


def _wire_up(bundles: list[_Bundle], y: int, wires: list[Wire]) -> int:
    """Add the wires between the layer at ``y`` and the next; returns where that one is."""
    straight = all(len({*sources, *targets}) == 1 for sources, targets, _ in bundles)
    rows = [0] * len(bundles) if straight else _rows(bundles)
    below = y + BOX_HEIGHT + (1 if straight else max(rows) + 2)
    for (sources, targets, arrows), row in zip(bundles, rows, strict=True):
        wires.append(Wire(sources, targets, arrows, y + BOX_HEIGHT - 1, y + BOX_HEIGHT + row, below))
    return below


def reduced(needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """``needs`` without the waits that follow from other waits."""
    above: dict[str, set[str]] = {}

    def all_above(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        if name not in above and name not in seen:
            found: set[str] = set()
            for other in needs.get(name, ()):
                found |= {other} | all_above(other, seen | {name})
            above[name] = found
        return above.get(name, set())

    return {
        name: [
            other
            for other in others
            if not any(other in all_above(third) for third in others if third != other)
        ]
        for name, others in needs.items()
    }


def _layers(needs: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """The layers, with place-holders where an arrow passes one, and the links between neighbours."""
    depth: dict[str, int] = {}

    def measure(name: str, seen: frozenset[str] = frozenset()) -> int:
        if name not in depth:
            if name in seen:
                return 0
            depth[name] = max((measure(other, seen | {name}) + 1 for other in needs[name]), default=0)
        return depth[name]

    for name in needs:
        measure(name)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in needs:
        layers[depth[name]].append(name)
    links: list[tuple[str, str]] = []
    holders: set[str] = set()
    for name, others in needs.items():
        for other in others:
            if depth[other] >= depth[name]:  # part of a cycle, which no checked recipe has
                continue
            last = other
            for level in range(depth[other] + 1, depth[name]):
                holder = f"{other}|{level}"
                if holder not in holders:
                    holders.add(holder)
                    layers[level].append(holder)
                    links.append((last, holder))
                last = holder
            links.append((last, name))
    _untangle(layers, links)
    return layers, links


def _untangle(layers: list[list[str]], links: list[tuple[str, str]]) -> None:
    """Order each layer by where its neighbours are, so that few arrows cross."""
    above: dict[str, list[str]] = {}
    beneath: dict[str, list[str]] = {}
    for source, target in links:
        above.setdefault(target, []).append(source)
        beneath.setdefault(source, []).append(target)

    def arrange(layer: list[str], neighbours: dict[str, list[str]]) -> None:
        places = {
            name: index / max(1, len(other) - 1) for other in layers for index, name in enumerate(other)
        }
        near = {
            name: sum(places[each] for each in neighbours.get(name, [name]))
            / len(neighbours.get(name, [name]))
            for name in layer
        }
        layer.sort(key=lambda name: near[name])

    for _ in range(2):
        for layer in layers[1:]:
            arrange(layer, above)
        for layer in reversed(layers[:-1]):
            arrange(layer, beneath)
    for layer in layers[1:]:
        arrange(layer, above)


def _place_layer(
    layer: list[str], real: Mapping[str, object], width: int, depth: int, boxes: dict[str, Box]
) -> None:
    """Give the nodes of one layer their columns, in the middle of ``width``."""
    count = sum(name in real for name in layer)
    free = width - 2 - GAP * (len(layer) - 1) - (len(layer) - count)
    box_width = max(NARROWEST, min(WIDEST, free // max(1, count)))
    box_width -= 1 - box_width % 2
    total = count * box_width + (len(layer) - count) + GAP * (len(layer) - 1)
    x = max(0, (width - total) // 2)
    for name in layer:
        own = box_width if name in real else 1
        boxes[name] = Box(x, 0, own, depth)
        x += own + GAP


def _snap(layer: list[str], links: list[tuple[str, str]], width: int, boxes: dict[str, Box]) -> None:
    """Move what waits for one node, or is a line passing through, right beneath it where there is room."""
    for index, name in enumerate(layer):
        above = [source for source, target in links if target == name]
        if len(above) != 1:
            continue
        box = boxes[name]
        x = boxes[above[0]].middle - box.width // 2
        if box.width > 1 and abs(x - box.x) > SNAP:
            continue
        left = boxes[layer[index - 1]] if index else None
        right = boxes[layer[index + 1]] if index + 1 < len(layer) else None
        free_left = left.x + left.width + 1 if left else 0
        free_right = right.x - 1 if right else width
        if free_left <= x and x + box.width <= free_right:
            boxes[name] = replace(box, x=x)


def _bundles(
    upper: list[str], lower: list[str], links: list[tuple[str, str]], boxes: Mapping[str, Box]
) -> list[_Bundle]:
    """The arrows between two layers, those with the same targets together."""
    targets: dict[str, list[str]] = {name: [] for name in upper}
    for source, target in links:
        if source in targets and target in lower:
            targets[source].append(target)
    groups: dict[tuple[str, ...], list[str]] = {}
    for source, others in targets.items():
        if others:
            groups.setdefault(tuple(others), []).append(source)
    return [
        (
            tuple(boxes[name].middle for name in sources),
            tuple(boxes[name].middle for name in others),
            frozenset(boxes[name].middle for name in others if "|" not in name),
        )
        for others, sources in groups.items()
    ]


def _rows(bundles: list[_Bundle]) -> list[int]:
    """A row for each bundle, so that none runs into another."""
    taken: list[list[tuple[int, int]]] = []
    rows: list[int] = []
    for sources, targets, _ in bundles:
        left, right = min(*sources, *targets), max(*sources, *targets)
        row = 0
        while row < len(taken) and any(left <= end + 1 and start - 1 <= right for start, end in taken[row]):
            row += 1
        if row == len(taken):
            taken.append([])
        taken[row].append((left, right))
        rows.append(row)
    return rows


def _passing(layers: list[list[str]], real: Mapping[str, object], boxes: Mapping[str, Box]) -> list[Wire]:
    """The lines through the layers that an arrow passes."""
    return [
        Wire((box.x,), (box.x,), frozenset(), box.y, box.y, box.y + BOX_HEIGHT - 1)
        for layer in layers
        for name in layer
        if name not in real
        for box in (boxes[name],)
    ]
