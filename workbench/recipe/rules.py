"""What the shape of a recipe cannot say: names, files and types that must fit together."""

from __future__ import annotations

from workbench.errors import Problem
from workbench.recipe.files import Files
from workbench.recipe.identity import Used
from workbench.recipe.recipe import Recipe


def rule_problems(recipe: Recipe, files: Files, used: Used) -> list[Problem]:
    """Everything wrong with a recipe whose shape is right."""
    return []
