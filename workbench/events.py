"""The typed events of a run: the one stream that the record, the screens and the progress line read.

The engine emits them; it knows none of its readers.  Events of one run are numbered by ``seq`` without
gaps, so that a reader can take the same event twice without harm.  Times are UTC epoch microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.errors import ErrorClass
from workbench.usage import Price, Usage

Json = Any
"""What JSON can hold."""

Mode = Literal["live", "replay", "rerun", "fork", "resume"]
RunStatus = Literal["done", "failed", "waiting", "over_budget", "cancelled", "crashed", "running"]
StepStatus = Literal["running", "done", "failed", "skipped", "cancelled", "waiting"]
CallKind = Literal["model", "tool", "retrieve", "human", "hand", "shadow"]
"""``shadow`` asks a model beside the one that answers; what it says is kept and not used.
``human`` is a question the recipe asks a person; ``hand`` is an edit a person made while stepping."""
CallStatus = Literal["started", "ok", "error", "waiting", "cancelled", "unknown", "reused"]
"""``unknown``: sent, and the process died before an answer was recorded; it may have been billed."""


def now() -> int:
    """The present as UTC epoch microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events carry; the stream fills ``run``, ``seq`` and ``at``."""

    run: str = ""
    seq: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class RecipeKept:
    """A recipe as the record keeps it; ``files`` as in RunStarted."""

    name: str
    hash: str
    path: str
    files: Mapping[str, str | None]
    file_hashes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What is used of one limit: money in nano-dollars, tokens, calls, seconds."""

    level: Literal["run", "step", "role", "session", "day", "batch"]
    name: str
    """Which step, role, session or day."""
    measure: Literal["usd", "tokens", "calls", "seconds"]
    used: int | float
    limit: int | float
    on_exceed: str = "stop"


