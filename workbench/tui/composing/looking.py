"""Reading a text that someone is writing: what can be known of it, whatever state it is in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.errors import Problem, RecipeError
from workbench.guard.clearance import Clearances
from workbench.providers.registry import Providers
from workbench.recipe.editing.reading import read
from workbench.recipe.source import Source, read_shared
from workbench.study.check import NO_CLEARANCES, problems_here
from workbench.tui.composing.draft import Findings
from workbench.tui.composing.outline import items_of, step_items
from workbench.tui.composing.outline_rows import outline_rows


def look(
    text: str,
    path: Path,
    providers: Providers | None = None,
    clearances: Clearances = NO_CLEARANCES,
    files: Mapping[str, str] | None = None,
) -> Findings:
    """Everything that can be read of a text; never raises.  With ``providers`` its models are checked too.

    ``files`` are texts of files beside it that are not saved yet.
    """
    reading = read(text, path.parent, files)
    recipe = reading.recipe
    source = recipe.source if recipe is not None else source_of(text)
    found = list(reading.problems)
    if recipe is not None and providers is not None:
        found += problems_here(recipe, providers, clearances)
    items = items_of(source, reading.steps) if source is not None else tuple(step_items(reading.steps))
    rows = tuple(outline_rows(items, recipe)) if recipe is not None else ()
    return Findings(text, recipe, _ordered(found, path), items, source, rows)


def _ordered(problems: list[Problem], path: Path) -> tuple[Problem, ...]:
    """The problems in the order of the lines, those of other files last."""
    return tuple(sorted(problems, key=lambda each: (each.file != str(path), each.line, each.column)))


def source_of(text: str) -> Source | None:
    """The document of a text; None where it is no YAML."""
    try:
        return read_shared(text.removeprefix("\ufeff"), "")
    except RecipeError:
        return None
