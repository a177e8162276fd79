"""``recipe``: another recipe, run as one step; its steps are a group that sees its inputs."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.errors import CallError, RecipeError
from workbench.events import Json
from workbench.recipe.expressions import render_value
from workbench.recipe.inputs import read_declared
from workbench.recipe.model import Step


def inputs_within(step: Step, names: Mapping[str, Json]) -> dict[str, Json]:
    """The inputs of the recipe that a step runs, out of its ``with:``; none for a group."""
    if step.inside is None:
        return {}
    given = {name: render_value(value, names) for name, value in step.with_.items()}
    try:
        return read_declared(step.inside.inputs, given, str(step.recipe))
    except RecipeError as error:
        raise CallError("bad_request", str(error), sent=False) from None
