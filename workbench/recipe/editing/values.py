"""Values in a recipe's text by their path: read, set, taken out."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from workbench.events import Json
from workbench.recipe.editing.entries import inserted, replaced, taken_out
from workbench.recipe.editing.form import in_order, key_order, kind_at
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import Draft, EditError, Node, draft, spelled
from workbench.recipe.editing.writing import OneLine
from workbench.recipe.source import Path


class Missing(Enum):
    """Stands for a value that is not there: ``null`` is one that is."""

    MISSING = "missing"


MISSING = Missing.MISSING
SHORT = {"inputs": "type", "tools": "python", "models": "candidates"}
"""What a text in place of an entry's keys means."""


def get_value(text: str, path: Path) -> Json | Missing:
    """The value at ``path``, as it is written (short forms stay short); MISSING when there is none."""
    value: Any = draft(text).data
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return deepcopy(value)


def set_value(text: str, path: Path, value: Json) -> list[TextEdit]:
    """The edits that give ``path`` a value: only what differs is touched.

    A key that is not there is added at its canonical place, with all that is missing above it; a list
    grows by setting the index behind its last item.  EditError when the place cannot be.
    """
    at = draft(text)
    meaning = value_in(at.data, path, value)
    try:
        return at.finished(with_value(at.text, path, value), meaning)
    except EditError:
        if not isinstance(value, str) or "\n" not in value:
            raise
        # As a block it would swallow what stands behind it: a comment, or the end of the file.
        return at.finished(with_value(at.text, path, OneLine(value)), meaning)


def remove(text: str, path: Path) -> list[TextEdit]:
    """The edits that take out what is at ``path``, with its own comments; an emptied section goes too."""
    at = draft(text)
    at.node(path)
    path = _emptied(at, path)
    meaning = deepcopy(at.data)
    holder = _holder(meaning, path)
    del holder[path[-1]]
    if not holder and len(path) > 1:
        return at.finished(replaced(at, at.node(path[:-1]), {}), meaning)
    return at.finished(taken_out(at, at.node(path)), meaning)


def edited(text: str, change: Callable[[str], str], meaning: Json) -> list[TextEdit]:
    """The edits that ``change``, which works on the plain text, makes; EditError when they mean otherwise."""
    at = draft(text)
    return at.finished(change(at.text), meaning)


def with_value(text: str, path: Path, value: Any) -> str:
    """The plain text with a value at ``path``; unchecked."""
    if not path:
        raise EditError("a whole recipe is not a value that can be set")
    at = draft(text)
    if at.data is not None:
        at.root  # noqa: B018 - says what is wrong with a file that holds no keys
    depth = len(path)
    while depth and path[:depth] not in at.nodes:
        depth -= 1
    if depth == len(path):
        return _changed(at, at.node(path), value)
    holder = at.nodes.get(path[:depth])
    if holder is None:
        return _first_section(at, path, value)
    nested = value
    for part in reversed(path[depth + 1 :]):
        nested = [nested] if part == 0 and isinstance(part, int) else {part: nested}
    return _added(at, holder, path[depth], nested)


def value_in(data: Any, path: Path, value: Any, above: Path = ()) -> Any:
    """The data, which stand at the path ``above``, with a value at ``path``."""
    if not path:
        return deepcopy(value)
    first, rest, here = path[0], path[1:], (*above, path[0])
    if isinstance(first, int):
        items = list(data) if isinstance(data, list) else [] if data is None else [data]
        if first > len(items):
            raise EditError(f"there is no item {first}; the list has {len(items)}")
        inner = items[first] if first < len(items) else None
        return [*items[:first], value_in(inner, rest, value, here), *items[first + 1 :]]
    written = long_form(above, data)
    known = written if isinstance(written, dict) else {}
    return {**known, first: value_in(known.get(first), rest, value, here)}


def long_form(path: Path, value: Any) -> Any:
    """An entry with its short form written out, when it has one: a role that is a text, say."""
    if len(path) != 2 or isinstance(value, dict) or value is None:
        return value
    if path[0] == "data" and isinstance(value, str):
        return {"file" if "." in value.rsplit("/", 1)[-1] else "folder": value}
    if path[0] == "models" and isinstance(value, str):
        return {"candidates": [value]}
    return {SHORT[str(path[0])]: value} if path[0] in SHORT else value


