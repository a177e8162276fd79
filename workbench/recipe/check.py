"""Checking a recipe without running it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.errors import Problem, RecipeError
from workbench.recipe.data import documents, examples
from workbench.recipe.load import examine
from workbench.recipe.recipe import FILE_NAME, Recipe
from workbench.recipe.step_texts import inner_steps
from workbench.recipe.tests_file import TESTS_NAME, read_tests


def check(path: Path) -> list[Problem]:
    """All problems of a recipe, also warnings, in the order of the file; its data and tests are read too."""
    path = path / FILE_NAME if path.is_dir() else path
    recipe, problems = examine(path)
    if recipe is None:
        return problems
    if not any(problem.severity == "error" for problem in problems):
        problems = [*problems, *_data_problems(recipe)]
    if (path.parent / TESTS_NAME).is_file():
        try:
            read_tests(path.parent / TESTS_NAME, recipe)
        except RecipeError as error:
            problems = [*problems, *error.problems]
    return problems


def _data_problems(recipe: Recipe) -> list[Problem]:
    """What is wrong inside the data files, in the files' own lines."""
    searched, learned = set(), set()
    stack = list(recipe.document.steps.values())
    while stack:
        step = stack.pop()
        searched |= {step.from_} if step.from_ else set()
        learned |= {step.examples} if step.examples else set()
        stack += [inner for _, inner, _ in inner_steps(step)]
    found: list[Problem] = []
    for names, read in ((searched, documents), (learned, examples)):
        for name in sorted(names):
            try:
                read(recipe.document.data[name], recipe.folder)
            except RecipeError as error:
                found += [replace(each, file=str(recipe.folder / each.file)) for each in error.problems]
    return found
