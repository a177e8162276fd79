"""What is to be different when a past run runs again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.events import Json
from workbench.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Change:
    """Changes to a past run: ``models`` by role, ``edits`` by dotted path.  The rest stays as it was."""

    recipe: Recipe | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)
    budget_usd: float | None = None
