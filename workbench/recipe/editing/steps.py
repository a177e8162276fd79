"""Gestures on whole steps: add, duplicate, delete, move; and who depends on one."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from workbench.events import Json
from workbench.recipe.editing.beside import expected_step, plain, tests_edits
from workbench.recipe.editing.entries import block_end, block_start, inserted, placed, taken_out
from workbench.recipe.editing.occurrences import Occurrence, occurrences, value_at
from workbench.recipe.editing.places import free_name, is_named, place_of, step_path, taken_names
from workbench.recipe.editing.renaming import renamed_in
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import Draft, EditError, Node, draft
from workbench.recipe.editing.values import remove, set_value, value_in
from workbench.recipe.source import Path
from workbench.recipe.tests_file import TESTS_NAME


def add_step(
    text: str,
    name: str,
    step: Mapping[str, Json],
    *,
    before: str | None = None,
    after: str | None = None,
    inside: str | None = None,
) -> list[TextEdit]:
    """The edits that add a step: before or after another one, as the last inside a group, or as the last."""
    at = draft(text)
    level, behind = _target(at, before, after, inside)
    if name in taken_names(at.data):
        raise EditError(f"the name {name} is taken", hint=f"{free_name(at.data, name)} is free")
    parent = at.nodes.get(level)
    if parent is None or parent.kind != "mapping" or not parent.children:
        return set_value(text, level, {name: dict(step)})
    new = inserted(at, parent, name, dict(step), behind)
    return at.finished(new, value_in(at.data, (*level, name), dict(step)))


def delete_step(text: str, step: str) -> list[TextEdit]:
    """The edits that take out a step with its own comments.  ``dependants`` says who misses it then."""
    at = draft(text)
    path = step_path(at, step)
    siblings = value_at(at.data, path[:-1])
    if path[-1] != "else" and len(siblings) == 1 and len(path) > 2:
        raise EditError(f"{step} is the only one in its place", hint="delete what holds it")
    return remove(text, path)


def duplicate_step(text: str, step: str, name: str = "") -> list[TextEdit]:
    """The edits that put a copy of a step behind it; what it says of its own result speaks of the copy."""
    at = draft(text)
    path = step_path(at, step)
    _must_be_named(path)
    old = str(path[-1])
    new = name or free_name(at.data, old)
    if new in taken_names(at.data):
        raise EditError(f"the name {new} is taken", hint=f"{free_name(at.data, new)} is free")
    own = [each for each in occurrences(at, path) if _within(each, path)]
    edits, data = renamed_in(at, own, old, new)
    copy = value_at(data, path)
    parent, node = at.node(path[:-1]), at.node(path)
    if parent.flow or not at.leads_line(node.head):
        made = inserted(at, parent, new, copy, node)
    else:
        start, end = at.line_start(node.head), block_end(at, node)
        assert node.key is not None
        edits.append(TextEdit(node.key[0], node.key[1], new))
        shifted = [TextEdit(e.start - start, e.end - start, e.text) for e in edits]
        block = apply(at.text[start:end], shifted)
        column = at.column(node.head)
        made = placed(at, parent, block[column:], column, node)
    return at.finished(made, value_in(at.data, (*path[:-1], new), copy))


def move_step(
    text: str, step: str, *, before: str | None = None, after: str | None = None, inside: str | None = None
) -> list[TextEdit]:
    """The edits that move a step, with its comments, before or after another one or into a group."""
    at = draft(text)
    path = step_path(at, step)
    _must_be_named(path)
    level, behind = _target(at, before, after, inside)
    if level[: len(path)] == path or (before or after) == step:
        raise EditError(f"{step} cannot be moved into itself")
    name = str(path[-1])
    same_level = level == path[:-1]
    siblings = value_at(at.data, path[:-1])
    if not same_level and len(siblings) == 1:
        raise EditError(f"{step} is the only step of its group", hint="delete the group, or add another step")
    if not same_level and name in (value_at(at.data, level) or ()):
        raise EditError(f"the name {name} is taken there")
    meaning = _moved(at.data, path, level)
    if behind is not None and behind.path == path:
        # Before the one that follows it: it stands there already.
        return []
    return at.finished(_moved_text(at, path, level, behind), meaning)


def dependants(text: str, step: str, files: Mapping[str, str] | None = None) -> list[str]:
    """Who mentions a step: places of other steps, and outputs as ``outputs.reply``, in the order written.

    With ``files``, as ``beside`` finds them, also who does so in a prompt file, and the tests.
    """
    at = draft(text)
    path = step_path(at, step)
    files = files or {}
    found: dict[str, None] = {}
    for each in occurrences(at, path, {name: plain(words) for name, words in files.items()}):
        if not _within(each, path):
            owner = each.owner
            shown = place_of(owner) if owner[0] == "steps" else ".".join(map(str, owner))
            found[f"{shown} ({each.file})" if each.file else shown] = None
    if is_named(path) and tests_edits(files.get(TESTS_NAME, ""), "expect", expected_step(path, "x")):
        found[TESTS_NAME] = None
    return list(found)


def _within(each: Occurrence, path: Path) -> bool:
    return each.owner[: len(path)] == path


def _must_be_named(path: Path) -> None:
    if not is_named(path):
        raise EditError("this works for steps with a name, not for branches")


def _target(at: Draft, before: str | None, after: str | None, inside: str | None) -> tuple[Path, Node | None]:
    """The level of a new place, and the step that it stands behind (None: it is the first)."""
    if inside is not None:
        group = (*step_path(at, inside), "steps")
        node = at.nodes.get(group)
        if node is None:
            raise EditError(f"{inside} is no group", hint="steps go before or after it")
        return group, node.children[-1] if node.children else None
    near = before if before is not None else after
    if near is None:
        steps = at.nodes.get(("steps",))
        return ("steps",), steps.children[-1] if steps is not None and steps.children else None
    path = step_path(at, near)
    _must_be_named(path)
    level = path[:-1]
    siblings = at.node(level).children
    number = next(place for place, child in enumerate(siblings) if child.path == path)
    if before is not None:
        return level, siblings[number - 1] if number else None
    return level, siblings[number]


def _moved(data: Any, path: Path, level: Path) -> Any:
    step = value_at(data, path)
    without = deepcopy(data)
    del value_at(without, path[:-1])[path[-1]]
    return value_in(without, (*level, path[-1]), step)


def _moved_text(at: Draft, path: Path, level: Path, behind: Node | None) -> str:
    node = at.node(path)
    old_parent = at.node(path[:-1])
    as_lines = at.leads_line(node.head) and not old_parent.flow and not at.node(level).flow
    start, end, column = block_start(at, node), block_end(at, node), at.column(node.head)
    block = at.text[start:end]
    rest = draft(taken_out(at, node)) if len(old_parent.children) > 1 else at
    parent = rest.node(level)
    after = rest.node(behind.path) if behind is not None else None
    if not as_lines or not parent.children:
        return inserted(rest, parent, path[-1], node.value, after)
    indent = rest.column(parent.children[0].head)
    lines = [_shifted(line, indent - column) for line in block.split("\n")]
    return placed(rest, parent, "\n".join(lines)[indent:], indent, after)


def _shifted(line: str, by: int) -> str:
    if not line.strip(" "):
        return line
    if by >= 0:
        return " " * by + line
    return line[-by:] if not line[:-by].strip(" ") else line.lstrip(" ")
