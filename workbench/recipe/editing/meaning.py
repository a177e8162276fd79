"""What changed between two recipes in what they mean: not lines, but steps, roles, prompts and gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from workbench.events import Json
from workbench.recipe.editing.form import kind_at
from workbench.recipe.editing.renaming import rename_entry, rename_input, rename_step
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.tree import EditError, draft, spelled
from workbench.recipe.files import StoredFiles
from workbench.recipe.short_forms import written_out
from workbench.recipe.source import Path

ALIKE = 0.75
"""How alike two steps must be for one to be the other under a new name."""
RENAMED_SECTIONS = ("steps", "inputs", "models", "data", "tools")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.  ``renamed`` and ``moved`` hold names; else the values, None where none is."""

    kind: Literal["added", "removed", "renamed", "changed", "moved"]
    path: Path
    old: Json = None
    new: Json = None


def semantic_diff(old: str, new: str) -> list[Change]:
    """What differs in meaning: comments, spacing, quotes and short forms do not count.

    A renamed step or role is one change, with all the mentions that follow it.  EditError when one of the
    texts cannot be read.
    """
    found: list[Change] = []
    for section in RENAMED_SECTIONS:
        for before, after in _renamed(old, new, section):
            try:
                old = apply(old, _rename(old, section, before, after))
            except EditError:
                continue
            found.append(Change("renamed", (section, after), before, after))
    _compare(_full(old), _full(new), (), found)
    return found


def _full(text: str) -> dict[str, Any]:
    data = draft(text).data
    if not isinstance(data, dict):
        return {}
    return written_out(data, StoredFiles({}, {}))


def _renamed(old: str, new: str, section: str) -> list[tuple[str, str]]:
    """Names that went, each with a new one whose value is alike."""
    before, after = _full(old).get(section), _full(new).get(section)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    pairs = []
    for name in gone:
        best = max(come, key=lambda other: _likeness(before[name], after[other], name, other), default=None)
        if best is not None and _likeness(before[name], after[best], name, best) >= ALIKE:
            come.remove(best)
            pairs.append((name, best))
    return pairs


def _likeness(one: Any, other: Any, name: str, other_name: str) -> float:
    left, right = spelled(one).replace(name, other_name), spelled(other)
    if left == right:
        return 1.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and len(left) > 20 else 0.0


def _rename(text: str, section: str, before: str, after: str) -> list[Any]:
    if section == "steps":
        return rename_step(text, before, after).edits
    if section == "inputs":
        return rename_input(text, before, after).edits
    return rename_entry(text, section, before, after)


def _compare(old: Any, new: Any, path: Path, found: list[Change]) -> None:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in old:
            if key not in new:
                found.append(Change("removed", (*path, key), old[key]))
        for key in new:
            if key not in old:
                found.append(Change("added", (*path, key), None, new[key]))
            else:
                _compare(old[key], new[key], (*path, key), found)
        common_old, common_new = [key for key in old if key in new], [key for key in new if key in old]
        if kind_at(path) == "names" and common_old != common_new:
            found.append(Change("moved", path, list(common_old), list(common_new)))
    elif isinstance(old, list) and isinstance(new, list) and _are_steps(old, new):
        for number in range(max(len(old), len(new))):
            _compare_items(old, new, number, path, found)
    elif spelled(old) != spelled(new):
        found.append(Change("changed", path, old, new))


def _are_steps(old: list[Any], new: list[Any]) -> bool:
    """Whether these are lists of keys with values, as branches: then each is compared for itself."""
    return all(isinstance(item, Mapping) for item in (*old, *new))


def _compare_items(old: list[Any], new: list[Any], number: int, path: Path, found: list[Change]) -> None:
    here = (*path, number)
    if number >= len(old):
        found.append(Change("added", here, None, new[number]))
    elif number >= len(new):
        found.append(Change("removed", here, old[number]))
    else:
        _compare(old[number], new[number], here, found)
