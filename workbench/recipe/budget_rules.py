"""Rules about budgets: keys that go together, and limits that limit something."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.recipe.findings import Findings
from workbench.recipe.model import Budget, Role, Step
from workbench.recipe.source import Path

MEASURES = ("usd", "tokens", "calls", "seconds")


def check_budget(findings: Findings, path: Path, budget: Budget | None, roles: Sequence[Role]) -> None:
    """Check one ``budget:``; ``roles`` are those whose calls it holds."""
    if budget is None or findings.is_broken(path):
        return
    given = budget.model_fields_set
    limited = [name for name in MEASURES if getattr(budget, name) is not None]
    if not limited and not any(findings.is_broken((*path, name)) for name in MEASURES):
        findings.error(path, "this budget limits nothing", key=True, text="budget",
                       suggestion=f"one of: {', '.join(MEASURES)}")  # fmt: skip
    if "usd" not in limited and not findings.is_broken((*path, "usd")):
        for key, value in (("unknown_price", "allow"), ("on_exceed", "cheaper")):
            if key in given and getattr(budget, key) == value:
                findings.error((*path, key), f"{key}: {value} does nothing without usd", key=True, text=key,
                               suggestion="add usd: the most it may cost, in dollars")  # fmt: skip
    if budget.on_exceed == "cheaper" and roles and all(len(role.candidates) == 1 for role in roles):
        findings.warning((*path, "on_exceed"), "no role has a cheaper candidate: it will stop",
                         suggestion="give a role a second candidate")  # fmt: skip


def check_step_budget(findings: Findings, path: Path, step: Step, verb: str) -> None:
    """Check a step's budget."""
    if verb == "set" and step.budget is not None:
        findings.error((*path, "budget"), "set asks nobody: there is nothing to limit", key=True,
                       text="budget")  # fmt: skip
        return
    check_budget(findings, (*path, "budget"), step.budget, tuple(findings.recipe.document.models.values()))
