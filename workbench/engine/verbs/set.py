"""``set``: pure values for later steps; asks nobody."""

from __future__ import annotations

from workbench.engine.running import Work
from workbench.events import Json
from workbench.recipe.expressions import render_value


async def perform(work: Work) -> dict[str, Json]:
    """The values by their names."""
    assert work.step.set is not None
    return {name: render_value(value, work.scope.values) for name, value in work.step.set.items()}
