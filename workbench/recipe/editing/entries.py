"""Entries in a text: what belongs to one (its comments too), putting one in, taking one out.

All functions take and give plain texts; ``values`` and ``steps`` check what comes of them.
"""

from __future__ import annotations

from typing import Any

from workbench.recipe.editing.blocks import entry_text, item_text, value_text
from workbench.recipe.editing.form import in_order, kind_at
from workbench.recipe.editing.scalars import scalar_in_place
from workbench.recipe.editing.tree import Draft, Node
from workbench.recipe.editing.writing import flow_text, is_flat, key_text

LONGEST_LINE = 110


def block_start(draft: Draft, node: Node) -> int:
    """Where an entry begins, with the comment lines directly above that are indented like it."""
    draft.must_be_plain(node)
    start = draft.line_start(node.head)
    column = draft.column(node.head)
    while start > 0:
        above = draft.line_start(start - 1)
        line = draft.text[above : start - 1]
        if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) != column:
            break
        start = above
    return start if node.path[:-1] or draft.text[:start].strip() else draft.line_start(node.head)


def block_end(draft: Draft, node: Node) -> int:
    """Where an entry's last line ends (before its line break), with deeper comment lines behind it."""
    draft.must_be_plain(node)
    end = draft.line_end(node.end)
    column = draft.column(node.head)
    at = end
    while at < len(draft.text):
        following = draft.line_end(at + 1)
        line = draft.text[at + 1 : following]
        blank = not line.strip(" ")
        if not blank and not (
            line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) > column
        ):
            break
        at = following
        end = end if blank else at
    return end


def is_spaced(draft: Draft, parent: Node) -> bool:
    """Whether blank lines stand between the entries of a block."""
    gaps = [
        "\n\n" in draft.text[draft.line_end(one.end) : block_start(draft, two)]
        for one, two in zip(parent.children, parent.children[1:], strict=False)
    ]
    return bool(gaps) and sum(gaps) * 2 >= len(gaps)


def inserted(draft: Draft, parent: Node, key: str | int, value: Any, after: Node | None) -> str:
    """The text with an entry in the collection, behind ``after`` or as its first."""
    path = (*parent.path, key)
    if parent.flow or not parent.children:
        return _inserted_in_line(draft, parent, path, value, after)
    step = draft.indent_step()
    indent = draft.column(parent.children[0].head)
    if isinstance(key, int):
        new = item_text(path, value, indent, step=step)
    else:
        new = entry_text(path, value, indent, step=step)
    return placed(draft, parent, new, indent, after)


def placed(draft: Draft, parent: Node, new: str, indent: int, after: Node | None) -> str:
    """The text with the lines ``new`` (the first one not indented) as an entry of a block."""
    text, pad = draft.text, " " * indent
    wide = _air(draft, parent, new)
    if after is not None:
        at = block_end(draft, after)
        # A section of several lines is set off on both sides.
        behind = "\n" if wide == "\n\n" and not parent.path and text[at:].strip() else ""
        behind = "" if text.startswith("\n\n", at) else behind
        return text[:at] + wide + pad + new + behind + text[at:]
    first = parent.children[0]
    if not draft.leads_line(first.head):
        return text[: first.head] + new + "\n" + pad + text[first.head :]
    at = block_start(draft, first)
    return text[:at] + pad + new + wide + text[at:]


def _air(draft: Draft, parent: Node, new: str) -> str:
    """One line break or two between a new entry and its neighbour."""
    kind = kind_at(parent.path)
    if kind == "document":
        return "\n\n" if "\n" in new else "\n"
    if kind != "names":
        return "\n"
    if len(parent.children) == 1:
        # A group whose entries are long gets air from the start.
        return "\n\n" if new.count("\n") > 2 else "\n"
    return "\n\n" if is_spaced(draft, parent) else "\n"


def _inserted_in_line(draft: Draft, parent: Node, path: Any, value: Any, after: Node | None) -> str:
    whole = _with(parent.value, path[-1], value, after)
    if not parent.children:
        return replaced(draft, parent, whole)
    small = flow_text(value)
    if isinstance(path[-1], str):
        small = f"{key_text(path[-1], flow=True)}: {small}"
    line = draft.line_end(parent.start) - draft.line_start(parent.start)
    outer = outermost_flow(draft, parent)
    tight = line + len(small) + 2 > LONGEST_LINE and "\n" not in draft.text[outer.start : outer.end]
    if (tight or not is_flat(value, 9)) and not has_comments(draft, outer):
        return rewritten(draft, outer, parent, whole)
    if after is None:
        at = parent.children[0].head
        return f"{draft.text[:at]}{small}, {draft.text[at:]}"
    return f"{draft.text[: after.end]}, {small}{draft.text[after.end :]}"


def _with(old: Any, key: str | int, value: Any, after: Node | None) -> Any:
    if isinstance(old, list):
        at = 0 if after is None else int(after.path[-1]) + 1
        return [*old[:at], value, *old[at:]]
    if not isinstance(old, dict):
        return [value] if isinstance(key, int) else {key: value}
    return {**old, key: value}


def outermost_flow(draft: Draft, node: Node) -> Node:
    """The collection in brackets that holds ``node`` and stands in no other one."""
    found = node
    for length in range(len(node.path)):
        outer = draft.nodes[node.path[:length]]
        if outer.flow:
            return outer
    return found


def has_comments(draft: Draft, node: Node) -> bool:
    """Whether a comment stands within a collection in brackets (a # in a text counts too: then nothing
    is moved that could be one)."""
    return "#" in draft.text[node.start : node.end]


