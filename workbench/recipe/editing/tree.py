"""The text of a recipe as nodes that know which characters they span, so that edits touch nothing else.

Everything here counts in the *plain* text: without a byte order mark, with ``\\n`` as the line end.
``Draft.finished`` leads edits of it back to the characters of the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from workbench.errors import RecipeError, WorkbenchError
from workbench.recipe.editing.pieces import read_pieces
from workbench.recipe.editing.text_edit import TextEdit, between
from workbench.recipe.source import Path, Source, read_shared

MARK = "\ufeff"
"""A byte order mark."""


class EditError(WorkbenchError):
    """An edit cannot be made: its place is not there, or the text does not read."""

    exit_code = 2


@dataclass(slots=True)
class Node:
    """One value in the text, with the key that names it.  ``start..end`` span its own characters."""

    path: Path
    kind: Literal["mapping", "sequence", "scalar"]
    value: Any
    start: int
    end: int
    style: str = ""
    """How a text was written: empty (plain), a quote mark, ``|`` or ``>``."""
    flow: bool = False
    """Written in brackets."""
    key: tuple[int, int] | None = None
    """The characters of its key."""
    head: int = 0
    """Where its entry begins: at its key, or at the dash of its list item."""
    children: list[Node] = field(default_factory=list)


class Draft:
    """A text that was read, as nodes."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.marked = original.startswith(MARK)
        body = original[1:] if self.marked else original
        try:
            plain = body.replace("\r\n", "\n").replace("\r", "\n")
            self.source: Source = read_pieces(plain) or read_shared(body, "")
        except RecipeError as error:
            first = error.problems[0]
            raise EditError(
                f"the text cannot be read: {first.message}", hint=f"line {first.line}, column {first.column}"
            ) from None
        self.text = self.source.text
        self.data: Any = self.source.data
        self.nodes: dict[Path, Node] = {}
        for path in self.source.values:
            self._node(path)
        if () in self.nodes:
            _close(self.nodes[()], self.text)

    @property
    def root(self) -> Node:
        """The node of the whole document."""
        if () not in self.nodes or self.nodes[()].kind != "mapping":
            raise EditError("the file holds no keys", hint="a recipe begins with schema: workbench/v1")
        return self.nodes[()]

    def node(self, path: Path) -> Node:
        """The node at ``path``; EditError when there is none."""
        found = self.nodes.get(path)
        if found is None:
            raise EditError(f"there is no {'.'.join(map(str, path))}")
        return found

    def indent_step(self) -> int:
        """How far this text indents a level."""
        for child in self.root.children:
            if child.children and not child.flow and child.kind == "mapping":
                return max(1, self.column(child.children[0].head))
        return 2

    def line_start(self, offset: int) -> int:
        """Where the line of ``offset`` begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line of ``offset`` ends, before its line break."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def column(self, offset: int) -> int:
        """How many characters stand before ``offset`` in its line."""
        return offset - self.line_start(offset)

    def leads_line(self, offset: int) -> bool:
        """Whether only blanks stand before ``offset`` in its line."""
        return not self.text[self.line_start(offset) : offset].strip(" ")

    def must_be_plain(self, node: Node) -> None:
        """EditError for an entry that is written as ``? key``: its lines cannot be moved."""
        if self._is_explicit(node):
            raise EditError(f"no edit of a whole entry works here: {self._written(node)}", hint=HINT)

    def _is_explicit(self, node: Node) -> bool:
        at = node.key[0] if node.key is not None else 0
        while self.text[at - 1 : at] == " ":
            at -= 1
        return self.text[at - 1 : at] == "?"

    def _written(self, node: Node) -> str:
        assert node.key is not None
        at = self.text.rindex("?", 0, node.key[0])
        line, key = self.text.count("\n", 0, at) + 1, self.text[slice(*node.key)]
        return f"line {line}, column {self.column(at) + 1} is written as ? {key}, write it as {key}: first"

    def _why(self, reason: str) -> EditError:
        """Why an edit cannot be made: also that an entry has an odd form."""
        odd = next((node for node in self.nodes.values() if self._is_explicit(node)), None)
        return EditError(
            f"this edit does not work here: {reason if odd is None else self._written(odd)}", hint=HINT
        )

    def edits(self, new: str) -> list[TextEdit]:
        """The edits of the original text that make its plain text ``new``."""
        return self.original_edits(between(self.text, new))

    def original_edits(self, edits: list[TextEdit]) -> list[TextEdit]:
        """Edits of the plain text as edits of the original one."""
        if self.original == self.text:
            return edits
        places = self._places()
        ending = self._line_ending()
        return [
            TextEdit(places[edit.start], places[edit.end], edit.text.replace("\n", ending)) for edit in edits
        ]

    def finished(self, new: str, meaning: Any) -> list[TextEdit]:
        """As ``edits``; EditError when the new text would not mean ``meaning``."""
        if new == self.text:
            return []
        try:
            read = draft(new)
        except EditError as error:
            raise self._why(error.message) from None
        if spelled(read.data) != spelled(meaning):
            raise self._why("it would change something else")
        return self.edits(new)

    def _places(self) -> list[int]:
        """For each character of the plain text, and for its end, where it stands in the original."""
        found: list[int] = []
        at = int(self.marked)
        for character in self.text:
            found.append(at)
            at += 2 if character == "\n" and self.original.startswith("\r\n", at) else 1
        return [*found, at]

    def _line_ending(self) -> str:
        windows = self.original.count("\r\n")
        if windows * 2 > self.text.count("\n"):
            return "\r\n"
        return "\r" if "\r" in self.original and "\n" not in self.original else "\n"

    def _node(self, path: Path) -> None:
        place = self.source.values[path]
        parent = self.nodes[path[:-1]] if path else None
        value = self.data if parent is None else parent.value[path[-1]]
        kind: Literal["mapping", "sequence", "scalar"] = "scalar"
        if isinstance(value, dict | list):
            kind = "mapping" if isinstance(value, dict) else "sequence"
        end = self.source.flow.get(path, place.end)
        node = Node(path, kind, value, place.start, end, place.style, path in self.source.flow)
        if path in self.source.keys:
            key = self.source.keys[path]
            node.key = (key.start, key.end)
            node.head = key.start
        elif parent is not None:
            node.head = place.start if parent.flow else self._dash(parent, place.start)
        self.nodes[path] = node
        if parent is not None:
            parent.children.append(node)

    def _dash(self, parent: Node, start: int) -> int:
        """The dash of a list item whose value starts at ``start``."""
        if not parent.children:
            return parent.start
        column = self.column(parent.start)
        at = start
        while at > parent.start:
            line = self.line_start(at)
            found = line + column
            is_dash = found <= start and self.text[found : found + 1] == "-"
            if is_dash and not self.text[line:found].strip(" "):
                return found
            at = line - 1
        return start


HINT = "make it in the text itself"


@lru_cache(maxsize=8)
def draft(text: str) -> Draft:
    """The text as nodes; EditError when it cannot be read."""
    return Draft(text)


def spelled(data: Any) -> str:
    """Data as one text, by which two values are compared: ``1``, ``1.0`` and ``true`` are three."""
    return json.dumps(data, sort_keys=True)


def _close(top: Node, text: str) -> None:
    """Work out where the nodes really end: without blank lines and comments behind them."""
    stack = [(top, False)]
    while stack:
        node, ready = stack.pop()
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in node.children)
        elif node.kind != "scalar":
            if not node.flow and node.children:
                node.end = node.children[-1].end
        elif node.style and node.style in "|>":
            node.end = _block_end(text, node)
        elif node.start == node.end and not node.style:
            node.start = node.end = _empty_place(text, node)


def _block_end(text: str, node: Node) -> int:
    """The end of a block text: behind its last line that is not blank, or behind all when they are kept."""
    header, _, body = text[node.start : node.end].partition("\n")
    if "+" in header.partition("#")[0]:
        return node.end - 1 if text[node.end - 1 : node.end] == "\n" else node.end
    if not body.strip("\n "):
        return node.start + len(header)
    lines = body.split("\n")
    indent = next(len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" "))
    # Blanks beyond the indentation are words of the text, also where nothing else stands in their line.
    last = max(number for number, line in enumerate(lines) if line.strip(" ") or len(line) > indent)
    return node.start + len(header) + sum(len(line) + 1 for line in lines[: last + 1])


def _empty_place(text: str, node: Node) -> int:
    """Where a value that is left out would stand: behind the colon or the dash."""
    if node.key is not None:
        at = node.key[1]
        while text[at : at + 1] == " ":
            at += 1
        return at + 1 if text[at : at + 1] == ":" else node.key[1]
    return node.head + 1 if text[node.head : node.head + 1] == "-" else node.start
