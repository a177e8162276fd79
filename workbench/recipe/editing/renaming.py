"""New names for steps, inputs, roles, data and tools: everything that mentions them follows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe.editing.beside import (
    Key,
    expected_step,
    key_edit,
    output_key,
    plain,
    tests_edits,
    written_edits,
)
from workbench.recipe.editing.occurrences import Occurrence, occurrences, readers_of, value_at
from workbench.recipe.editing.places import all_steps, is_named, place_of, step_path, taken_names
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.values import value_in, with_value
from workbench.recipe.rules import TAKEN
from workbench.recipe.source import Path
from workbench.recipe.tests_file import TESTS_NAME

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
SECTIONS = {"role": "models", "data": "data", "tool": "tools"}
USERS = {"models": ("model",), "data": ("from", "examples"), "tools": ("tool",)}
"""The keys of a step that name an entry of a section."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """The edits that give something a new name: of the recipe, and of files beside it, by their name."""

    edits: list[TextEdit]
    files: Mapping[str, list[TextEdit]] = field(default_factory=dict)


def rename_step(text: str, step: str, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Rename a step with all that mentions it; ``files`` are the texts of those that ``beside`` finds."""
    at = draft(text)
    path = step_path(at, step)
    if not is_named(path):
        raise EditError("a branch has no name of its own", hint="rename the step that chooses")
    siblings = value_at(at.data, path[:-1])
    inputs = at.data.get("inputs")
    must_be_free(new, [*siblings, *(inputs if len(path) == 2 and isinstance(inputs, dict) else ())])
    return renamed(at, path, new, files or {}, ("expect", expected_step(path, new)))


def rename_input(text: str, name: str, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Rename an input with all that mentions it; ``files`` as in ``rename_step``."""
    at = draft(text)
    at.node(("inputs", name))
    must_be_free(new, [*at.data["inputs"], *at.data.get("steps", ())])
    given: Key = lambda key: new if key == name else None  # noqa: E731
    return renamed(at, ("inputs", name), new, files or {}, ("inputs", given))


def rename_output(text: str, name: str, new: str, files: Mapping[str, str] | None = None) -> Renaming:
    """Rename an output, also where the tests expect something of it; ``files`` as in ``rename_step``."""
    at = draft(text)
    at.node(("outputs", name))
    must_be_free(new, at.data["outputs"], reserved=False)
    edits = at.finished(
        apply(at.text, [key_edit(at, at.node(("outputs", name)), new)]),
        _with_key(at.data, ("outputs", name), new),
    )
    return Renaming(edits, _tests(files or {}, "expect", output_key(name, new)))


def rename_entry(text: str, section: str, name: str, new: str) -> list[TextEdit]:
    """Rename a role (``models``), a data source (``data``) or a tool (``tools``) and all that uses it."""
    at = draft(text)
    at.node((section, name))
    must_be_free(new, at.data[section], reserved=False)
    places = [
        (*path, key) for path, step in all_steps(at.data) for key in USERS[section] if step.get(key) == name
    ]
    edits = [key_edit(at, at.node((section, name)), new)]
    meaning = _with_key(at.data, (section, name), new)
    plain = apply(at.text, edits)
    for place in places:
        plain = with_value(plain, place, new)
        meaning = value_in(meaning, place, new)
    return at.finished(plain, meaning)


def rename_role(text: str, name: str, new: str) -> list[TextEdit]:
    """Rename a role and every step that asks for it."""
    return rename_entry(text, "models", name, new)


def renamed(at: Draft, target: Path, new: str, files: Mapping[str, str], tests: tuple[str, Key]) -> Renaming:
    """Give what stands at ``target`` a new name, unchecked whether it is free; the keys of tests follow."""
    old = str(target[-1])
    texts = {name: plain(text) for name, text in files.items()}
    found = occurrences(at, target, texts)
    edits, meaning = renamed_in(at, [each for each in found if not each.file], old, new)
    edits.append(key_edit(at, at.node(target), new))
    finished = at.finished(apply(at.text, edits), _with_key(meaning, target, new))
    followed = {
        name: written_edits(files[name], offsets_in(at, found, name, texts[name]), old, new)
        for name in dict.fromkeys(each.file for each in found if each.file)
    }
    _must_mean_the_same(at, finished, (*target[:-1], new), found, followed, files)
    return Renaming(finished, {**followed, **_tests(files, *tests)})


def offsets_in(at: Draft, found: Iterable[Occurrence], file: str, text: str) -> set[int]:
    """Where a prompt file mentions the name; EditError when it means something else to another reader."""
    readers: dict[Path, set[int]] = {reader: set() for reader in readers_of(at, file)}
    for each in found:
        if each.file == file:
            readers[each.owner].add(each.offset + (text[each.offset : each.offset + 1] in ("'", '"')))
    first, *others = readers.values()
    if any(other != first for other in others):
        shown = ", ".join(place_of(reader) for reader in readers)
        raise EditError(f"{file} is read by {shown}, to which the name means different things")
    return first


def _must_mean_the_same(
    at: Draft,
    edits: list[TextEdit],
    target: Path,
    found: list[Occurrence],
    followed: Mapping[str, list[TextEdit]],
    files: Mapping[str, str],
) -> None:
    """EditError when something else has the new name where the old one is mentioned, or the reverse."""
    now = {name: plain(apply(text, followed.get(name, []))) for name, text in files.items()}
    after = occurrences(draft(apply(at.original, edits)), target, now)
    new = str(target[-1])
    lost = Counter(each.owner[:1] for each in found) - Counter(each.owner[:1] for each in after)
    if lost or (len(after) > len(found) and new in taken_names(at.data)):
        raise EditError(f"where it is mentioned, {new} means something else", hint="choose another name")


def _tests(files: Mapping[str, str], section: str, key: Key) -> dict[str, list[TextEdit]]:
    edits = tests_edits(files[TESTS_NAME], section, key) if TESTS_NAME in files else []
    return {TESTS_NAME: edits} if edits else {}


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