def rewritten(draft: Draft, outer: Node, inner: Node, value: Any) -> str:
    """The text with ``outer`` written anew, in which ``inner`` has a new value."""
    whole = value
    for length in range(len(inner.path), len(outer.path), -1):
        holder = draft.nodes[inner.path[: length - 1]].value
        key = inner.path[length - 1]
        if isinstance(holder, dict):
            whole = {name: whole if name == key else item for name, item in holder.items()}
        else:
            whole = [whole if number == key else item for number, item in enumerate(holder)]
    return replaced(draft, outer, whole)


def replaced(draft: Draft, node: Node, value: Any) -> str:
    """The text with a value in place of the one at ``node``; what stood there is written anew."""
    if not node.path:
        return "\n".join(_document_lines(value)) + "\n"
    parent = draft.nodes[node.path[:-1]]
    if parent.flow and not is_flat(value, 9):
        outer = outermost_flow(draft, parent)
        if not has_comments(draft, outer):
            return rewritten(draft, outer, node, value)
    if not isinstance(value, dict | list) and node.kind == "scalar":
        return scalar_in_place(draft, node, parent, value)
    if parent.flow:
        return _spliced(draft, node, flow_text(value))
    return _block_value(draft, node, value)


def _document_lines(value: dict[str, Any]) -> list[str]:
    return [entry_text((key,), value[key], 0) for key in in_order("document", value)]


def _spliced(draft: Draft, node: Node, new: str) -> str:
    blank = " " if node.start == node.end and draft.text[node.start - 1 : node.start] in ":-" else ""
    return f"{draft.text[: node.start]}{blank}{new}{draft.text[node.end :]}"


def _block_value(draft: Draft, node: Node, value: Any) -> str:
    """A new value behind the colon or dash of a block entry; the comment in that line stays there."""
    indent = draft.column(node.head)
    behind = _behind_sign(draft, node)
    taken = behind - node.head
    new = value_text(node.path, value, indent, taken, step=draft.indent_step())
    first, line_break, rest = new.partition("\n")
    on_same_line = draft.line_start(node.start) == draft.line_start(node.head)
    multi_line = node.style in ("|", ">") or (node.kind != "scalar" and not node.flow)
    if not on_same_line or multi_line:
        # The old value stands, wholly or but for a sign, on lines of its own.
        head_end = draft.line_end(behind)
        comment = _comment(draft.text[behind if not on_same_line else node.start : head_end], node)
        if node.style not in ("|", ">") and (node.kind == "scalar" or node.flow) and node.end > head_end:
            comment = draft.text[node.end : draft.line_end(node.end)].rstrip()
        end = draft.line_end(node.end) if node.end >= head_end else head_end
        return draft.text[:behind] + first + comment + line_break + rest + draft.text[end:]
    comment = draft.text[node.end : draft.line_end(node.end)].rstrip()
    return (
        draft.text[:behind] + (first + comment + line_break + rest) + draft.text[draft.line_end(node.end) :]
    )


def _behind_sign(draft: Draft, node: Node) -> int:
    if node.key is None:
        return node.head + 1
    at = node.key[1]
    while draft.text[at : at + 1] == " ":
        at += 1
    return at + 1


def _comment(rest: str, node: Node) -> str:
    """The comment in the line of a key whose value stands below."""
    if node.style in ("|", ">"):
        rest = rest.lstrip("|>+-0123456789")
    elif node.kind == "scalar":
        return ""
    at = rest.find("#")
    return f"  {rest[at:].rstrip()}" if at >= 0 and not rest[:at].strip() else ""


def taken_out(draft: Draft, node: Node) -> str:
    """The text without an entry, its own comments, and a blank line that would stand twice."""
    draft.must_be_plain(node)
    parent = draft.nodes[node.path[:-1]]
    number = next(place for place, child in enumerate(parent.children) if child is node)
    if parent.flow:
        return _out_of_line(draft, parent, number)
    following = parent.children[number + 1] if number + 1 < len(parent.children) else None
    if not draft.leads_line(node.head):
        if following is not None and not draft.text[draft.line_end(node.end) : following.head].strip():
            return draft.text[: node.head] + draft.text[following.head :]
        return draft.text[: node.head].rstrip(" ") + draft.text[draft.line_end(node.end) :]
    return _without_lines(draft, node, first=not number, last=following is None)


def _without_lines(draft: Draft, node: Node, *, first: bool, last: bool) -> str:
    """The text without an entry's lines; the blank lines that set it off from its neighbours go too."""
    text = draft.text
    before, after = text[: block_start(draft, node)], text[block_end(draft, node) + 1 :]
    if first or (before.endswith("\n\n") and not last):
        after = after.lstrip("\n")
    elif last:
        siblings = draft.nodes[node.path[:-1]].children
        behind = block_end(draft, siblings[-2]) + 1
        before = before[:behind] if not before[behind:].strip("\n") else before
    if not after and not text.endswith("\n"):
        before = before.removesuffix("\n")
    return before + after


def _out_of_line(draft: Draft, parent: Node, number: int) -> str:
    node, text = parent.children[number], draft.text
    if number + 1 < len(parent.children):
        following = parent.children[number + 1]
        gap = text[node.end : following.head]
        if "#" not in gap:
            return text[: node.head] + text[following.head :]
        comma = node.end + gap.index(",")
        return text[: node.head] + text[node.end : comma] + text[comma + 1 :]
    if number:
        before = parent.children[number - 1]
        gap = text[before.end : node.head]
        if "#" not in gap:
            return text[: before.end] + text[node.end :]
        comma = before.end + gap.index(",")
        return text[:comma] + text[comma + 1 : node.head] + text[node.end :]
    return text[: parent.start + 1] + text[parent.end - 1 :]
