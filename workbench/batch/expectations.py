"""What a dataset expects of its runs: a column ``expect``, or columns ``expect.TARGET``.

``expect`` holds what a case of tests.yaml does: ``{"outputs.reply": {"contains": "refund"}}``, in a table as
JSON text.  A column ``expect.outputs.label`` holds the value that the run must come to; an empty cell
expects nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from workbench.batch.dataset import Row
from workbench.errors import Problem, RecipeError
from workbench.events import Json
from workbench.recipe.recipe import Recipe
from workbench.recipe.tests_file import Expectation, read_expectations

COLUMN = "expect"


def expects(columns: Iterable[str]) -> bool:
    """Whether columns say what is expected."""
    return any(column == COLUMN or column.startswith(f"{COLUMN}.") for column in columns)


def expectations(row: Row, recipe: Recipe) -> tuple[Expectation, ...]:
    """What a row expects; RecipeError names its file and line."""
    try:
        given = _given(row)
        return read_expectations(given, recipe) if given else ()
    except RecipeError as error:
        raise RecipeError(
            [
                replace(each, file=row.file, line=row.line, column=0, message=f"expect: {each.message}")
                for each in error.problems
            ]
        ) from None


def _given(row: Row) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for column, value in row.values.items():
        if column == COLUMN and value not in (None, ""):
            found |= _object(value, row)
        elif column.startswith(f"{COLUMN}.") and value not in (None, ""):
            found[column.removeprefix(f"{COLUMN}.")] = {"equals": value}
    return found


def _object(value: Json, row: Row) -> Mapping[str, Json]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise RecipeError(
            [Problem('must be an object as {"outputs.reply": {"contains": "refund"}}', row.file, row.line)]
        )
    return value
