"""The comments of a text, each with the entry it speaks of."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from workbench.recipe.editing.tree import Draft, Node
from workbench.recipe.source import Path


@dataclass
class Comments:
    """Comments by entry: above it, in its line, and below what it holds.  An empty text is a blank line."""

    above: dict[Path, list[str]] = field(default_factory=dict)
    beside: dict[Path, list[str]] = field(default_factory=dict)
    below: dict[Path, list[str]] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)
    """At the head of the file."""
    last: list[str] = field(default_factory=list)
    """At its end."""

    def within(self, node: Node) -> bool:
        """Whether a comment stands inside a collection."""
        deeper = any(
            path[: len(node.path)] == node.path and len(path) > len(node.path)
            for places in (self.above, self.beside, self.below)
            for path in places
        )
        return deeper or node.path in self.below


def comments_of(at: Draft) -> Comments:
    """Find every comment and the entry that it belongs to."""
    return _Finder(at).find()


class _Finder:
    def __init__(self, at: Draft) -> None:
        self.at = at
        self.entries = sorted((node for node in at.nodes.values() if node.path), key=lambda node: node.head)
        self.heads = [node.head for node in self.entries]
        self.by_line: dict[int, list[Node]] = {}
        for node in self.entries:
            self.by_line.setdefault(at.line_start(node.head), []).append(node)
        self.ends: dict[int, list[Node]] = {}
        for node in self.entries:
            if node.kind == "scalar" or node.flow:
                self.ends.setdefault(at.line_start(node.end), []).append(node)
        self.found = Comments()

    def find(self) -> Comments:
        pending: list[tuple[int, str]] = []
        blank = False
        for offset, text, own_line in self.all():
            if not own_line:
                self.beside(offset, text)
                continue
            pending.append((offset, text))
            end = self.at.line_end(offset)
            blank = self.at.text.startswith("\n\n", end) or not self.at.text[end:].strip()
            following = self.at.text[end:].lstrip(" \n")
            next_column = len(self.at.text) - end - 1 - len(self.at.text[end + 1 :].lstrip(" "))
            if blank or not following.startswith("#") or next_column < self.at.column(offset):
                self.settle(pending, blank and bool(following))
                pending = []
        return self.found

    def all(self) -> list[tuple[int, str, bool]]:
        """Offset, text and whether it has a line of its own, of every comment."""
        text, found, at = self.at.text, [], 0
        for start, end in [*self.spans(), (len(text), len(text))]:
            while at < start:
                sign = text.find("#", at, start)
                if sign < 0:
                    break
                line_end = self.at.line_end(sign)
                if sign == 0 or text[sign - 1] in " \t\n":
                    own_line = not text[self.at.line_start(sign) : sign].strip()
                    found.append((sign, text[sign:line_end].rstrip(), own_line))
                    at = line_end
                else:
                    at = sign + 1
            at = max(at, end)
        return found

    def spans(self) -> list[tuple[int, int]]:
        """The characters of keys and scalars, in which a # begins no comment; headers of blocks apart."""
        spans = [node.key for node in self.entries if node.key is not None]
        for node in self.entries:
            if node.kind != "scalar" or node.start >= node.end:
                continue
            begin = self.at.line_end(node.start) if node.style in ("|", ">") else node.start
            spans.append((min(begin, node.end), node.end))
        return sorted(spans)

    def beside(self, offset: int, text: str) -> None:
        """A comment behind something: of the entry that is complete there, else of the one that begins."""
        line = self.at.line_start(offset)
        begun = [node for node in self.by_line.get(line, []) if node.head < offset]
        done = [node for node in begun if node.end <= offset] or [
            node for node in self.ends.get(line, []) if node.end <= offset
        ]
        if done:
            owner = min(done, key=lambda node: len(node.path))
        elif begun:
            owner = max(begun, key=lambda node: len(node.path))
        else:
            owner = self.entries[max(0, bisect_right(self.heads, offset) - 1)]
        self.found.beside.setdefault(owner.path, []).append(text)

    def settle(self, pending: list[tuple[int, str]], blank: bool) -> None:
        """Comment lines: above the next entry, or below the one under which they are indented."""
        offset = pending[0][0]
        texts = [text for _, text in pending] + ([""] if blank else [])
        number = bisect_right(self.heads, pending[-1][0])
        following = self.entries[number] if number < len(self.entries) else None
        if number == 0:
            self.found.first += texts
            return
        column = self.at.column(offset)
        begins = following is not None and following.path[:-1] == self.entries[number - 1].path
        if following is not None and (begins or column <= self.at.column(following.head)):
            self.found.above.setdefault(following.path, []).extend(texts)
            return
        holder = self.holder(self.entries[number - 1], column)
        if holder is not None:
            self.found.below.setdefault(holder.path, []).extend(text for text in texts if text)
        elif following is not None:
            self.found.above.setdefault(following.path, []).extend(texts)
        else:
            self.found.last += texts

    def holder(self, node: Node, column: int) -> Node | None:
        """The innermost collection around ``node`` under which a comment at ``column`` is indented."""
        for length in range(len(node.path), 0, -1):
            outer = self.at.nodes[node.path[:length]]
            if outer.children and not outer.flow and self.at.column(outer.head) < column:
                return outer
        return None
