"""What can go wrong, in one tree.

WorkbenchError                 anything a user can cause or must know; never shown as a traceback
├── RecipeError                a recipe (or inputs for it) that cannot run; carries every problem, exit 2
├── UsageError                 wrong use of a command, exit 2
├── LedgerError                the record cannot be opened, read or written
├── CallError                  one attempt at a call failed; carries the class that fallback rules name
└── Divergence                 a strict replay met a call its recording does not hold
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from workbench.providers.port import Reply

ErrorClass = Literal[
    "timeout", "rate_limit", "quota", "auth", "bad_request", "too_long", "refused", "content_filter",
    "server", "network", "malformed", "gate", "budget", "denied", "cancelled", "bug",
]  # fmt: skip
"""The one set of error classes: fallback rules, the ledger and reports use these names."""

ERROR_CLASSES: tuple[ErrorClass, ...] = get_args(ErrorClass)

RETRIED: frozenset[ErrorClass] = frozenset({"timeout", "rate_limit", "server", "network"})
"""Classes worth another try at the same model: they can pass by themselves."""


class WorkbenchError(Exception):
    """A failure with a message for people, a hint what to do, and an exit code."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(WorkbenchError):
    """A command was used wrongly."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a recipe: where, what, the offending text, and what would be right."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""
    suggestion: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """``file:line:column: message (did you mean …)``; lines and columns count from 1."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        tail = f" ({self.suggestion})" if self.suggestion else ""
        return f"{place}: {self.message}{tail}" if place else f"{self.message}{tail}"


class RecipeError(WorkbenchError):
    """A recipe cannot run; ``problems`` holds all of what is wrong with it."""

    exit_code = 2

    def __init__(self, problems: list[Problem], *, hint: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), hint=hint)
        self.problems = problems


class LedgerError(WorkbenchError):
    """The record cannot be opened, read or written."""


class CallError(WorkbenchError):
    """One attempt at a call failed.

    ``retry_after`` is the wait in seconds which the other side asked for; ``sent`` says whether the
    request may have reached it, and so may have been billed; ``partial`` is what had arrived by then.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        message: str,
        *,
        hint: str = "",
        retry_after: float | None = None,
        sent: bool = True,
        partial: Reply | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.error_class: ErrorClass = error_class
        self.retry_after = retry_after
        self.sent = sent
        self.partial = partial


class Divergence(WorkbenchError):
    """A strict replay asked something that its recording does not hold.

    ``asked`` is what it asked: kind, target, and what the fingerprint covers.  ``expected`` names the
    recorded call that stands in its place, by run and number; None when there is none.
    """

    def __init__(
        self,
        path: str,
        message: str,
        *,
        hint: str = "",
        asked: tuple[str, str, Mapping[str, Any]] = ("", "", {}),
        expected: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.asked = asked
        self.expected = expected
