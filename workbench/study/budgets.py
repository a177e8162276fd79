"""The budget of a run, from what the recipe, the command and the settings say, and what is spent of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from workbench.errors import UsageError
from workbench.events import Json
from workbench.guard.budget import Budget
from workbench.guard.limits import Amounts, Limits
from workbench.ledger.accounts import Accounts
from workbench.ledger.reader import Reader
from workbench.recipe import model
from workbench.recipe.expressions import ExpressionError, render
from workbench.recipe.recipe import Recipe
from workbench.settings import Settings
from workbench.study.common import CommonLevels
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


LONGEST_NAME = 200
"""Characters of a session's name."""


def session_of(recipe: Recipe, inputs: Mapping[str, Json], given: str | None) -> str | None:
    """The name of a run's session: as given, else by the recipe; None where it belongs to none."""
    name = given
    if name is None and recipe.document.session is not None:
        try:
            name = render(recipe.document.session.name, inputs).text
        except ExpressionError as error:
            raise UsageError(f"the session's name: {error.message}", hint=error.hint) from error
    if name is None:
        return None
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(
            f"a session's name has 1 to {LONGEST_NAME} characters",
            hint="as --session ada, or session: in the recipe",
        )
    return name


def complete(
    budget: Budget, recipe: Recipe, session: str | None, settings: Settings, accounts: Callable[[], Accounts]
) -> None:
    """Add what the settings say: the limits of a run that has none of its own, of its session and its day."""
    if not budget.run.limits.any:
        budget.run.limits = _set(settings, "run")
    of_session = _set(settings, "session")
    if recipe.document.session is not None and recipe.document.session.budget is not None:
        of_session = limits_of(recipe.document.session.budget)
    day = _set(settings, "day")
    if day.any or (session is not None and of_session.any):
        budget.common = CommonLevels(accounts(), day, of_session, session)


def _set(settings: Settings, level: str) -> Limits:
    found = settings.budgets.get(level)
    return Limits() if found is None else Limits.of(**asdict(found))


def limits_of(budget: model.Budget | None) -> Limits:
    """Limits as a recipe has them."""
    return Limits() if budget is None else Limits.of(**budget.model_dump())
