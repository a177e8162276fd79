"""What a step asks of the world outside, and what comes back through the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from workbench.errors import CallError, ErrorClass, WorkbenchError
from workbench.events import CallKind, Json
from workbench.guard.over import OverBudget
from workbench.providers.port import Message, ModelRequest, Reply
from workbench.providers.tool_calls import ToolCall
from workbench.recipe.model import Role


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that a step wants made.

    ``identity`` is what the fingerprint covers besides kind and target: all that decides the answer, by
    value or by hash, known without reading data.  ``target`` is a role for models, else the tool, the data
    source or ``person``.
    """

    path: str
    kind: CallKind
    target: str
    identity: Mapping[str, Json]
    timeout: float | None = None
    effects: bool = False
    gate: str = field(default="", kw_only=True)
    """The gate that asks, where the call is not the step's own."""


async def unbuilt() -> ModelRequest:
    """Stands in for a request that is still to be made."""
    raise RuntimeError("the request was never made")


Beside = Callable[[Reply, int | None, float], Mapping[str, Json]]
"""From an answer, its cost in nano-dollars and its seconds to the verdicts of gates, by name."""


@dataclass(frozen=True, slots=True)
class AskModel(Ask):
    """A call to a model of a role.

    ``build`` makes the full request; it is not needed to find a recorded answer.
    """

    role: Role = field(kw_only=True)
    build: Callable[[], Awaitable[ModelRequest]] = field(kw_only=True)
    messages: tuple[Message, ...] | None = None
    """Messages edited by hand, instead of the rendered ones."""
    over: Mapping[str, str] = field(default_factory=dict)
    """Models that are not asked again for this step, and why."""
    check: Beside | None = None
    """What the step's gates say of an answer that is not used."""


@dataclass(frozen=True, slots=True)
class AskOther(Ask):
    """A call to a tool or a data source.  ``perform`` makes it and returns ``(text, data)``."""

    perform: Callable[[], Awaitable[tuple[str, Json]]] = field(kw_only=True)
    shown: str = ""
    """The request as text for people."""


@dataclass(frozen=True, slots=True)
class AskPerson(Ask):
    """A question to a person."""

    question: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.  ``cost_nano`` is the price of the answer, whether paid now or when it was recorded."""

    call: int
    text: str
    data: Json
    model: str = ""
    cost_nano: int | None = 0
    reused: bool = False
    target: str = ""
    """The candidate that answered, of a model call."""
    seconds: float = 0.0
    """How long the answer took, now or when it was recorded."""
    calls: tuple[ToolCall, ...] = ()
    """Calls of tools that the model asks for."""
    turn: Json = None
    """The answer as its provider wants it back."""


class Waiting(Exception):
    """A person must answer before this step can go on."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Stopped(Exception):
    """The run is to stop: asked for by a person, or nothing new may start since a step failed."""


class StepFailed(WorkbenchError):
    """A step failed for good, and with it the run."""

    def __init__(
        self, path: str, error_class: ErrorClass, message: str, *, hint: str = "",
        over: OverBudget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.path = path
        self.error_class: ErrorClass = error_class
        self.over = over
        """The limit that was in the way, if one was."""

    @classmethod
    def from_call(cls, path: str, error: CallError) -> StepFailed:
        """The failure of a step whose call failed."""
        over = error if isinstance(error, OverBudget) else None
        return cls(path, error.error_class, error.message, hint=error.hint, over=over)
