"""Problems of a recipe as people read them: the place, what is wrong, the line itself, a caret under it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from workbench.cli.blocks import Block, Piece, Span, flat, line
from workbench.errors import Problem
from workbench.safe_text import safe_line

STYLES = {"error": "bold red", "warning": "bold yellow"}
WIDEST = 100
"""Characters of a source line that are shown."""
BEFORE = 40
"""Characters shown before the offending text, in a line that is too long to show."""


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
    place = ":".join(str(part) for part in (near(problem.file), problem.line, problem.column) if part)
    pieces: list[Piece] = [Span(f"{place}: ", "bold")] if place else []
    pieces += [Span(f"{problem.severity}: ", STYLES[problem.severity]), problem.message]
    if problem.suggestion:
        pieces.append(f" ({problem.suggestion})")
    return [line(*pieces), *_excerpt(problem)]


def near(file: str) -> str:
    """A file's name as seen from the current folder, where it lies within."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _excerpt(problem: Problem) -> list[Block]:
    source = _source_line(problem.file, problem.line)
    if not source.strip():
        return []
    start = _start(source, problem.column)
    shown = source[start : start + WIDEST]
    left, right = "…" if start else "", "…" if len(source) > start + WIDEST else ""
    number = f"{problem.line:>5} "
    excerpt = flat(Span(f"{number}│ ", "dim"), f"{left}{shown}{right}")
    at = problem.column - 1 - start
    if not 0 <= at < max(1, len(shown)):
        return [excerpt]
    width = _cells(_offending(problem.text, shown[at:])) or 1
    carets = Span(" " * _cells(left + shown[:at]) + "^" * width, "red")
    return [excerpt, line(Span(f"{' ' * len(number)}│ ", "dim"), carets)]


def _offending(text: str, shown: str) -> str:
    """What of the offending text stands on the line, from its place on."""
    wanted = text.split("\n")[0][: len(shown)]
    return wanted if shown.startswith(wanted) else ""


def _start(source: str, column: int) -> int:
    """Where the shown part of a long line begins."""
    return max(0, column - 1 - BEFORE) if len(source) > WIDEST and column > WIDEST - BEFORE else 0


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(safe_line(text))


@lru_cache(maxsize=16)
def _lines(file: str) -> tuple[str, ...]:
    try:
        return tuple(Path(file).read_text(encoding="utf-8", errors="replace").split("\n"))
    except (OSError, ValueError):
        return ()


def _source_line(file: str, number: int) -> str:
    lines = _lines(file) if file and number else ()
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""
