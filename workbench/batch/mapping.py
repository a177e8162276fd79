"""From the columns of a dataset to the inputs of a recipe, and the check of all rows before the first run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice

from workbench.batch.dataset import Dataset, Row
from workbench.batch.expectations import expectations, expects
from workbench.batch.shard import WHOLE, Shard
from workbench.errors import Problem, RecipeError, UsageError
from workbench.events import Json
from workbench.recipe.inputs import read_inputs
from workbench.recipe.recipe import Recipe
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.recipe.tests_file import Expectation

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Mapped:
    """How rows become inputs: the column of each input."""

    recipe: Recipe
    columns: Mapping[str, str]

    def inputs(self, row: Row) -> dict[str, Json]:
        """The inputs that a row gives; RecipeError names its file and line."""
        try:
            return read_inputs(self.recipe, self._given(row))
        except RecipeError as error:
            raise RecipeError(
                [replace(each, file=row.file, line=row.line) for each in error.problems]
            ) from None

    def expectations(self, row: Row) -> tuple[Expectation, ...]:
        """What a row expects of its run; RecipeError names its file and line."""
        return expectations(row, self.recipe) if expects(row.values) else ()

    def _given(self, row: Row) -> dict[str, Json]:
        """What the row holds; an empty cell of what is no text leaves the default."""
        given: dict[str, Json] = {}
        for name, column in self.columns.items():
            value = row.values.get(column)
            if value is None or (value == "" and self.recipe.document.inputs[name].type != "string"):
                continue
            given[name] = value
        return given


@dataclass(frozen=True, slots=True)
class Survey:
    """What a dataset holds: its rows, those of them that will be run, and a hash of the content of all."""

    rows: int
    here: int
    hash: str
    first: Row


def mapped(recipe: Recipe, first: Row, wanted: Mapping[str, str]) -> Mapped:
    """The mapping for a dataset that begins with ``first``; ``wanted`` are the columns given by hand.

    A column serves the input of its name.  The text of a folder's files serves the one input that is needed.
    """
    inputs = recipe.document.inputs
    for column, name in wanted.items():
        if name not in inputs:
            raise UsageError(
                f"the recipe {recipe.name} has no input {name}",
                hint=did_you_mean_or_list(name, inputs, "none"),
            )
        if column not in first.values:
            hint = did_you_mean_or_list(column, first.values, "it has none")
            raise UsageError(f"{first.file}:{first.line}: there is no column {column}", hint=hint)
    taken = list(wanted.values())
    twice = next((name for name in taken if taken.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two columns are mapped onto the input {twice}")
    columns = {name: name for name in inputs if name in first.values and name not in taken}
    columns |= {name: column for column, name in wanted.items()}
    missing = [name for name, spec in inputs.items() if spec.required and name not in columns]
    if len(missing) == 1 and set(first.values) == {"text", "name", "path"}:
        columns[missing[0]] = "text"
        missing = []
    if missing:
        raise _unmapped(recipe, first, missing, columns.values())
    return Mapped(recipe, columns)


def _unmapped(recipe: Recipe, first: Row, missing: list[str], used: Collection[str]) -> UsageError:
    free = [column for column in first.values if column not in used]
    shown = ", ".join(list(first.values)[:12]) or "none"
    return UsageError(
        f"{first.file}:{first.line}: no column for the input {', '.join(missing)} of {recipe.name}"
        f" (columns: {shown})",
        hint=f"map one: --map {free[0] if free else 'COLUMN'}={missing[0]}",
    )


def first_row(dataset: Dataset) -> Row:
    """The first row; UsageError when there is none."""
    row = next(dataset.rows(), None)
    if row is None:
        raise UsageError(f"{dataset.path} holds no rows")
    return row


def covered(dataset: Dataset, limit: int | None, shard: Shard = WHOLE) -> Iterator[Row]:
    """The rows a batch covers, or one part of it."""
    return (row for row in islice(dataset.rows(), limit) if shard.holds(row.position))


def survey(dataset: Dataset, mapping: Mapped, limit: int | None, shard: Shard = WHOLE) -> Survey:
    """Read all rows once, before anything is paid; RecipeError names the first wrong ones."""
    digest = blake2b(digest_size=16)
    problems: list[Problem] = []
    first: Row | None = None
    rows = 0
    for row in covered(dataset, limit):
        first = first or row
        rows += 1
        digest.update(row.key.encode())
        try:
            mapping.inputs(row)
            mapping.expectations(row)
        except RecipeError as error:
            problems += error.problems
            if len(problems) >= MOST_PROBLEMS:
                break
    if problems:
        raise RecipeError(problems[:MOST_PROBLEMS])
    if first is None:
        raise UsageError(f"{dataset.path} holds no rows")
    return Survey(rows, shard.share_of(rows), digest.hexdigest(), first)
