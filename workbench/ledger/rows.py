"""What the reader of the ledger hands out: plain rows for screens and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import ErrorClass
from workbench.events import (
    BudgetLine,
    CallKind,
    CallStatus,
    Candidate,
    Json,
    Missing,
    Mode,
    RunStatus,
    StepStatus,
    gate_label,
)
from workbench.usage import Price, Usage, tokens_told


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run.  Sums cover the attempts this run paid for itself; ``saved_nano`` those it reused."""

    id: str
    number: int
    recipe: str
    recipe_hash: str
    mode: Mode
    status: RunStatus
    started: int
    finished: int | None
    parent: str | None
    inputs: Mapping[str, Json]
    cost_nano: int
    cost_known: bool
    """False when an attempt of unknown cost is among them: ``cost_nano`` is then a lower bound."""
    saved_nano: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    calls: int
    reused: int
    steps: int
    models: tuple[str, ...]
    error: str | None
    error_class: ErrorClass | None
    error_path: str | None

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end; None while it runs."""
        return None if self.finished is None else (self.finished - self.started) / 1e6

    @property
    def tokens_known(self) -> bool:
        """False when it paid for calls and no tokens of any were told."""
        return tokens_told(self.cost_known, self.tokens_in, self.tokens_out, self.calls)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step instance of a run, in the order they started."""

    order: int
    path: str
    verb: str
    status: StepStatus
    started: int
    finished: int | None
    model: str
    attempts: int
    """Attempts made by this run for the step; 0 when it made no call or reused them all."""
    reused: int
    cost_nano: int | None
    """Paid by this run; None when an attempt's cost is unknown."""
    tokens_in: int
    tokens_out: int
    gates_passed: int
    gates_failed: int
    reason: str
    error: str | None
    error_class: ErrorClass | None

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end; None while it runs."""
        return None if self.finished is None else (self.finished - self.started) / 1e6


@dataclass(frozen=True, slots=True)
class CallRow:
    """One attempt at a call, with all that was asked and answered."""

    path: str
    call: int
    attempt: int
    kind: CallKind
    target: str
    status: CallStatus
    fingerprint: str
    started: int
    seconds: float | None
    request: Mapping[str, Json]
    answer: Mapping[str, Json] | None
    model: str
    finish: str
    usage: Usage
    cost_nano: int | None
    price: Price | None
    first_token: float | None
    chunks: tuple[tuple[float, int], ...]
    raw: Mapping[str, Json] | None
    error: str | None
    error_class: ErrorClass | None
    source: tuple[str, int, int] | None
    """The recorded attempt that answered a reused call: run, call, attempt."""
    gate: str = ""
    """The gate that asked, or ``shadow`` or ``fit``; empty where the step itself did."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One routing decision."""

    path: str
    call: int
    attempt: int
    role: str
    policy: str
    chosen: str
    reason: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One check of an output, or of what goes into a step."""

    path: str
    call: int | None
    gate: str
    passed: bool
    score: float | None
    reason: str
    seconds: float
    cost_nano: int | None = 0
    """What the check cost; None is unknown."""
    input: str = ""
    """What was checked before anybody was asked: a step, an input, or ``request``; empty for an output."""

    @property
    def label(self) -> str:
        """The gate by name; one on input with what it checked."""
        return gate_label(self.gate, self.input)


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What all calls that one step instance made itself cost and took together; None is unknown."""

    run: int
    path: str
    target: str
    """Who answered last."""
    kind: CallKind
    calls: int
    """How many answers it took: more than one where a revision was asked for."""
    cost_nano: int | None
    seconds: float
    tokens_in: int | None
    tokens_out: int | None
    gate: str = ""
    """The gate that asked; empty for the step itself."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What the record says of one model over its latest attempts; None is unknown."""

    model: str
    calls: int
    """Attempts that were answered."""
    errors: int
    seconds: tuple[float, float] | None
    """The median and the 95th of 100 answered attempts."""
    first_token: float | None
    """Median seconds to the first piece of text."""
    cost_nano: int
    """What was paid, as far as it is known."""
    cost_known: bool
    """False when the cost of an answered attempt is unknown: the sum is then a lower bound."""


@dataclass(frozen=True, slots=True)
class StepDetail:
    """All the record holds of one step instance."""

    step: StepRow
    output: Json
    calls: tuple[CallRow, ...]
    decisions: tuple[DecisionRow, ...]
    gates: tuple[GateRow, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run says of its budgets and its end."""

    budgets: tuple[BudgetLine, ...] = ()
    missing: tuple[Missing, ...] = ()
    came_from: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    session: str | None = None


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """The recipe and inputs of a run as they were, enough to run it again without the recipe's folder."""

    run: str
    recipe: str
    recipe_hash: str
    recipe_path: str
    files: Mapping[str, str | None]
    file_hashes: Mapping[str, str]
    inputs: Mapping[str, Json]
    mode: Mode
    parent: str | None
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    status: RunStatus = "running"
    fork_at: str | None = None
    fork_output: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a page holds; empty fields match all.

    ``text`` looks in id, recipe, status, inputs and error.
    """

    recipe: str = ""
    status: str = ""
    text: str = ""
