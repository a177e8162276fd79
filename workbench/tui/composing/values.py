"""Values typed into the form: numbers, lists and maps as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.errors import RecipeError
from workbench.recipe.editing.writing import flow_text
from workbench.recipe.source import read_text


def parse_value(text: str, *, number: bool = False) -> tuple[Any, str | None]:
    """The value that a text stands for, and what is wrong with it, for people."""
    try:
        value = read_text(text, "").data if text.strip() else ""
    except RecipeError as error:
        return None, error.problems[0].message
    if number and (isinstance(value, bool) or not isinstance(value, int | float)):
        return None, "a number is wanted"
    return value, None


def yaml_text(value: Any) -> str:
    """A value as lines to edit: one a name, or one an item."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {flow_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "\n".join(f"- {flow_text(inner)}" for inner in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
