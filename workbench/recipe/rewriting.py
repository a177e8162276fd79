"""Writes the template that is rendered, out of the one that was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.recipe.expression_syntax import Node

GROWING = frozenset({"~", "+", "*"})
"""Operators whose result can be larger than what they are given."""


@dataclass
class Writer:
    """Writes the rendered template, remembering where each piece came from."""

    source: str
    pieces: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    length: int = 0

    def copy(self, start: int, end: int) -> None:
        """Copy characters of the source."""
        if end > start:
            self.places.append((self.length, start))
            self.pieces.append(self.source[start:end])
            self.length += end - start

    def add(self, text: str, at: int) -> None:
        """Write text of our own, made from what stands at ``at``."""
        self.places.append((self.length, at))
        self.pieces.append(text)
        self.length += len(text)

    def expression(self, node: Node, start: int, end: int) -> None:
        """Copy an expression, with a size limit on each operation that can grow a text or a list."""
        inserts: list[tuple[int, str]] = []
        _limits(node, inserts)
        at = start
        for place, text in sorted(inserts, key=lambda insert: insert[0]):
            self.copy(at, place)
            self.add(text, place)
            at = place
        self.copy(at, end)

    def text(self) -> str:
        """All that was written."""
        return "".join(self.pieces)


def _limits(node: Node, inserts: list[tuple[int, str]]) -> None:
    for part in node.parts:
        _limits(part, inserts)
    if node.kind == "binary" and node.value in GROWING:
        inserts.append((node.start, "("))
        inserts.append((node.end, ")|_limited"))
