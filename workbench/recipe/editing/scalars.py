"""A scalar in place of another, in the style of the old one, with only the lines changed that must be."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Any

from workbench.recipe.editing.tree import Draft, Node
from workbench.recipe.editing.writing import block_is_safe, block_text, folds, scalar_text

HEADER = re.compile(r"[|>][-+0-9]*")
FOLDED_WIDTH = 100


def scalar_in_place(draft: Draft, node: Node, parent: Node, value: Any) -> str:
    """The text with a scalar in place of the scalar at ``node``."""
    if parent.flow:
        return _spliced(draft, node, scalar_text(value, flow=True, like=_quote(node, value)))
    if isinstance(value, str) and block_is_safe(value):
        return _block(draft, node, value)
    if node.style == ">" and isinstance(value, str) and len(value) > FOLDED_WIDTH // 2 and folds(value):
        return _folded(draft, node, value)
    if node.style in ("|", ">"):
        return _line_for_block(draft, node, scalar_text(value))
    return _spliced(draft, node, scalar_text(value, like=_quote(node, value)))


def _quote(node: Node, value: Any) -> str:
    """The quote mark to keep: that of a text which stays one."""
    return node.style if isinstance(value, str) and isinstance(node.value, str) else ""


def _spliced(draft: Draft, node: Node, new: str) -> str:
    before, after = draft.text[: node.start], draft.text[node.end :]
    blank = " " if before.endswith((":", "-")) else ""
    return f"{before}{blank}{new}{after}"


def _content_indent(draft: Draft, node: Node) -> int:
    """How far the lines of a block text are indented; as the recipe does when it has none."""
    lines = draft.text[node.start : node.end].split("\n")[1:]
    if node.style in ("|", ">"):
        found = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
        if found:
            return found[0]
    return draft.column(node.head) + draft.indent_step()


def _block(draft: Draft, node: Node, value: str) -> str:
    """A text of several lines, as a block; the comment in the line of its key stays."""
    sign, _, body = block_text(value, _content_indent(draft, node)).partition("\n")
    line = draft.line_end(node.start)
    if node.style in ("|", ">"):
        header = HEADER.match(draft.text, node.start)
        comment = draft.text[header.end() if header else line : line]
        kept = node.end
    else:
        comment = draft.text[node.end : draft.line_end(node.end)].rstrip()
        kept = draft.line_end(node.end)
    blank = " " if draft.text[node.start - 1 : node.start] in (":", "-") else ""
    return f"{draft.text[: node.start]}{blank}{sign}{comment}\n{body}{draft.text[kept:]}"


def _line_for_block(draft: Draft, node: Node, new: str) -> str:
    """One line in place of a block text."""
    line = draft.line_end(node.start)
    header = HEADER.match(draft.text, node.start)
    comment = draft.text[header.end() if header else line : line].rstrip()
    return f"{draft.text[: node.start]}{new}{comment}{draft.text[node.end :]}"


def _folded(draft: Draft, node: Node, value: str) -> str:
    """A long text of one line, folded into lines; those that are as before stay."""
    indent = _content_indent(draft, node)
    pad = " " * indent
    line = draft.line_end(node.start)
    header = HEADER.match(draft.text, node.start)
    comment = draft.text[header.end() if header else line : line]
    old = [each.strip(" ") for each in draft.text[line + 1 : node.end].split("\n")]
    lines: list[str] = []
    rest = value
    for each in old:
        if not each or not rest.startswith(f"{each} "):
            break
        lines.append(each)
        rest = rest[len(each) + 1 :]
    lines += wrap(rest, FOLDED_WIDTH, break_long_words=False, break_on_hyphens=False)
    body = "\n".join(pad + each for each in lines)
    return f"{draft.text[: node.start]}>-{comment}\n{body}{draft.text[node.end :]}"
