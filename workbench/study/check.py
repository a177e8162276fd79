"""Checks of a recipe that need to know the workbench it would run in: its models must have a provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workbench.errors import CallError, Problem
from workbench.providers.registry import Providers
from workbench.recipe.check import check
from workbench.recipe.load import examine
from workbench.recipe.recipe import Recipe


def check_here(path: Path, providers: Providers) -> list[Problem]:
    """Every problem of a recipe, models that no provider serves included."""
    problems = check(path)
    recipe, _ = examine(path)
    if recipe is None:
        return problems
    found = [*problems, *_unserved(recipe, providers)]
    return sorted(found, key=lambda problem: (problem.file != str(path), problem.line, problem.column))


def _unserved(recipe: Recipe, providers: Providers) -> Iterator[Problem]:
    """The candidates of roles, and models named outright by steps, that no provider knows."""
    for role, settings in recipe.document.models.items():
        for number, model in enumerate(settings.candidates):
            told = _complaint(model, providers)
            if told is not None:
                where = ("models", role, "candidates", number)
                yield recipe.source.problem(where, told.message, text=model, suggestion=told.hint)


def _complaint(model: str, providers: Providers) -> CallError | None:
    try:
        provider, name = providers.provider(model)
        provider.info(name)
    except CallError as error:
        return error
    return None
