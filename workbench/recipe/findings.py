"""Collects what a check finds, with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workbench.errors import Problem
from workbench.recipe.files import Files
from workbench.recipe.identity import Used
from workbench.recipe.recipe import Recipe
from workbench.recipe.source import Path, position
from workbench.recipe.step_texts import StepText
from workbench.recipe.written import as_written, value_at


@dataclass
class Findings:
    """The problems of one recipe so far, and what the rules need to know of it."""

    recipe: Recipe
    files: Files
    used: Used
    known: Mapping[str, tuple[str, ...]]
    """Names written in each section, also those whose value was too wrong to read."""
    parts: Mapping[str, Recipe] = field(default_factory=dict)
    """Recipes that steps run, by their file, as far as they could be read."""
    broken: frozenset[Path] = frozenset()
    """Places whose value was too wrong to read; they are reported already."""
    problems: list[Problem] = field(default_factory=list)

    def error(
        self, path: Path, message: str, *, key: bool = False, text: str = "", suggestion: str = ""
    ) -> None:
        """Note an error at a value (or its key)."""
        problem = self.recipe.source.problem(path, message, key=key, text=text, suggestion=suggestion)
        self.problems.append(problem)

    def warning(self, path: Path, message: str, *, suggestion: str = "") -> None:
        """Note a warning at a key."""
        self.problems.append(
            self.recipe.source.problem(path, message, key=True, suggestion=suggestion, severity="warning")
        )

    def at_text(
        self,
        base: Path,
        text: StepText,
        offset: int,
        message: str,
        shown: str = "",
        suggestion: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note a problem at a character of a text of the step (or section) at ``base``."""
        if text.file:
            line, column = position(text.text, offset)
            file = str(self.recipe.folder / text.file)
            self.problems.append(Problem(message, file, line, column, shown, suggestion, severity))
            return
        source, path = self.recipe.source, (*base, *text.path)
        written = value_at(source.data, as_written(path, source.data))
        place = source.inside(path, offset) if written == text.text else source.place(path)
        self.problems.append(
            Problem(message, source.file, place.line, place.column, shown, suggestion, severity)
        )

    def is_broken(self, path: Path) -> bool:
        """Whether something at or below ``path`` is reported as unreadable already."""
        return any(place[: len(path)] == path for place in self.broken)
