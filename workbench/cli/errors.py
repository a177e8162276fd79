"""The one place where failures become a message, a hint and an exit code; no traceback for a user's slip."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import typer

from workbench.cli.blocks import Block, Span, line
from workbench.cli.output import tell
from workbench.errors import RecipeError, WorkbenchError

INTERRUPTED = 130
BUG = 1
DEBUG = "WORKBENCH_DEBUG"


def guarded(command: Callable[[], int | None]) -> int:
    """Run ``command`` and return its exit code; every failure is told on stderr."""
    try:
        return command() or 0
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except BrokenPipeError:
        return 0
    except Exception as error:
        if _was_interrupted(error):
            return _stopped()
        tell(*explain(error))
        return exit_code(error)


def _stopped() -> int:
    tell(line(Span("stopped", "yellow")))
    return INTERRUPTED


def _was_interrupted(error: Exception) -> bool:
    """Whether it is ctrl+c in the clothes of a library, which pydantic makes of one that meets its start."""
    known = isinstance(error, WorkbenchError | typer.TyperException | OSError)
    return not known and "KeyboardInterrupt" in "".join(traceback.format_exception(error))


def exit_code(error: Exception) -> int:
    """The exit code of the contract for ``error``."""
    if isinstance(error, WorkbenchError | typer.TyperException):
        return error.exit_code
    return BUG


def explain(error: Exception) -> list[Block]:
    """What to tell about ``error``."""
    if isinstance(error, RecipeError):
        from workbench.cli.render_problems import problem_blocks

        return [*problem_blocks(error.problems), *_hint(error.hint)]
    if isinstance(error, WorkbenchError):
        return failure(error.message, error.hint)
    if isinstance(error, typer.TyperException):
        return failure(error.format_message().replace(": Value error, ", ": "), _usage_hint(error))
    if isinstance(error, OSError) and error.strerror:
        return [_message(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)]
    return _bug(error)


def failure(message: str, hint: str = "") -> list[Block]:
    """A failure in words, and what to do about it."""
    return [_message(message), *_hint(hint)]


def _message(text: str) -> Block:
    return line(Span("error: ", "bold red"), text)


def _hint(text: str) -> list[Block]:
    return [line(Span("hint: ", "bold"), text)] if text else []


def _usage_hint(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return "" if context is None else f"{context.command_path} --help"


def _bug(error: Exception) -> list[Block]:
    """A mistake of ours: a short message, and the traceback in a file."""
    text = "".join(traceback.format_exception(error))
    if os.environ.get(DEBUG):
        tell(line(text))
    summary = f"this is a bug in the workbench: {type(error).__name__}: {error}"
    kept = _keep(text)
    where = f"the traceback is in {kept}" if kept else f"set {DEBUG}=1 to see the traceback"
    return failure(summary, where)


def _keep(text: str) -> Path | None:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="workbench-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
        return Path(file.name)
    except OSError:
        return None
