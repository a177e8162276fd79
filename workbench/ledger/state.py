"""What the writer knows of the runs it writes: the rows still open, the sums over those that are closed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import LedgerError
from workbench.ledger.payload import to_json
from workbench.ledger.schema import MOST_ROWS, first_key, last_key
from workbench.usage import Usage

STEP_COLUMNS = (
    "id", "path", "verb", "role", "status", "started", "finished", "output", "model", "attempts", "reused",
    "cost_nano", "tokens_in", "tokens_out", "gates_passed", "gates_failed", "reason", "error", "error_class",
)  # fmt: skip

CALL_COLUMNS = (
    "id", "path", "kind", "target", "status", "fingerprint", "durable", "effects", "started", "duration",
    "request", "messages", "answer", "data", "model", "finish", "input", "cached", "cache_write", "output",
    "reasoning", "usage", "cost_nano", "saved_nano", "price", "first_token", "chunks", "raw", "error",
    "error_class", "source", "details", "gate",
)  # fmt: skip
SUMS = (
    "cost_nano", "cost_known", "saved_nano", "tokens_in", "tokens_out", "tokens_cached", "calls", "reused",
    "steps", "last_seq", "touched", "models",
)  # fmt: skip


@dataclass(slots=True)
class StepState:
    """One step instance, with the sums over its attempts."""

    id: int
    path: str
    verb: str
    role: str | None
    status: str
    started: int
    finished: int | None = None
    output: Any = None
    model: str | None = None
    attempts: int = 0
    reused: int = 0
    cost_nano: int | None = 0
    tokens_in: int = 0
    tokens_out: int = 0
    gates_passed: int = 0
    gates_failed: int = 0
    reason: Any = None
    error: Any = None
    error_class: str | None = None

    def row(self) -> tuple[Any, ...]:
        """The values of STEP_COLUMNS."""
        return (
            self.id, self.path, self.verb, self.role, self.status, self.started, self.finished, self.output,
            self.model, self.attempts, self.reused, self.cost_nano, self.tokens_in, self.tokens_out,
            self.gates_passed, self.gates_failed, self.reason, self.error, self.error_class,
        )  # fmt: skip

    def start_again(self, at: int) -> None:
        """Begin once more what did not end well."""
        self.status, self.started, self.finished = "running", at, None
        self.error = self.error_class = None

    def add(self, usage: Usage, cost: int | None) -> None:
        """Count a finished attempt."""
        self.cost_nano = None if cost is None or self.cost_nano is None else self.cost_nano + cost
        self.tokens_in += (usage.input or 0) + (usage.cache_write or 0)
        self.tokens_out += usage.output or 0


@dataclass(slots=True)
class RunState:
    """One run, with the sums over its attempts."""

    number: int
    id: str
    cost_nano: int = 0
    cost_known: int = 1
    saved_nano: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    calls: int = 0
    reused: int = 0
    steps: int = 0
    last_seq: int = 0
    touched: int = 0
    models: list[str] = field(default_factory=list)
    """Those that answered, in order of their first answer."""
    models_json: str = "[]"
    orders: dict[str, int] = field(default_factory=dict)
    """The order of every step instance, by path."""
    open_steps: dict[str, StepState] = field(default_factory=dict)
    open_calls: dict[int, list[Any]] = field(default_factory=dict)
    """Rows of attempts in flight, by key."""
    sources: dict[str, int | None] = field(default_factory=dict)
    """Numbers of the runs whose calls it reused, by id."""
    gates: int = 0
    is_open: bool = False
    """Whether this writer saw it start or resume, and not end."""

    def sums(self) -> tuple[Any, ...]:
        """The values of SUMS."""
        return (
            self.cost_nano, self.cost_known, self.saved_nano, self.tokens_in, self.tokens_out,
            self.tokens_cached, self.calls, self.reused, self.steps, self.last_seq, self.touched,
            self.models_json,
        )  # fmt: skip

    def add(self, usage: Usage, cost: int | None) -> None:
        """Count a finished attempt."""
        if cost is None:
            self.cost_known = 0
        else:
            self.cost_nano += cost
        self.tokens_in += (usage.input or 0) + (usage.cache_write or 0)
        self.tokens_out += usage.output or 0
        self.tokens_cached += usage.cached or 0

    def add_model(self, model: str) -> None:
        """Count a model that answered."""
        if model and model not in self.models:
            self.models.append(model)
            self.models_json = to_json(self.models)

    def next_step(self, path: str) -> int:
        """The key of a new step instance."""
        order = len(self.orders) + 1
        if order > MOST_ROWS:
            raise LedgerError(
                f"run {self.id} has more than {MOST_ROWS} steps", hint="split it into several runs"
            )
        self.orders[path] = order
        self.steps = order
        return first_key(self.number) | order

    def next_gate(self) -> int:
        """The key of a new gate row."""
        self.gates += 1
        return first_key(self.number) | self.gates


def load_run(connection: sqlite3.Connection, run: str) -> RunState:
    """The state of a run on record; raises LedgerError when there is none."""
    found = connection.execute(f"SELECT number, {', '.join(SUMS)} FROM runs WHERE id = ?", (run,)).fetchone()
    if found is None:
        raise LedgerError(f"the ledger holds no run {run}, so its events cannot be kept")
    number, *sums, models = found
    state = RunState(number, run, *sums)
    state.models, state.models_json = json.loads(models), models
    keys = (first_key(number), last_key(number))
    for key, path in connection.execute("SELECT id, path FROM steps WHERE id BETWEEN ? AND ?", keys):
        state.orders[path] = key & MOST_ROWS
    last_gate = connection.execute("SELECT max(id) FROM gates WHERE id BETWEEN ? AND ?", keys).fetchone()[0]
    state.gates = (last_gate or 0) & MOST_ROWS
    return state


def load_step(connection: sqlite3.Connection, key: int) -> StepState | None:
    """A step instance on record."""
    found = connection.execute(f"SELECT {', '.join(STEP_COLUMNS)} FROM steps WHERE id = ?", (key,)).fetchone()
    return StepState(*found) if found else None


def load_call(connection: sqlite3.Connection, key: int) -> list[Any] | None:
    """An attempt on record."""
    found = connection.execute(f"SELECT {', '.join(CALL_COLUMNS)} FROM calls WHERE id = ?", (key,)).fetchone()
    return list(found) if found else None
