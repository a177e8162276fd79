"""The budget of a run, from what the recipe, the command and the settings say, and what is spent of it."""

from __future__ import annotations

from dataclasses import replace

from workbench.guard.budget import Budget
from workbench.guard.limits import Amounts, Limits
from workbench.ledger.reader import Reader
from workbench.recipe import model
from workbench.recipe.recipe import Recipe
from workbench.usage import NANO


def budget_of(recipe: Recipe, usd: float | None, reader: Reader | None = None, run: str = "") -> Budget:
    """The budget of a run; ``usd`` wins over the recipe's.  ``run`` goes on, what it spent is counted."""
    document = recipe.document
    limits = limits_of(document.budget)
    if usd is not None:
        limits = replace(limits, nano=round(usd * NANO))
    roles = {name: limits_of(role.budget) for name, role in document.models.items() if role.budget}
    spent = reader.spending(run) if reader is not None and run else ()
    return Budget(
        limits=limits,
        roles=roles,
        spent=[
            (each.path, each.role, Amounts(each.nano, each.tokens, each.calls, each.micros)) for each in spent
        ],
    )


def limits_of(budget: model.Budget | None) -> Limits:
    """Limits as a recipe has them."""
    return Limits() if budget is None else Limits.of(**budget.model_dump())
