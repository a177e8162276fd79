"""Steps taken out into a recipe of their own, which one step then runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe.editing.beside import Key, expected_step, plain, tests_edits, written_edits
from workbench.recipe.editing.blocks import entry_text
from workbench.recipe.editing.entries import block_end, block_start, taken_out
from workbench.recipe.editing.occurrences import document_of, occurrences, readers_of, value_at
from workbench.recipe.editing.places import all_steps, is_named, place_of, step_path, taken_names
from workbench.recipe.editing.renaming import NAME, offsets_in
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.values import set_value, with_value
from workbench.recipe.graph import mentioned
from workbench.recipe.model import Document, Step
from workbench.recipe.source import Path
from workbench.recipe.step_texts import own_names
from workbench.recipe.tests_file import TESTS_NAME

USES = {"models": ("model",), "data": ("from", "examples"), "tools": ("tool", "tools")}


@dataclass(frozen=True, slots=True)
class Extracted:
    """The edits of the recipe, the new file beside it, and edits of files beside it by their name."""

    edits: list[TextEdit]
    file: str
    text: str
    files: Mapping[str, list[TextEdit]] = field(default_factory=dict)


def extract_recipe(
    text: str, steps: list[str], name: str, files: Mapping[str, str] | None = None
) -> Extracted:
    """Take steps that stand side by side out into ``name.yaml``; a step ``name`` runs it in their place.

    What they mention from outside becomes inputs of the new recipe, what others mention of them its
    outputs; so do prompts in files and expectations of the tests: ``files`` are the texts of those that
    ``beside`` finds.  Roles, data and tools they use are copied.  Steps of a group may be taken out of it;
    EditError when they need the item or the pass of what holds them.
    """
    files = files or {}
    texts = {file: plain(words) for file, words in files.items()}
    at = draft(text)
    document = document_of(at)
    paths = [step_path(at, each) for each in steps]
    if document is None or not paths or not all(is_named(path) for path in paths):
        raise EditError("a branch cannot be taken out alone", hint="take out the step that chooses")
    level = paths[0][:-1]
    if any(path[:-1] != level for path in paths):
        raise EditError("steps that are taken out together stand side by side")
    if not NAME.match(name) or name in taken_names(at.data):
        raise EditError(f"{name} cannot be its name", hint="a new name: letters, digits and _")
    siblings = list(value_at(at.data, level))
    order = [each for each in siblings if (*level, each) in paths]
    inputs = _inputs(document, level, order, texts)
    outside = _outside(at, level, order, texts)
    part = _part(at, level, order, name, inputs, outside)
    led = _files_led(at, level, order, name, outside, files)
    new = _mentions_led(at, level, order, name, outside)
    step: dict[str, Any] = {"recipe": f"{name}.yaml"}
    if inputs:
        step["with"] = {each: f"{{{{ {each} }}}}" for each in inputs}
    place = siblings.index(order[0])
    near = place_of((*level, siblings[place - 1] if place else siblings[0]))
    new = apply(
        new, add_step(new, name, step, after=near) if place else add_step(new, name, step, before=near)
    )
    for each in order:
        now = draft(new)
        new = taken_out(now, now.node((*level, each)))
    return Extracted(at.edits(new), f"{name}.yaml", part, led)


def _inputs(document: Document, level: Path, order: list[str], texts: Mapping[str, str]) -> dict[str, Any]:
    """What the steps mention from outside, with the inputs these become."""
    visible, own = _visible(document, level)
    roots: set[str] = set()
    for name in order:
        roots |= mentioned(visible[name], dict(texts)) - set(order)
    if own & roots:
        place, shown = place_of(level[:-1]), ", ".join(sorted(own & roots))
        raise EditError(f"they use {shown}, known only inside {place}", hint="take that out instead")
    found: dict[str, Any] = {}
    for name, spec in document.inputs.items():
        if name in roots and name not in visible:
            found[name] = spec.model_dump(by_alias=True, exclude_unset=True, mode="json") or {
                "type": "string"
            }
    for name, step in visible.items():
        if name in roots:
            found[name] = {"type": "list" if step.each is not None else "object"}
    return found


def _visible(document: Document, level: Path) -> tuple[dict[str, Step], set[str]]:
    """The steps that a step on a level can see, and the names of items and passes of what holds it."""
    steps, own, rest = dict(document.steps), set[str](), list(level[1:])
    visible = dict(steps)
    try:
        while rest:
            holder = steps[str(rest.pop(0))]
            own |= own_names(holder)
            while (key := rest.pop(0)) != "steps":
                inner = holder.else_ if key == "else" else (holder.choose or ())[int(rest.pop(0))]
                assert inner is not None
                holder = inner
            steps = dict(holder.steps or {})
            visible |= steps
    except (LookupError, AssertionError):
        raise EditError("what holds these steps cannot be read") from None
    return visible, own


def _outside(at: Draft, level: Path, order: list[str], texts: Mapping[str, str]) -> list[str]:
    """The steps that others mention, or of which the tests expect something."""
    return [
        name
        for name in order
        if any(not _among(each.owner, level, order) for each in occurrences(at, (*level, name), texts))
        or tests_edits(texts.get(TESTS_NAME, ""), "expect", expected_step((*level, name), name))
    ]


def _among(owner: Path, level: Path, order: list[str]) -> bool:
    """Whether it is one of the steps, or within one."""
    return owner[: len(level)] == level and len(owner) > len(level) and owner[len(level)] in order


def _part(
    at: Draft, level: Path, order: list[str], name: str, inputs: dict[str, Any], outside: list[str]
) -> str:
    text = f"schema: workbench/v1\nname: {name.replace('_', '-')}\n"
    if inputs:
        text = apply(text, set_value(text, ("inputs",), inputs))
    taken = {name: value_at(at.data, level)[name] for name in order}
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
    text += "\nsteps:\n" + "\n\n".join(_block(at, level, name) for name in order) + "\n"
    if outside:
        outputs = {each: f"{{{{ {each} }}}}" for each in outside}
        text = apply(text, set_value(text, ("outputs",), outputs))
    if draft(text).data["steps"] != taken:
        raise EditError("these steps cannot be taken out as they are written", hint="format the recipe first")
    return text


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _block(at: Draft, level: Path, name: str) -> str:
    """The lines of a step with its comments, indented by two."""
    node = at.node((*level, name))
    if at.node(level).flow or not at.leads_line(node.head):
        return "  " + entry_text(node.path, node.value, 2)
    column = at.column(node.head)
    lines = at.text[block_start(at, node) : block_end(at, node)].split("\n")
    return "\n".join(f"  {line[column:]}" if line.strip() else "" for line in lines)


def _mentions_led(at: Draft, level: Path, order: list[str], name: str, outside: list[str]) -> str:
    """The plain text in which other steps mention the outputs of the new one."""
    changes: dict[Path, list[tuple[int, str]]] = {}
    for step in outside:
        for each in occurrences(at, (*level, step)):
            if not _among(each.owner, level, order):
                changes.setdefault(each.path, []).append((each.offset, step))
    led = at.text
    for path, found in changes.items():
        value = value_at(at.data, path)
        for offset, step in sorted(set(found), reverse=True):
            _must_be_plain(value, offset, place_of(path))
            new = name if "needs" in path[-2:] else f"{name}.outputs.{step}"
            value = value[:offset] + new + value[offset + len(step) :]
        led = with_value(led, path, value)
    return led


def _files_led(
    at: Draft, level: Path, order: list[str], name: str, outside: list[str], files: Mapping[str, str]
) -> dict[str, list[TextEdit]]:
    """Edits of prompts in files that mention the steps, and of tests that expect something of them."""
    edits: dict[str, list[TextEdit]] = {}
    texts = {file: plain(words) for file, words in files.items()}
    moves: list[Key] = []
    for step in outside:
        new = f"{name}.outputs.{step}"
        moves.append(expected_step((*level, step), new))
        found = occurrences(at, (*level, step), texts)
        for file in dict.fromkeys(each.file for each in found if each.file):
            readers = readers_of(at, file)
            if all(_among(reader, level, order) for reader in readers):
                continue
            if any(_among(reader, level, order) for reader in readers):
                raise EditError(f"{file} is read on both sides of the new recipe, and mentions {step}")
            offsets = offsets_in(at, found, file, texts[file])
            for offset in offsets:
                _must_be_plain(texts[file], offset - 1, file)
            edits.setdefault(file, []).extend(written_edits(files[file], offsets, step, new))

    def moved(key: str) -> str | None:
        return next((led for led in (move(key) for move in moves) if led), None)

    expected = tests_edits(files[TESTS_NAME], "expect", moved) if TESTS_NAME in files else []
    return edits | ({TESTS_NAME: expected} if expected else {})


def _must_be_plain(text: str, offset: int, where: str) -> None:
    """EditError where a step is mentioned as ``group['step']``: a longer name does not fit in there."""
    if text[max(0, offset) : offset + 1] in ("'", '"'):
        raise EditError(f"{where} mentions a step in quotes", hint="write it behind a dot first")
