"""New names for steps, inputs, roles, data and tools: everything that mentions them follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.recipe.editing.occurrences import Occurrence, occurrences, value_at
from workbench.recipe.editing.places import all_steps, is_named, step_path
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.values import value_in, with_value
from workbench.recipe.editing.writing import key_text
from workbench.recipe.rules import TAKEN
from workbench.recipe.source import Path, position

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
SECTIONS = {"role": "models", "data": "data", "tool": "tools"}
USERS = {"models": ("model",), "data": ("from", "examples"), "tools": ("tool",)}
"""The keys of a step that name an entry of a section."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A mention in another file, which the edits do not touch; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Renaming:
    """The edits that give something a new name, and mentions in other files that stay as they are."""

    edits: list[TextEdit]
    elsewhere: tuple[Elsewhere, ...] = ()


def rename_step(text: str, step: str, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Rename a step with all that mentions it; ``files`` are the texts of prompt files, by name."""
    at = draft(text)
    path = step_path(at, step)
    if not is_named(path):
        raise EditError("a branch has no name of its own", hint="rename the step that chooses")
    siblings = value_at(at.data, path[:-1])
    inputs = at.data.get("inputs")
    must_be_free(new, [*siblings, *(inputs if len(path) == 2 and isinstance(inputs, dict) else ())])
    return renamed(at, path, new, files)


def rename_input(text: str, name: str, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Rename an input with all that mentions it."""
    at = draft(text)
    at.node(("inputs", name))
    must_be_free(new, [*at.data["inputs"], *at.data.get("steps", ())])
    return renamed(at, ("inputs", name), new, files)


def rename_entry(text: str, section: str, name: str, new: str) -> list[TextEdit]:
    """Rename a role (``models``), a data source (``data``) or a tool (``tools``) and all that uses it."""
    at = draft(text)
    at.node((section, name))
    must_be_free(new, at.data[section], reserved=False)
    places = [
        (*path, key) for path, step in all_steps(at.data) for key in USERS[section] if step.get(key) == name
    ]
    edits = [_key_edit(at, (section, name), new)]
    meaning = _with_key(at.data, (section, name), new)
    plain = apply(at.text, edits)
    for place in places:
        plain = with_value(plain, place, new)
        meaning = value_in(meaning, place, new)
    return at.finished(plain, meaning)


def rename_role(text: str, name: str, new: str) -> list[TextEdit]:
    """Rename a role and every step that asks for it."""
    return rename_entry(text, "models", name, new)


def renamed(at: Draft, target: Path, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Give what stands at ``target`` a new name, unchecked whether it is free."""
    old = str(target[-1])
    found = occurrences(at, target, files)
    inside = [each for each in found if not each.file]
    edits, meaning = renamed_in(at, inside, old, new)
    edits.append(_key_edit(at, target, new))
    meaning = _with_key(meaning, target, new)
    finished = at.finished(apply(at.text, edits), meaning)
    outside = (each for each in found if each.file)
    elsewhere = (Elsewhere(each.file, *position(each.text, each.offset)) for each in outside)
    return Renaming(finished, tuple(elsewhere))


def renamed_in(at: Draft, found: Iterable[Occurrence], old: str, new: str) -> tuple[list[TextEdit], Any]:
    """Edits of the plain text at each occurrence, and what the data are then."""
    edits: list[TextEdit] = []
    by_text: dict[Path, set[int]] = {}
    for each in found:
        value = value_at(at.data, each.path)
        offset = each.offset + (value[each.offset : each.offset + 1] in ("'", '"'))
        if isinstance(value, str) and value.startswith(old, offset):
            by_text.setdefault(each.path, set()).add(offset)
    meaning = at.data
    for path, offsets in by_text.items():
        value = value_at(at.data, path)
        for offset in sorted(offsets, reverse=True):
            value = value[:offset] + new + value[offset + len(old) :]
            start = at.source.inside(path, offset).start
            if not at.text.startswith(old, start):
                shown = ".".join(map(str, path))
                raise EditError(f"{old} cannot be renamed within {shown}", hint="rename it there by hand")
            edits.append(TextEdit(start, start + len(old), new))
        meaning = value_in(meaning, path, value)
    return edits, meaning


def _key_edit(at: Draft, path: Path, new: str) -> TextEdit:
    key = at.node(path).key
    assert key is not None
    written = at.text[key[0] : key[1]]
    quote = written[:1] if written[:1] in ("'", '"') else ""
    return TextEdit(*key, f"{quote}{new}{quote}" if quote else key_text(new))


def _with_key(data: Any, path: Path, new: str) -> Any:
    if len(path) == 1:
        return {new if key == path[0] else key: value for key, value in data.items()}
    first, *rest = path
    if isinstance(first, int):
        return [
            _with_key(item, tuple(rest), new) if number == first else item for number, item in enumerate(data)
        ]
    return {**data, first: _with_key(data[first], tuple(rest), new)}


def must_be_free(new: str, taken: Iterable[str], *, reserved: bool = True) -> None:
    """EditError when ``new`` cannot be a name or is taken; ``reserved`` names mean something elsewhere."""
    if not NAME.match(new):
        raise EditError(f"{new!r} cannot be a name", hint="letters, digits and _, beginning with a letter")
    if new in taken:
        raise EditError(f"the name {new} is taken")
    if reserved and new in TAKEN:
        raise EditError(f"{new} cannot be a name: it means something in expressions")
