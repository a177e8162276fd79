"""Entries of a recipe written out as lines, in the canonical form."""

from __future__ import annotations

from typing import Any

from workbench.recipe.editing.form import in_order, kind_at, on_one_line
from workbench.recipe.editing.writing import (
    block_is_safe,
    block_text,
    flow_text,
    key_text,
    scalar_text,
)
from workbench.recipe.source import Path

STEP = 2
"""How far each level is indented."""


def entry_text(path: Path, value: Any, indent: int, *, step: int = STEP) -> str:
    """``key: value`` for the value at ``path``, its first line without indentation, no line break behind."""
    key = key_text(str(path[-1]))
    return f"{key}:{value_text(path, value, indent, len(key) + 1, step=step)}"


def item_text(path: Path, value: Any, indent: int, *, step: int = STEP) -> str:
    """``- value`` for the list item at ``path``."""
    if isinstance(value, dict) and value and not on_one_line(path, value, indent + 2):
        lines = [
            entry_text((*path, key), value[key], indent + 2, step=step)
            for key in in_order(kind_at(path), value)
        ]
        return "- " + f"\n{' ' * (indent + 2)}".join(lines)
    return f"-{value_text(path, value, indent, 1, step=step)}"


def value_text(path: Path, value: Any, indent: int, taken: int, *, step: int = STEP) -> str:
    """What stands behind the colon (or the dash) of an entry at ``indent``; begins with a blank or a line."""
    if isinstance(value, dict | list):
        if on_one_line(path, value, indent + taken + 1):
            return f" {flow_text(value)}"
        pad = "\n" + " " * (indent + step)
        return pad + pad.join(inner_lines(path, value, indent + step, step=step))
    if isinstance(value, str) and block_is_safe(value):
        return f" {block_text(value, indent + step)}"
    return f" {scalar_text(value)}"


def inner_lines(path: Path, value: Any, indent: int, *, step: int = STEP) -> list[str]:
    """The entries of a collection at ``indent``, each possibly of several lines."""
    if isinstance(value, dict):
        return [
            entry_text((*path, key), value[key], indent, step=step) for key in in_order(kind_at(path), value)
        ]
    return [item_text((*path, number), item, indent, step=step) for number, item in enumerate(value)]