@dataclass(frozen=True, slots=True)
class Missing:
    """A step that gave nothing, or was not done, and why."""

    path: str
    why: str
    error_class: ErrorClass | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A run began.  ``files`` is the recipe's snapshot: text by path, None where only a hash is kept."""

    recipe: str
    recipe_hash: str
    recipe_path: str
    files: Mapping[str, str | None]
    file_hashes: Mapping[str, str]
    inputs: Mapping[str, Json]
    mode: Mode = "live"
    parent: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    """Roles whose model was set for this run, as ``role: provider/model``."""
    edits: Mapping[str, Json] = field(default_factory=dict)
    """Recipe values set for this run, by dotted path."""
    fork_at: str | None = None
    """Of a fork: the step instance from which on it is done anew."""
    fork_output: str | None = None
    """Of a fork: the output given for that step."""
    batch: str | None = None
    """The batch it is a run of."""
    session: str | None = None
    """The session it belongs to."""
    budgets: tuple[BudgetLine, ...] = ()
    """What limits it, and what is used of that already."""
    batch_key: str | None = None
    """Of a batch: the row of the dataset, and which of its repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """A run that had stopped goes on, with answers a person gave since (by step path).

    ``recipe`` is set when it goes on with a changed recipe.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    recipe: RecipeKept | None = None
    budgets: tuple[BudgetLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """A run ended, or stopped for now (``waiting``)."""

    status: RunStatus
    outputs: Mapping[str, Json] = field(default_factory=dict)
    error: str | None = None
    error_class: ErrorClass | None = None
    error_path: str | None = None
    missing: tuple[Missing, ...] = ()
    came_from: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    """By output: the steps it came from, each with its model and what is special about it."""
    budgets: tuple[BudgetLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUsed(Event):
    """How the budget stands, for screens; ``near`` names the limits that have just come near."""

    lines: tuple[BudgetLine, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    """A step instance began.  ``path`` names it: ``draft``, ``checks[2]/tone``, ``improve#3/draft``."""

    path: str
    verb: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Event):
    """A step instance ended; ``output`` is what later steps see under its name."""

    path: str
    verb: str
    status: StepStatus
    output: Json = None
    reason: str = ""
    """Why it was skipped, which branch was chosen, how many passes it took."""
    error: str | None = None
    error_class: ErrorClass | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model considered for a call, and why it was taken or not."""

    model: str
    chosen: bool = False
    reason: str = ""
    price: Price | None = None
    estimate_nano: int | None = None
    seconds: float | None = None
    """What such a call usually takes it, by the record."""
    score: float | None = None
    health: str = ""
    """How its breaker stood, in a word; empty where none watches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided(Event):
    """A model was chosen for a call.  ``attempt`` counts from 1; a fallback is a new decision."""

    path: str
    call: int
    attempt: int
    role: str
    policy: str
    chosen: str
    reason: str
    candidates: tuple[Candidate, ...] = ()
    gate: str = ""
    """The gate that asks, where the call is not the step's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited(Event):
    """A call waits for its provider's rate limit; ``seconds`` is about how long, None where nobody knows."""

    path: str
    call: int
    target: str
    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Event):
    """One attempt at a call is about to leave.  ``call`` numbers the calls of a run from 1.

    ``request`` is the canonical request, whose long texts are its ``messages``; ``durable`` asks for full
    durability: the attempt costs money, or may, or has effects.
    """

    path: str
    call: int
    attempt: int
    kind: CallKind
    target: str
    fingerprint: str
    request: Mapping[str, Json]
    durable: bool = False
    effects: bool = False
    gate: str = ""
    """The gate that asks, where the call is not the step's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta(Event):
    """A piece of a streaming answer.  For screens; the record keeps the whole answer instead."""

    path: str
    call: int
    attempt: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFinished(Event):
    """One attempt at a call ended.  ``raw`` is the wire, redacted.

    ``answer`` is ``{"text", "data"}``, with ``reasoning``, ``tool_calls`` (each ``id, name, arguments``) and
    ``turn`` (the answer as the provider wants it back) where it has them.
    """

    path: str
    call: int
    attempt: int
    status: CallStatus
    answer: Mapping[str, Json] | None = None
    model: str = ""
    finish: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_nano: int | None = None
    price: Price | None = None
    error: str | None = None
    error_class: ErrorClass | None = None
    seconds: float = 0.0
    first_token: float | None = None
    """Seconds from the start of the attempt to its first piece of text."""
    chunks: Sequence[tuple[float, int]] = ()
    """The stream's rhythm: seconds since the start, and characters arrived by then."""
    raw: Mapping[str, Json] | None = None
    durable: bool = False
    gate: str = ""

    @property
    def own_model(self) -> str:
        """The model, where the step goes by its answer: no gate, and neither stopped nor overtaken."""
        return "" if self.gate or self.status == "cancelled" else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReused(Event):
    """A recorded attempt answered a call; nobody was asked.  ``source`` names its run, call and attempt."""

    path: str
    call: int
    kind: CallKind
    target: str
    fingerprint: str
    source: tuple[str, int, int]
    answer: Mapping[str, Json] | None
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    saved_nano: int | None = None
    seconds: float = 0.0
    """How long the recorded attempt took."""
    waited: float = 0.0
    """Seconds for which another run was waited for, that asked the same just then."""
    error: str | None = None
    error_class: ErrorClass | None = None
    effects: bool = False
    """The recorded call changed something outside; it was not done again."""
    gate: str = ""
    asked: Mapping[str, Json] | None = None
    """The request, from a record that may hold ``source`` no more; None: it is that of ``source``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlanned(Event):
    """In a plan: a call that would be answered from a recording (``reuse``) or made; nothing was done.

    ``source`` is the recorded attempt that would answer; ``identity`` is what the fingerprint covers.
    """

    path: str
    kind: CallKind
    target: str
    fingerprint: str
    identity: Mapping[str, Json]
    reuse: bool
    effects: bool = False
    source: tuple[str, int, int] | None = None
    candidates: tuple[Candidate, ...] = ()


def asked_by(gate: str) -> str:
    """For what a call was made that is not the step's own, in words; ``gate`` as calls have it."""
    return {"shadow": "in the shadow", "fit": "to fit the window"}.get(gate, f"for the gate {gate}")


def gate_label(gate: str, checked: str) -> str:
    """A gate for people; ``checked`` names what a gate on input looked at."""
    return f"guard {gate} of {checked}" if checked else gate


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChecked(Event):
    """An output was checked, or what goes into a step.  ``score`` is in 0..1 where the gate has one.

    ``call`` is the call whose answer was checked.  ``input`` names what was checked before anybody was asked:
    a step, an input, or ``request``; empty for an output.
    """

    path: str
    call: int | None
    gate: str
    passed: bool
    score: float | None = None
    reason: str = ""
    seconds: float = 0.0
    cost_nano: int | None = 0
    """What the check cost; None is unknown."""
    input: str = ""

    @property
    def label(self) -> str:
        """The gate by name; one on input with what it checked."""
        return gate_label(self.gate, self.input)


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanAsked(Event):
    """A person is asked; the run waits for them, or is put aside as ``waiting`` where nobody can answer."""

    path: str
    call: int
    question: str
    choices: tuple[str, ...] = ()


class Listener(Protocol):
    """Reads the stream.  Called on the event loop in order; must return at once and never raise."""

    def receive(self, event: Event) -> None:
        """Take one event."""


class Record(Listener, Protocol):
    """A listener that keeps what it hears."""

    async def durable(self) -> None:
        """Return when everything received so far is kept; raise LedgerError when it cannot be."""


ListenerFunction = Callable[[Event], None]
