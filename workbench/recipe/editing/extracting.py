"""Steps taken out into a recipe of their own, which one step then runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench.recipe.editing.blocks import entry_text
from workbench.recipe.editing.entries import block_end, block_start, taken_out
from workbench.recipe.editing.occurrences import document_of, occurrences, value_at
from workbench.recipe.editing.places import all_steps, document_path, taken_names
from workbench.recipe.editing.renaming import NAME
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.values import set_value, with_value
from workbench.recipe.graph import mentioned
from workbench.recipe.model import Document
from workbench.recipe.source import Path

USES = {"models": ("model",), "data": ("from", "examples"), "tools": ("tool", "tools")}


@dataclass(frozen=True, slots=True)
class Extracted:
    """The edits of the recipe, and the new file beside it."""

    edits: list[TextEdit]
    file: str
    text: str


def extract_recipe(text: str, steps: list[str], name: str) -> Extracted:
    """Take steps of the top level out into ``name.yaml``; a step ``name`` runs it in their place.

    What they mention from outside becomes inputs of the new recipe, what others mention of them its
    outputs.  Roles, data and tools they use are copied.
    """
    at = draft(text)
    document = document_of(at)
    order = [each for each in (at.data.get("steps") or {}) if each in steps]
    if document is None or not order or len(order) != len(steps):
        raise EditError("name one or more steps of the top level")
    if not NAME.match(name) or name in taken_names(at.data):
        raise EditError(f"{name} cannot be its name", hint="a new name: letters, digits and _")
    inputs = _inputs(document, order)
    outside = _outside(at, order)
    part = _part(at, document, order, name, inputs, outside)
    plain = _mentions_led(at, order, name, outside)
    first = next(iter(at.data["steps"]))
    before = _behind(list(at.data["steps"]), order)
    step: dict[str, Any] = {"recipe": f"{name}.yaml"}
    if inputs:
        step["with"] = {each: f"{{{{ {each} }}}}" for each in inputs}
    if len(order) == len(at.data["steps"]):
        plain = apply(plain, add_step(plain, name, step, before=first))
    elif before is None:
        remaining = next(each for each in at.data["steps"] if each not in order)
        plain = apply(plain, add_step(plain, name, step, before=remaining))
    else:
        plain = apply(plain, add_step(plain, name, step, after=before))
    for each in order:
        now = draft(plain)
        plain = taken_out(now, now.node(("steps", each)))
    return Extracted(at.edits(plain), f"{name}.yaml", part)


def _behind(every: list[str], order: list[str]) -> str | None:
    """The last step before the first one taken out."""
    place = every.index(order[0])
    return every[place - 1] if place else None


def _inputs(document: Document, order: list[str]) -> dict[str, Any]:
    """What the steps mention from outside, with the inputs these become."""
    roots: set[str] = set()
    for name in order:
        roots |= mentioned(document.steps[name], {}) - set(order)
    found: dict[str, Any] = {}
    for name, spec in document.inputs.items():
        if name in roots:
            found[name] = spec.model_dump(by_alias=True, exclude_unset=True, mode="json") or {
                "type": "string"
            }
    for name, step in document.steps.items():
        if name in roots:
            found[name] = {"type": "list" if step.each is not None else "object"}
    return found


def _outside(at: Draft, order: list[str]) -> list[str]:
    """The steps that others mention."""
    return [
        name
        for name in order
        if any(each.owner[:2] not in _paths(order) for each in occurrences(at, ("steps", name)))
    ]


def _paths(order: Iterable[str]) -> set[Path]:
    return {document_path(name) for name in order}


def _part(
    at: Draft, document: Document, order: list[str], name: str, inputs: dict[str, Any], outside: list[str]
) -> str:
    text = f"schema: workbench/v1\nname: {name.replace('_', '-')}\n"
    if inputs:
        text = apply(text, set_value(text, ("inputs",), inputs))
    taken = {name: at.data["steps"][name] for name in order}
    for section, keys in USES.items():
        used = {
            str(value)
            for _, step in all_steps({"steps": taken})
            for key in keys
            for value in _each(step.get(key))
        }
        there = at.data.get(section)
        for entry, value in (there if isinstance(there, dict) else {}).items():
            if entry in used or (section == "models" and len(there) == 1):
                text = apply(text, set_value(text, (section, entry), value))
    text += "\nsteps:\n" + "\n\n".join(_block(at, name) for name in order) + "\n"
    if outside:
        outputs = {each: f"{{{{ {each} }}}}" for each in outside}
        text = apply(text, set_value(text, ("outputs",), outputs))
    if draft(text).data["steps"] != taken:
        raise EditError("these steps cannot be taken out as they are written", hint="format the recipe first")
    return text


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _block(at: Draft, name: str) -> str:
    """The lines of a step with its comments, indented by two."""
    node = at.node(("steps", name))
    if at.node(("steps",)).flow or not at.leads_line(node.head):
        return "  " + entry_text(node.path, node.value, 2)
    column = at.column(node.head)
    lines = at.text[block_start(at, node) : block_end(at, node)].split("\n")
    return "\n".join(f"  {line[column:]}" if line.strip() else "" for line in lines)


def _mentions_led(at: Draft, order: list[str], name: str, outside: list[str]) -> str:
    """The plain text in which other steps mention the outputs of the new one."""
    changes: dict[Path, list[tuple[int, str]]] = {}
    for step in outside:
        for each in occurrences(at, ("steps", step)):
            if each.owner[:2] not in _paths(order) and not each.file:
                changes.setdefault(each.path, []).append((each.offset, step))
    plain = at.text
    for path, found in changes.items():
        value = value_at(at.data, path)
        for offset, step in sorted(set(found), reverse=True):
            new = name if "needs" in path[-2:] else f"{name}.outputs.{step}"
            value = value[:offset] + new + value[offset + len(step) :]
        plain = with_value(plain, path, value)
    return plain
