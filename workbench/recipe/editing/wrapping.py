"""Gestures that change how a step is done: for each item, until good, as one of several ways, not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from workbench.events import Json
from workbench.recipe.editing.entries import block_end, block_start, has_comments, replaced
from workbench.recipe.editing.places import step_path, taken_names
from workbench.recipe.editing.renaming import must_be_free
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import Draft, EditError, Node, draft
from workbench.recipe.editing.values import get_value, remove, set_value, value_in
from workbench.recipe.editing.writing import scalar_text
from workbench.recipe.expressions import compile_problem
from workbench.recipe.source import Path
from workbench.recipe.step_rules import NOT_IN_BRANCH
from workbench.recipe.step_texts import StepText
from workbench.recipe.tokens import ExpressionSyntaxError

OFF = "false and ("
STAYS = ("about", *NOT_IN_BRANCH)
"""Keys that stay on a step whose work becomes a branch."""
BRANCH_INDENT = 4


def wrap_step(
    text: str,
    step: str,
    how: Literal["each", "repeat", "choose"],
    *,
    over: str | None = None,
    name: str | None = None,
    until: str | None = None,
    at_most: int | None = None,
    when: str | None = None,
) -> list[TextEdit]:
    """The edits that have a step done otherwise.

    ``each``: once for every item of ``over`` (an expression; else an empty list), called ``name`` (``item``);
    ``repeat``: until ``until`` holds (else until its gates pass), ``at_most`` times (3); ``choose``: as the
    first branch of several, taken ``when`` this holds (else always).  EditError when an expression cannot be
    read or the name is taken.
    """
    at = draft(text)
    path = step_path(at, step)
    data = at.node(path).value
    if how in data:
        raise EditError(f"{step} has {how} already")
    if path[-1] == "else" or isinstance(path[-1], int):
        raise EditError(f"{how} does not work in a branch", hint="wrap the step that chooses, or a group")
    if how == "choose":
        return _chosen(at, path, _expression(when, "the condition") or "true")
    if how == "each":
        changes: dict[str, Json] = {"each": _expression(over, "the list") or "[]"}
        if name:
            must_be_free(name, taken_names(at.data))
            changes["as"] = name
    else:
        changes = {"repeat": _repeat(_expression(until, "the condition"), at_most)}
    return set_value(text, path, {**data, **changes})


def _repeat(until: str | None, at_most: int | None) -> dict[str, Json]:
    if at_most is not None and at_most < 1:
        raise EditError("at_most counts passes: 1 or more")
    return {**({} if until is None else {"until": until}), "at_most": at_most or 3}


def _expression(written: str | None, what: str) -> str | None:
    """An expression as it goes into the recipe; EditError when it cannot be read."""
    bare = _bare(written or "")
    if not bare:
        return None
    text = StepText(("each",), "expression", bare)
    try:
        read = text.read()
    except ExpressionSyntaxError as error:
        raise EditError(f"{what} cannot be read: {error}", hint=error.suggestion) from None
    problem = compile_problem(read) if read is not None else None
    if problem is not None:
        raise EditError(f"{what} cannot be read: {problem.bare}")
    return bare


def is_off(step: Any) -> bool:
    """Whether a step was switched off."""
    condition = step.get("if", step.get("when")) if isinstance(step, Mapping) else None
    return condition is False or (isinstance(condition, str) and _condition_before(condition) is not None)


def switch_off(text: str, step: str) -> list[TextEdit]:
    """The edits that switch a step off: its ``if`` is false, what it was stands behind.

    Whoever mentions it sees a skipped step, as with any other condition that does not hold.
    """
    at = draft(text)
    path = step_path(at, step)
    data = at.node(path).value
    if is_off(data):
        return []
    if path[-1] == "else":
        raise EditError("else has no condition", hint="delete it, or switch off the step that chooses")
    key = "when" if isinstance(path[-1], int) else "if"
    old = data.get(key)
    return set_value(text, (*path, key), False if old is None else f"{OFF}{_bare(str(old))})")


def switch_on(text: str, step: str) -> list[TextEdit]:
    """The edits that switch a step on again: its condition is what it was."""
    at = draft(text)
    path = step_path(at, step)
    data = at.node(path).value
    if not is_off(data):
        return []
    key = "when" if isinstance(path[-1], int) else "if"
    condition = data[key]
    before = None if condition is False else _condition_before(str(condition))
    if before is None or before == "":
        return remove(text, (*path, key)) if key == "if" else set_value(text, (*path, key), "true")
    return set_value(text, (*path, key), before)


def _condition_before(condition: str) -> str | None:
    """What the condition was before it was switched off; None when it was not."""
    plain = _bare(condition)
    if plain == "false":
        return ""
    return plain[len(OFF) : -1] if plain.startswith(OFF) and plain.endswith(")") else None


def _bare(condition: str) -> str:
    """A condition without the braces that may stand around it."""
    plain = condition.strip()
    if plain.startswith("{{") and plain.endswith("}}") and "{{" not in plain[2:]:
        return plain[2:-2].strip("-+").strip()
    return plain


def _chosen(at: Draft, path: Path, when: str) -> list[TextEdit]:
    node = at.node(path)
    data: dict[str, Any] = node.value
    moved = {key: value for key, value in data.items() if key not in STAYS}
    if not moved:
        raise EditError("there is nothing in this step that could be chosen")
    whole = {key: value for key, value in data.items() if key in STAYS}
    whole["choose"] = [{"when": when, **moved}]
    meaning = value_in(at.data, path, whole)
    if node.flow or not at.leads_line(node.children[0].head):
        if has_comments(at, node):
            raise EditError("this step has comments within its brackets", hint="write it in lines first")
        return at.finished(replaced(at, node, whole), meaning)
    return at.finished(_chosen_text(at, node, when), meaning)


def _chosen_text(at: Draft, node: Node, when: str) -> str:
    """The step's lines, those that are chosen moved into a branch."""
    column = at.column(node.children[0].head)
    staying: list[str] = []
    moving: list[str] = []
    start = block_start(at, node.children[0])
    end = block_end(at, node.children[-1])
    for child in node.children:
        lines = at.text[block_start(at, child) : block_end(at, child)].split("\n")
        if child.path[-1] in STAYS:
            staying += lines
        else:
            moving += [f"{' ' * BRANCH_INDENT}{line}" if line.strip(" ") else line for line in lines]
    head = f"{' ' * column}choose:"
    branch = f"{' ' * (column + 2)}- when: {scalar_text(when)}"
    return at.text[:start] + "\n".join([*staying, head, branch, *moving]) + at.text[end:]


def condition_of(text: str, step: str) -> Json:
    """The condition of a step as it would be when switched on; None when it has none."""
    path = step_path(draft(text), step)
    value = get_value(text, (*path, "if"))
    return _condition_before(value) or value if isinstance(value, str) else None
