"""Steps of a recipe by their places: those of groups, and the branches of a ``choose``."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.recipe.editing.places import BRANCH
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe


def step_of(recipe: Recipe, path: str) -> Step | None:
    """The step at ``group/inner``, ``pick/choose[0]`` or ``pick/else``; None where there is none."""
    steps: Mapping[str, Step] = recipe.document.steps
    step: Step | None = None
    for name in path.split("/"):
        branch = branch_of(step, name) if step is not None and step.choose is not None else None
        step = branch if branch is not None else steps.get(name)
        if step is None:
            return None
        steps = step.steps or {}
    return step


def branch_of(step: Step, name: str) -> Step | None:
    """The branch of a ``choose`` that is called ``choose[0]`` or ``else``; it asks its step's role."""
    number = BRANCH.match(name)
    found: Step | None = step.else_ if name == "else" else None
    if number is not None and step.choose is not None and int(number.group(1)) < len(step.choose):
        found = step.choose[int(number.group(1))]
    if found is None or found.model or not step.model:
        return found
    return found.model_copy(update={"model": step.model})
