"""What a run of the draft would cost and take: from the plan, spending nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.recipe.model import Input
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench
from workbench.study.change import Change
from workbench.study.plan import plan_live
from workbench.study.plan_budgets import longest
from workbench.tui import presentation as show

EXAMPLES: Mapping[str, Json] = {
    "string": "an example of a text", "number": 1.0, "integer": 1, "boolean": True, "list": [], "object": {},
}  # fmt: skip
"""What stands for an input of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Nano-dollars at least and at most (None: unknown), and seconds (None: unknown)."""

    low: int
    high: int | None
    seconds: float | None

    @property
    def text(self) -> str:
        """``$0.002–0.01 · 3.1 s``."""
        return " · ".join(part for part in (self.cost, self._time()) if part)

    @property
    def cost(self) -> str:
        """``free``, ``$0.01``, ``$0.002–0.01``, or at least so much."""
        if self.high is None:
            return show.cost(self.low, known=False)
        if not self.high:
            return "free"
        return (
            show.cost(self.high) if self.low == self.high else f"{show.cost(self.low)}–{show.cost(self.high)}"
        )

    def _time(self) -> str:
        return f"≈ {show.seconds(self.seconds)}" if self.seconds is not None else ""


def filled(recipe: Recipe, known: Mapping[str, Json]) -> dict[str, Json]:
    """Inputs for a plan: those known, defaults, else an example of the type."""
    return {name: _value(each, known.get(name)) for name, each in recipe.document.inputs.items()}


def _value(each: Input, known: Json) -> Any:
    if known is not None:
        return known
    if not each.required:
        return each.default
    return each.choices[0] if each.choices else EXAMPLES[each.type]


async def estimate(bench: Bench, recipe: Recipe, known: Mapping[str, Json]) -> Estimate | None:
    """What a run should cost and take; None where that cannot be worked out."""
    try:
        plan = await plan_live(bench, recipe, filled(recipe, known), Change())
    except WorkbenchError:
        return None
    low, high = plan.cost
    timed = any(step.time is not None for step in plan.steps)
    return Estimate(low, high, longest(plan.steps, recipe)[0] if timed else None)
