"""Names that a recipe may hold."""

from __future__ import annotations

import re
from collections.abc import Collection

STEP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
RECIPE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def name_problem(name: str, taken: Collection[str] = ()) -> str | None:
    """What is wrong with the name of a step, role, input or data source; None when it is right."""
    if not name.strip():
        return "it needs a name"
    if not STEP_NAME.match(name):
        return "letters, digits and _ only, a letter first"
    return f"{name} is there already" if name in taken else None


def recipe_name_problem(name: str, taken: Collection[str] = ()) -> str | None:
    """What is wrong with the name of a recipe's folder; None when it is right."""
    if not RECIPE_NAME.match(name) or len(name) > 64:
        return "small letters, digits and dashes, as my-recipe"
    return f"{name} is there already" if name in taken else None
