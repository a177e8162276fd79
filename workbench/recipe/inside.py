"""What a recipe that runs as a step of another takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.recipe.model import Input


@dataclass(frozen=True, slots=True)
class Inside:
    """The declared inputs of such a recipe, and its outputs as they are written."""

    inputs: Mapping[str, Input]
    outputs: Mapping[str, Any]
