"""What the tests of the language use: recipes written to a folder, and their problems as short lines."""

from __future__ import annotations

import textwrap
from pathlib import Path

from workbench.errors import Problem
from workbench.recipe.check import check
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe

HEAD = "schema: workbench/v1\nname: test\n"
"""Two lines that every recipe begins with; what follows starts at line 3."""


def write(folder: Path, body: str, **files: str) -> Path:
    """A recipe.yaml of ``HEAD`` and ``body``, and files beside it: ``__`` is ``/``, ``_dot_`` is ``.``."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    path = folder / "recipe.yaml"
    path.write_text(HEAD + textwrap.dedent(body).lstrip("\n"), encoding="utf-8")
    return path


def recipe(folder: Path, body: str, **files: str) -> Recipe:
    """The loaded recipe."""
    return load(write(folder, body, **files))


def lines(problems: list[Problem], severity: str = "error") -> list[str]:
    """``line:column: message (suggestion)`` of each problem."""
    shown = []
    for problem in problems:
        if problem.severity == severity:
            tail = f" ({problem.suggestion})" if problem.suggestion else ""
            shown.append(f"{problem.line}:{problem.column}: {problem.message}{tail}")
    return shown


def errors(folder: Path, body: str, **files: str) -> list[str]:
    """The errors that a check of this recipe finds."""
    return lines(check(write(folder, body, **files)))


def warnings(folder: Path, body: str, **files: str) -> list[str]:
    """The warnings that a check of this recipe finds."""
    return lines(check(write(folder, body, **files)), "warning")
