"""The canonical form of a recipe's text: one order, one way to quote, one way to space; comments are kept."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from workbench.recipe.editing.comments import Comments, comments_of
from workbench.recipe.editing.form import WIDTH, in_order, kind_at, on_one_line
from workbench.recipe.editing.tree import Draft, EditError, Node, draft, spelled
from workbench.recipe.editing.writing import (
    block_is_safe,
    block_text,
    flow_text,
    folds,
    key_text,
    scalar_text,
)

STEP = 2


def formatted(text: str) -> str:
    """The text in its canonical form; it means the same, and formatting it again changes nothing.

    Keys stand in the order of the language, names in the order they were given; a collection is in brackets
    when it fits into a line and holds no comment.  EditError when the text cannot be read.
    """
    at = draft(text)
    comments = comments_of(at)
    new = _Formatter(at, comments).document()
    if spelled(draft(new).data) != spelled(at.data):
        raise EditError("this text cannot be put into its canonical form", hint="please report it")
    if _words(comments_of(draft(new))) != _words(comments):
        raise EditError("this text cannot be put into its canonical form: a comment would be lost")
    return new


def _words(comments: Comments) -> list[str]:
    places = (*comments.above.values(), *comments.beside.values(), *comments.below.values())
    return sorted(text for texts in (*places, comments.first, comments.last) for text in texts if text)


class _Formatter:
    def __init__(self, at: Draft, comments: Comments) -> None:
        self.at, self.comments = at, comments

    def document(self) -> str:
        root = self.at.root
        parts = [*self.top(root)]
        lines = [*self.comments.first, *(line for part in parts for line in part)]
        if self.comments.last:
            lines += [*([""] if parts and len(parts[-1]) > 1 else []), *self.comments.last]
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines) + "\n"

    def top(self, root: Node) -> Iterator[list[str]]:
        """The sections, with a blank line around those of several lines."""
        if not root.children:
            yield ["{}"]
            return
        wide = True
        for number, child in enumerate(self.ordered(root)):
            lines = self.entry(child, 0)
            several = len([line for line in lines if not line.startswith("#")]) > 1
            if number and (several or wide):
                lines = ["", *lines]
            wide = several
            if number and not several and lines[0].startswith("#"):
                lines = ["", *lines]
            yield lines

    def ordered(self, node: Node) -> list[Node]:
        children = {child.path[-1]: child for child in node.children}
        return [children[key] for key in in_order(kind_at(node.path), [str(key) for key in children])]

    def entry(self, node: Node, indent: int) -> list[str]:
        """One entry of a mapping or list, with the comments that belong to it."""
        pad = " " * indent
        above = [pad + text if text else "" for text in self.comments.above.get(node.path, [])]
        beside = self.comments.beside.get(node.path, [])
        above += [pad + text for text in beside[1:]]
        lead = "-" if node.key is None else f"{key_text(str(node.path[-1]))}:"
        lines = self.value(node, indent, lead, beside[0] if beside else "")
        below = [" " * (indent + STEP) + text for text in self.comments.below.get(node.path, [])]
        return [*above, *lines, *below]

    def value(self, node: Node, indent: int, lead: str, beside: str) -> list[str]:
        pad = " " * indent
        tail = f"  {beside}" if beside else ""
        if node.kind == "scalar":
            first, *rest = self.as_folded(node, indent) or _scalar_lines(node.value, indent, len(lead))
            return [f"{pad}{lead} {first}{tail}", *rest]
        inside = self.comments.within(node)
        if not node.value or (not inside and on_one_line(node.path, node.value, indent + len(lead) + 1)):
            return [f"{pad}{lead} {flow_text(self.in_order(node))}{tail}"]
        if lead == "-" and node.kind == "mapping":
            return self.item(node, indent, beside)
        return [f"{pad}{lead}{tail}", *self.inner(node, indent + STEP)]

    def as_folded(self, node: Node, indent: int) -> list[str]:
        """A text that somebody folded into lines stays in these lines, where they are short enough."""
        lines = [line.strip(" ") for line in self.at.text[node.start : node.end].split("\n")[1:]]
        whole = " ".join(lines)
        if node.style != ">" or whole != node.value or not folds(whole) or len(lines) < 2:
            return []
        pad = " " * (indent + STEP)
        return [">-", *(pad + line for line in lines)] if max(map(len, lines)) + len(pad) <= WIDTH else []

    def item(self, node: Node, indent: int, beside: str) -> list[str]:
        """A list item that is a mapping: its first key stands behind the dash."""
        lines = self.inner(node, indent + STEP)
        pad = " " * indent
        first = next(number for number, line in enumerate(lines) if line.strip() and line.strip()[0] != "#")
        above = [pad + line.strip() if line.strip() else "" for line in lines[:first]]
        head = [pad + beside] if beside else []
        return [*head, *above, f"{pad}- {lines[first].lstrip(' ')}", *lines[first + 1 :]]

    def inner(self, node: Node, indent: int) -> list[str]:
        children = self.ordered(node) if node.kind == "mapping" else node.children
        lines: list[str] = []
        spaced = node.path == ("steps",)
        for number, child in enumerate(children):
            if spaced and number:
                lines.append("")
            lines += self.entry(child, indent)
        return lines

    def in_order(self, node: Node) -> Any:
        """The value of a collection with the keys of all mappings in it in their order."""
        if node.kind == "mapping":
            return {str(child.path[-1]): self.in_order(child) for child in self.ordered(node)}
        if node.kind == "sequence":
            return [self.in_order(child) for child in node.children]
        return node.value


def _scalar_lines(value: Any, indent: int, taken: int) -> list[str]:
    """A scalar behind its key: in one line, as a block, or folded when it is long."""
    if isinstance(value, str) and block_is_safe(value):
        return block_text(value, indent + STEP).split("\n")
    line = scalar_text(value)
    if isinstance(value, str) and indent + taken + 1 + len(line) > WIDTH and folds(value):
        pad = " " * (indent + STEP)
        width = WIDTH - indent - STEP
        folded = wrap(value, width, break_long_words=False, break_on_hyphens=False)
        if len(folded) > 1 and " ".join(folded) == value:
            return [">-", *(pad + each for each in folded)]
    return [line]