def _changed(at: Draft, node: Node, value: Any) -> str:
    """The text with a new value at a node: collections are changed entry by entry."""
    if spelled(node.value) == spelled(value):
        return at.text
    if isinstance(value, dict) and node.kind == "mapping" and node.children and value:
        return _changed_mapping(at, node, value)
    if isinstance(value, list) and node.kind == "sequence" and node.children and value:
        return _changed_sequence(at, node, value)
    return replaced(at, node, value)


def _changed_mapping(at: Draft, node: Node, value: dict[str, Any]) -> str:
    text = at.text
    kept = [key for key in node.value if key in value]
    if not kept:
        return replaced(at, node, value)
    for key in node.value:
        if key not in value:
            text = taken_out(draft(text), draft(text).node((*node.path, key)))
    for key in kept:
        text = _changed(draft(text), draft(text).node((*node.path, key)), value[key])
    for key in in_order(kind_at(node.path), value):
        if key not in node.value:
            text = _added(draft(text), draft(text).node(node.path), key, value[key])
    return text


def _changed_sequence(at: Draft, node: Node, value: list[Any]) -> str:
    text, path = at.text, node.path
    old, new = [spelled(item) for item in node.value], [spelled(item) for item in value]
    moves = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if not any(move[0] == "equal" for move in moves) and len(old) != len(new):
        return replaced(at, node, value)
    # From the end on, so that the places before stay as they are.
    for _, a, b, c, d in reversed([move for move in moves if move[0] != "equal"]):
        common = min(b - a, d - c)
        for number in reversed(range(a + common, b)):
            text = taken_out(draft(text), draft(text).node((*path, number)))
        for number in reversed(range(c + common, d)):
            now = draft(text)
            before = a + common - 1
            after = now.nodes[(*path, before)] if before >= 0 else None
            text = inserted(now, now.node(path), before + 1, value[number], after)
        for offset in reversed(range(common)):
            now = draft(text)
            text = _changed(now, now.node((*path, a + offset)), value[c + offset])
    return text


def _added(at: Draft, holder: Node, key: str | int, value: Any) -> str:
    """The text with an entry that was not there."""
    if holder.kind == "scalar":
        written = long_form(holder.path, holder.value)
        if isinstance(key, int) and not isinstance(written, dict):
            whole = [value] if holder.value is None else [holder.value, value][-key - 1 or None :]
            return replaced(at, holder, whole)
        return replaced(at, holder, {**(written if isinstance(written, dict) else {}), key: value})
    if holder.kind == "sequence" and isinstance(key, str):
        written = long_form(holder.path, holder.value)
        if not isinstance(written, dict):
            raise EditError(f"{_shown(holder.path)} is a list; it has no {key}")
        return replaced(at, holder, {**written, key: value})
    if holder.kind == "mapping" and isinstance(key, int):
        raise EditError(f"{_shown(holder.path)} has keys, no item {key}")
    return inserted(at, holder, key, value, _before(holder, key))


def _before(holder: Node, key: str | int) -> Node | None:
    """The entry behind which a new one stands, by the canonical order of keys."""
    if not holder.children:
        return None
    kind = kind_at(holder.path)
    if isinstance(key, int) or key not in key_order(kind):
        return holder.children[-1]
    before = set(in_order(kind, [*holder.value, key])[: in_order(kind, [*holder.value, key]).index(key)])
    found = [child for child in holder.children if child.path[-1] in before]
    return found[-1] if found else None


def _first_section(at: Draft, path: Path, value: Any) -> str:
    from workbench.recipe.editing.blocks import entry_text

    nested = value
    for part in reversed(path[1:]):
        nested = {part: nested}
    text = at.text if not at.text or at.text.endswith("\n") else at.text + "\n"
    return text + entry_text(path[:1], nested, 0) + "\n"


def _emptied(at: Draft, path: Path) -> Path:
    """The path to take out so that no empty section stays: names keep their entry."""
    while len(path) > 1 and len(at.node(path[:-1]).children) == 1 and not _is_entry(path[:-1]):
        path = path[:-1]
    return path


def _is_entry(path: Path) -> bool:
    """Whether this is a step, an input, a role …: it stays when nothing is left in it."""
    return kind_at(path) in ("step", "input", "data", "role", "tool")


def _holder(data: Any, path: Path) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


def _shown(path: Path) -> str:
    return ".".join(map(str, path))
