"""Reading a recipe's text while it is being written: whatever it holds, something useful comes of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Problem
from workbench.recipe.editing.advice import advice
from workbench.recipe.editing.entries import block_end
from workbench.recipe.editing.outline import StepPlace, outline, place_in
from workbench.recipe.editing.places import all_steps, place_of
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.wrapping import is_off
from workbench.recipe.load import examine_text
from workbench.recipe.model import VERBS
from workbench.recipe.recipe import FILE_NAME, Recipe


@dataclass(frozen=True)
class Reading:
    """What a text holds: its problems, the recipe when its shape is right, and its steps in any case."""

    problems: tuple[Problem, ...]
    recipe: Recipe | None
    steps: tuple[StepPlace, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which it cannot run."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read(text: str, folder: Path, files: Mapping[str, str] | None = None) -> Reading:
    """Read the text of the recipe in ``folder``; problems are never raised, and advice is among them.

    It checks all of the recipe, files too, and so takes its time: on a large one ask ``outline`` while
    somebody types.  ``files`` are texts of files in the folder that are not saved yet.
    """
    recipe, problems = examine_text(text, folder / FILE_NAME, files)
    try:
        steps = exact_outline(draft(text))
    except EditError:
        steps = outline(text)
    if recipe is not None and not any(problem.severity == "error" for problem in problems):
        problems = sorted([*problems, *advice(recipe)], key=lambda problem: (problem.line, problem.column))
    return Reading(tuple(problems), recipe, steps)


def place_at(reading: Reading, line: int) -> StepPlace | None:
    """The innermost step that holds a line, counted from 1; None between steps."""
    return place_in(reading.steps, line)


def exact_outline(at: Draft) -> tuple[StepPlace, ...]:
    """The steps of a text that reads as YAML."""
    ends = [number for number, character in enumerate(at.text) if character == "\n"]
    found = []
    depths: dict[tuple[str | int, ...], int] = {}
    for path, step in all_steps(at.data):
        node = at.node(path)
        depth = next(
            (depths[path[:cut]] + 1 for cut in range(len(path) - 1, 0, -1) if path[:cut] in depths), 0
        )
        depths[path] = depth
        first = bisect_right(ends, node.head - 1) + 1
        last = bisect_right(ends, max(node.head, block_end(at, node) - 1)) + 1
        verb = next((key for key in step if key in VERBS), "")
        place = place_of(path)
        name = place.rpartition("/")[2]
        found.append(StepPlace(place, name, verb, first, last, depth, is_off(step)))
    return tuple(found)
