"""Checks of a recipe that need to know the workbench it would run in: its models must have a provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workbench.errors import CallError, Problem
from workbench.providers.registry import Providers
from workbench.recipe.check import check
from workbench.recipe.load import examine
from workbench.recipe.recipe import Recipe

EMBEDDED = frozenset({"local", "sim"})
"""Providers whose models are all known: one that is not there is a mistake."""


def check_here(path: Path, providers: Providers) -> list[Problem]:
    """Every problem of a recipe, models that no provider serves included."""
    problems = check(path)
    recipe, _ = examine(path)
    if recipe is None:
        return problems
    found = [*problems, *_unserved(recipe, providers)]
    return sorted(found, key=lambda problem: (problem.file != str(path), problem.line, problem.column))


def _unserved(recipe: Recipe, providers: Providers) -> Iterator[Problem]:
    """The candidates of roles that no provider knows, or that cannot be asked as things are (a warning)."""
    for role, settings in recipe.document.models.items():
        for number, model in enumerate(settings.candidates):
            where = ("models", role, "candidates", number)
            try:
                provider, name = providers.provider(model)
                info = provider.info(name)
            except CallError as error:
                yield recipe.source.problem(where, error.message, text=model, suggestion=error.hint)
                continue
            if not info.available:
                told = f"{model} cannot be used: {info.reason}"
                severity = "error" if provider.name in EMBEDDED else "warning"
                yield recipe.source.problem(where, told, text=model, severity=severity)
