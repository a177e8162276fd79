"""Turns events into rows, within a transaction that someone else opens and commits.

Rows that change while a batch is taken are written once, at its end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from workbench.errors import LedgerError
from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Candidate,
    Event,
    GateChecked,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.ledger.blobs import BlobWriter
from workbench.ledger.columns import (
    answer_columns,
    fingerprint_column,
    fit,
    micros,
    plain_candidates,
    plain_price,
)
from workbench.ledger.crashes import mark_interrupted
from workbench.ledger.owner import this_process
from workbench.ledger.payload import PayloadWriter, to_json
from workbench.ledger.schema import MOST_ATTEMPTS, MOST_CALLS, call_key, first_key
from workbench.ledger.state import (
    CALL_COLUMNS,
    STEP_COLUMNS,
    SUMS,
    RunState,
    StepState,
    load_call,
    load_run,
    load_step,
)
from workbench.usage import Price


def _replace(table: str, columns: Iterable[str]) -> str:
    names = tuple(columns)
    return f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_CALLS = _replace("calls", CALL_COLUMNS)
_STEPS = _replace("steps", STEP_COLUMNS)
_DECISIONS = _replace("decisions", ("id", "path", "role", "policy", "chosen", "reason", "candidates"))
_GATES = _replace("gates", ("id", "path", "call", "gate", "passed", "score", "reason", "duration"))
_RUN_SUMS = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in SUMS)}, models = ? WHERE number = ?"
_RUN_START = """INSERT INTO runs (id, recipe, recipe_hash, recipe_path, mode, status, started, parent, inputs,
    role_models, edits, touched, owner) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)"""
_RUN_END = """UPDATE runs SET status = ?, finished = ?, outputs = ?, error = ?, error_class = ?, error_path = ?,
    owner = NULL WHERE number = ?"""
_RUN_AGAIN = """UPDATE runs SET status = 'running', finished = NULL, error = NULL, error_class = NULL,
    error_path = NULL, owner = ? WHERE number = ?"""
_RECIPE = """INSERT INTO recipes (hash, name, files, file_hashes, seen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO NOTHING"""
_ANSWERS = "INSERT INTO notes (run, at, kind, note) VALUES (?, ?, 'answers', ?)"

LONGEST_INPUT = 2_000
"""Inputs stand in their run's row up to this many characters a text, so that a search finds them there."""

REMEMBERED = 2_000

_UNPAID = ("human", "hand")


class Ingest:
    """Takes events of any runs and writes their rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._blobs = BlobWriter(connection)
        self._payload = PayloadWriter(self._blobs)
        self._runs: dict[str, RunState] = {}
        self._prices: dict[Price, int] = {}
        self._candidates: dict[tuple[Candidate, ...], int] = {}
        self._dirty_runs: dict[str, RunState] = {}
        self._dirty_steps: dict[int, StepState] = {}
        self._dirty_calls: dict[int, list[Any]] = {}
        self._new_decisions: list[tuple[Any, ...]] = []
        self._new_gates: list[tuple[Any, ...]] = []
        self._takers: dict[type[Event], Callable[[RunState, Any], None]] = {
            RunResumed: self._run_resumed,
            RunFinished: self._run_finished,
            StepStarted: self._step_started,
            StepFinished: self._step_finished,
            RouteDecided: self._route_decided,
            CallStarted: self._call_started,
            CallFinished: self._call_finished,
            CallReused: self._call_reused,
            GateChecked: self._gate_checked,
        }

    def take(self, events: Iterable[Event]) -> None:
        """Write the rows of ``events``; those seen before change nothing."""
        for event in events:
            state = self._runs.get(event.run) or self._open(event)
            if event.seq <= state.last_seq:
                continue
            state.last_seq = event.seq
            state.touched = event.at
            self._dirty_runs[state.id] = state
            taker = self._takers.get(type(event))
            if taker is not None:
                taker(state, event)
        self._write()

    def abandon_open_runs(self) -> None:
        """Give up the runs that this writer will hear no more of: they did not end, so they crashed."""
        for state in self._runs.values():
            if state.is_open:
                mark_interrupted(self._connection, state.number)

    def _write(self) -> None:
        many = self._many
        if self._dirty_steps:
            many(_STEPS, [step.row() for step in self._dirty_steps.values()])
            self._dirty_steps.clear()
        if self._dirty_calls:
            many(_CALLS, self._dirty_calls.values())
            self._dirty_calls.clear()
        if self._new_decisions:
            many(_DECISIONS, self._new_decisions)
            self._new_decisions.clear()
        if self._new_gates:
            many(_GATES, self._new_gates)
            self._new_gates.clear()
        if self._dirty_runs:
            many(
                _RUN_SUMS,
                [
                    (*each.sums(), to_json(list(each.models)), each.number)
                    for each in self._dirty_runs.values()
                ],
            )
            self._dirty_runs.clear()

    def _many(self, statement: str, rows: Collection[Sequence[Any]]) -> None:
        try:
            self._cursor.executemany(statement, rows)
        except (OverflowError, UnicodeEncodeError):
            # what SQLite cannot hold came in from outside: numbers over 64 bits, lone surrogates in names
            self._cursor.executemany(statement, [fit(row) for row in rows])

    # --- runs ----------------------------------------------------------------------------------------

    def _open(self, event: Event) -> RunState:
        if isinstance(event, RunStarted):
            state = self._run_started(event)
        else:
            state = self._load(event.run)
        self._runs[event.run] = state
        return state

    def _load(self, run: str) -> RunState:
        self._write()
        return load_run(self._connection, run)

    def _run_started(self, event: RunStarted) -> RunState:
        known = self._cursor.execute("SELECT 1 FROM runs WHERE id = ?", (event.run,)).fetchone()
        if known:
            return self._load(event.run)
        column = self._payload.column
        self._cursor.execute(
            _RECIPE,
            (event.recipe_hash, event.recipe, column(event.files), column(event.file_hashes), event.at),
        )
        done = self._cursor.execute(
            _RUN_START,
            fit((
                event.run, event.recipe, event.recipe_hash, event.recipe_path, event.mode, event.at, event.parent,
                column(event.inputs, longest=LONGEST_INPUT, row=4 * LONGEST_INPUT),
                column(event.models or None), column(event.edits or None), event.at, this_process(),
            )),
        )  # fmt: skip
        assert done.lastrowid is not None
        return RunState(done.lastrowid, event.run, is_open=True)

    def _run_resumed(self, state: RunState, event: RunResumed) -> None:
        self._write()
        if mark_interrupted(self._connection, state.number):
            state.cost_known = 0
        state.is_open = True
        state.open_calls.clear()
        state.open_steps.clear()
        self._dirty_runs[state.id] = state
        self._cursor.execute(_RUN_AGAIN, (this_process(), state.number))
        if event.answers:
            self._cursor.execute(_ANSWERS, (state.number, event.at, self._payload.column(event.answers)))

    def _run_finished(self, state: RunState, event: RunFinished) -> None:
        state.is_open = False
        self._cursor.execute(
            _RUN_END,
            fit((
                event.status, event.at, self._payload.column(event.outputs), self._payload.text(event.error),
                event.error_class, event.error_path, state.number,
            )),
        )  # fmt: skip
        del self._runs[state.id]

    # --- steps ---------------------------------------------------------------------------------------

    def _found_step(self, state: RunState, path: str) -> StepState | None:
        """A step instance: open, changed in this very batch, or on record."""
        step = state.open_steps.get(path)
        if step is not None:
            return step
        order = state.orders.get(path)
        if order is None:
            return None
        key = first_key(state.number) | order
        return self._dirty_steps.get(key) or load_step(self._connection, key)

    def _step(self, state: RunState, path: str) -> StepState | None:
        """A step instance that is about to change."""
        step = self._found_step(state, path)
        if step is not None:
            self._dirty_steps[step.id] = step
        return step

    def _step_started(self, state: RunState, event: StepStarted) -> None:
        step = self._found_step(state, event.path)
        if step is None:
            step = StepState(
                state.next_order(event.path), event.path, event.verb, event.role, "running", event.at
            )
        elif step.status not in ("done", "skipped"):
            step.status, step.started, step.finished, step.error, step.error_class = (
                "running",
                event.at,
                None,
                None,
                None,
            )
        # a step that was done stays so while a resumed run goes over it again
        state.open_steps[event.path] = step
        self._dirty_steps[step.id] = step

    def _step_finished(self, state: RunState, event: StepFinished) -> None:
        step = self._found_step(state, event.path)
        if step is None:
            step = StepState(state.next_order(event.path), event.path, event.verb, None, "running", event.at)
        output = self._payload.column(event.output)
        again = step.finished is not None and step.status == event.status and step.output == output
        if not again:
            step.finished = event.at
        step.status = event.status
        step.output = output
        step.reason = self._payload.text(event.reason or None)
        step.error = self._payload.text(event.error)
        step.error_class = event.error_class
        self._dirty_steps[step.id] = step
        state.open_steps.pop(event.path, None)

    # --- calls ---------------------------------------------------------------------------------------

    def _route_decided(self, state: RunState, event: RouteDecided) -> None:
        candidates = self._candidates.get(event.candidates)
        if candidates is None:
            candidates = self._payload.shared(plain_candidates(event.candidates))
            if len(self._candidates) >= REMEMBERED:
                self._candidates.clear()
            self._candidates[event.candidates] = candidates
        self._new_decisions.append(
            (
                _key(state, event.call, event.attempt), event.path, event.role, event.policy, event.chosen,
                self._payload.text(event.reason), candidates,
            )
        )  # fmt: skip

    def _call_started(self, state: RunState, event: CallStarted) -> None:
        key = _key(state, event.call, event.attempt)
        if event.kind != "hand":
            state.calls += event.attempt == 1
            step = self._step(state, event.path)
            if step is not None:
                step.attempts += 1
        row = self._new_call(key, event, "started", event.at)
        row[6], row[7] = int(event.durable), int(event.effects)
        rest = dict(event.request)
        messages = rest.pop("messages", None)
        if isinstance(messages, (list, tuple)):
            row[11] = self._payload.messages(messages)
        elif messages is not None:
            rest["messages"] = messages
        row[10] = self._payload.column(rest)
        state.open_calls[key] = row
        self._dirty_calls[key] = row

    def _new_call(self, key: int, event: CallStarted | CallReused, status: str, at: int) -> list[Any]:
        head = [
            key,
            event.path,
            event.kind,
            event.target,
            status,
            fingerprint_column(event.fingerprint),
            0,
            0,
            at,
        ]
        return head + [None] * (len(CALL_COLUMNS) - len(head))

    def _call_finished(self, state: RunState, event: CallFinished) -> None:
        key = _key(state, event.call, event.attempt)
        row = state.open_calls.pop(key, None) or load_call(self._connection, key)
        if row is None:
            raise LedgerError(
                f"run {state.id}: call {event.call} ended and never started; its end cannot be kept"
            )
        kind = row[2]
        if kind not in _UNPAID or event.cost_nano:
            state.add(event.usage, event.cost_nano)
            step = self._step(state, event.path)
            if step is not None:
                step.add(event.usage, event.cost_nano)
                if kind == "model" and event.status == "ok":
                    step.model = event.model
        if kind == "model" and event.model and event.status == "ok":
            state.models.setdefault(event.model)
        row[4] = event.status
        row[9] = micros(event.seconds)
        row[12], row[13] = answer_columns(event.answer, self._payload)
        row[14:23] = (
            event.model, event.finish, *_usage(event), event.cost_nano
        )  # fmt: skip
        row[24] = self._price(event.price)
        row[25] = None if event.first_token is None else micros(event.first_token)
        row[26] = self._payload.column([round(part, 6) for pair in event.chunks for part in pair] or None)
        row[27] = self._payload.column(event.raw)
        row[28] = self._payload.text(event.error)
        row[29] = event.error_class
        self._dirty_calls[key] = row

    def _call_reused(self, state: RunState, event: CallReused) -> None:
        key = _key(state, event.call, 1)
        state.reused += 1
        state.saved_nano += event.saved_nano or 0
        step = self._step(state, event.path)
        if step is not None:
            step.reused += 1
            if event.kind == "model":
                step.model = event.model
        if event.kind == "model" and event.model:
            state.models.setdefault(event.model)
        row = self._new_call(key, event, "reused", event.at)
        row[9] = micros(event.seconds)
        row[12], row[13] = answer_columns(event.answer, self._payload)
        row[14] = event.model
        row[16:22] = _usage(event)
        row[22], row[23] = 0, event.saved_nano
        row[28] = self._payload.text(event.error)
        row[29] = event.error_class
        row[30] = "/".join(str(part) for part in event.source)
        self._dirty_calls[key] = row

    def _price(self, price: Price | None) -> int | None:
        if price is None:
            return None
        kept = self._prices.get(price)
        if kept is None:
            kept = self._prices[price] = self._payload.shared(plain_price(price))
        return kept

    def _gate_checked(self, state: RunState, event: GateChecked) -> None:
        step = self._step(state, event.path)
        if step is not None:
            if event.passed:
                step.gates_passed += 1
            else:
                step.gates_failed += 1
        self._new_gates.append(
            (
                state.next_gate(), event.path, event.call, event.gate, int(event.passed), event.score,
                self._payload.text(event.reason), micros(event.seconds),
            )
        )  # fmt: skip


def _usage(event: CallFinished | CallReused) -> tuple[int | str | None, ...]:
    usage = event.usage
    return (
        usage.input, usage.cached, usage.cache_write, usage.output, usage.reasoning,
        None if usage.state == "unknown" else usage.state,
    )  # fmt: skip


def _key(state: RunState, call: int, attempt: int) -> int:
    if call > MOST_CALLS or attempt > MOST_ATTEMPTS:
        raise LedgerError(
            f"run {state.id} has more than {MOST_CALLS} calls, or {MOST_ATTEMPTS} attempts at one call",
            hint="split it into several runs",
        )
    return call_key(state.number, call, attempt)
