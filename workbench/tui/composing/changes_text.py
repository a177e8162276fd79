"""What changed between two texts of a recipe: by meaning first, then line by line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from typing import Any

from workbench.errors import WorkbenchError
from workbench.recipe.editing.meaning import Change, semantic_diff
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink

SIGNS = {
    "added": ("+", "add"),
    "removed": ("−", "bad"),
    "changed": ("~", "warn"),
    "renamed": ("→", "accent"),
    "moved": ("↕", "accent"),
}


def diff_lines(old: str, new: str) -> list[Line]:
    """The lines that differ, with a few around them."""
    found: list[Line] = []
    lines = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    for line in list(lines)[2:]:
        name = {"+": "add", "-": "bad", "@": "dim"}.get(line[:1], "")
        found.append(ink((line, name)))
    return found


def meaning_lines(old: str, new: str) -> list[Line]:
    """What changed in the recipe itself; nothing where only its writing did."""
    try:
        changes = semantic_diff(old, new)
    except WorkbenchError as error:
        return [ink((f"its meaning cannot be compared: {error.message}", "warn"))]
    return [_line(change) for change in changes]


def _line(change: Change) -> Line:
    sign, name = SIGNS.get(change.kind, ("~", "warn"))
    path = ".".join(str(part) for part in change.path)
    if change.kind in ("changed", "renamed"):
        old, new = (_short(change.old), "drop"), (_short(change.new), "add")
        return ink((f"{sign} ", name), (path, "bold"), "  ", old, (" → ", "dim"), new)
    value = change.old if change.kind == "removed" else change.new
    return ink((f"{sign} ", name), (path, "bold"), (f"  {_short(value)}", "dim"))


def _short(value: Any) -> str:
    return show.one_line(value, 60)


def all_lines(old: str, new: str) -> Sequence[Line]:
    """Both, one after the other."""
    if old == new:
        return [ink(("Nothing is different.", "dim"))]
    meaning = meaning_lines(old, new) or [ink(("The same recipe, written otherwise.", "dim"))]
    return [*meaning, (), ink(("line by line", "dim")), *diff_lines(old, new)]
