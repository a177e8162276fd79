"""Problems of a recipe as people read them: the place, what is wrong, the line itself, a caret under it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from workbench.cli.blocks import Block, Piece, Span, line
from workbench.errors import Problem
from workbench.safe_text import safe_line

STYLES = {"error": "bold red", "warning": "bold yellow"}
WIDEST = 160
"""Characters of a source line that are shown."""


def problem_blocks(problems: Sequence[Problem]) -> list[Block]:
    """All ``problems``, each with its source line."""
    return [block for problem in problems for block in _problem(problem)]


def problem_json(problem: Problem) -> dict[str, object]:
    """One problem for programs."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "message": problem.message,
        "text": problem.text,
        "suggestion": problem.suggestion,
    }


def _problem(problem: Problem) -> list[Block]:
    place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part)
    pieces: list[Piece] = [Span(f"{place}: ", "bold")] if place else []
    pieces += [Span(f"{problem.severity}: ", STYLES[problem.severity]), problem.message]
    if problem.suggestion:
        pieces.append(f" ({problem.suggestion})")
    return [line(*pieces), *_excerpt(problem)]


def _excerpt(problem: Problem) -> list[Block]:
    source = _source_line(problem.file, problem.line)
    if not source.strip():
        return []
    number = f"{problem.line:>5} "
    shown = line(Span(f"{number}│ ", "dim"), safe_line(_cut(source)))
    if not problem.column or problem.column > WIDEST:
        return [shown]
    return [shown, line(Span(f"{' ' * len(number)}│ ", "dim"), _caret(source, problem))]


def _caret(source: str, problem: Problem) -> Span:
    """Carets under the offending text, as wide as it is shown."""
    before = source[: problem.column - 1]
    rest = source[problem.column - 1 :]
    offending = problem.text if problem.text and rest.startswith(problem.text) else rest[:1]
    width = max(1, _cells(_cut(offending)))
    return Span(" " * _cells(before) + "^" * width, "red")


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(safe_line(text))


def _cut(source: str) -> str:
    return source if len(source) <= WIDEST else f"{source[: WIDEST - 1]}…"


@lru_cache(maxsize=16)
def _lines(file: str) -> tuple[str, ...]:
    try:
        return tuple(Path(file).read_text(encoding="utf-8", errors="replace").split("\n"))
    except (OSError, ValueError):
        return ()


def _source_line(file: str, number: int) -> str:
    lines = _lines(file) if file and number else ()
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""
