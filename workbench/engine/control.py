"""Stepping: what a controller is asked while a run runs, and the moves it may answer with.

A run without a controller never waits.  A person is asked separately, by the ``human`` steps of a recipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from workbench.events import Candidate, Json
from workbench.providers.port import Message


@dataclass(frozen=True, slots=True)
class StepStop:
    """A step is about to start; ``names`` is what its templates can see."""

    path: str
    verb: str
    names: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class CallStop:
    """A call is ready: the request rendered, the model chosen, nothing sent.

    ``recorded`` says that a recording will answer it, so that going on costs nothing.
    """

    path: str
    call: int
    kind: str
    target: str
    messages: tuple[Message, ...]
    request: Mapping[str, Json]
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class AnswerStop:
    """An answer has come and has not been used yet."""

    path: str
    call: int
    text: str
    data: Json
    model: str
    cost_nano: int | None
    reused: bool


@dataclass(frozen=True, slots=True)
class Go:
    """Go on."""


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Send these messages instead (before a call)."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SwapModel:
    """Ask this ``provider/model`` instead (before a call)."""

    model: str


@dataclass(frozen=True, slots=True)
class EditOutput:
    """Use this text as the answer (after a call)."""

    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Do not ask at all; use this text as the output (before a step or a call)."""

    text: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Ask the same again (after a call)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the run."""


Move = Go | EditRequest | SwapModel | EditOutput | Skip | Retry | Stop
GO = Go()


class Controller(Protocol):
    """Decides how a run goes on; each method may wait as long as it likes."""

    async def before_step(self, stop: StepStop) -> Move:
        """Asked before a step with a call of its own starts: Go, Skip or Stop."""

    async def before_call(self, stop: CallStop) -> Move:
        """Asked before a call is sent: Go, EditRequest, SwapModel, Skip or Stop."""

    async def after_call(self, stop: AnswerStop) -> Move:
        """Asked before an answer is used: Go, EditOutput, Retry or Stop."""


class Person(Protocol):
    """Answers the ``human`` steps of a recipe."""

    async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
        """The answer, or None when nobody can answer now: the run is then put aside as ``waiting``."""
