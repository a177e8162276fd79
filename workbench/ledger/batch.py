"""The rows that a batch of events changes: each is written once, at the end of the batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

from workbench.ledger.blobs import BlobWriter
from workbench.ledger.columns import fit
from workbench.ledger.payload import PayloadWriter
from workbench.ledger.schema import first_key
from workbench.ledger.state import CALL_COLUMNS, STEP_COLUMNS, SUMS, RunState, StepState, load_run, load_step

AT_ONCE = (32, 8, 1)
"""Rows that one statement writes.  Each statement hands Python's lock over and has to wait for it again."""


@cache
def _replace(table: str, columns: tuple[str, ...], rows: int) -> str:
    values = f"({', '.join('?' * len(columns))})"
    return f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES {', '.join([values] * rows)}"


_DECISIONS = ("id", "path", "role", "policy", "chosen", "reason", "candidates")
_GATES = (
    "id", "path", "call", "gate", "passed", "score", "reason", "duration", "cost_nano", "input",
)  # fmt: skip
_SUMS = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in SUMS)} WHERE number = ?"


class Batch:
    """Collects changed rows within a transaction that someone else opens and commits."""

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self.owner = owner
        self.connection = connection
        self.cursor = connection.cursor()
        self.payload = PayloadWriter(BlobWriter(connection))
        self.decisions: list[tuple[Any, ...]] = []
        self.gates: list[tuple[Any, ...]] = []
        self._runs: dict[int, RunState] = {}
        self._steps: dict[int, StepState] = {}
        self._calls: dict[int, list[Any]] = {}

    def forget_texts(self) -> None:
        """Trust no remembered text to be there still: the ledger was pruned."""
        self.payload = PayloadWriter(BlobWriter(self.connection))

    def change_run(self, state: RunState) -> None:
        """The run's sums are to be written."""
        self._runs[state.number] = state

    def change_call(self, row: list[Any]) -> None:
        """The attempt is to be written."""
        self._calls[row[0]] = row

    def changed_call(self, key: int) -> list[Any] | None:
        """The attempt, if this batch changed it."""
        return self._calls.get(key)

    def change_step(self, step: StepState) -> None:
        """The step instance is to be written."""
        self._steps[step.id] = step

    def found_step(self, state: RunState, path: str) -> StepState | None:
        """A step instance: open, changed in this very batch, or on record."""
        step = state.open_steps.get(path)
        if step is not None:
            return step
        order = state.orders.get(path)
        if order is None:
            return None
        key = first_key(state.number) | order
        return self._steps.get(key) or load_step(self.connection, key)

    def step(self, state: RunState, path: str) -> StepState | None:
        """A step instance that the caller is about to change."""
        step = self.found_step(state, path)
        if step is not None:
            self._steps[step.id] = step
        return step

    def load(self, run: str) -> RunState:
        """The state of a run on record, this batch's changes included."""
        self.write()
        return load_run(self.connection, run)

    def write(self) -> None:
        """Write what changed."""
        if self._steps:
            self._put("steps", STEP_COLUMNS, [step.row() for step in self._steps.values()])
            self._steps.clear()
        if self._calls:
            self._put("calls", CALL_COLUMNS, list(self._calls.values()))
            self._calls.clear()
        if self.decisions:
            self._put("decisions", _DECISIONS, self.decisions)
            self.decisions.clear()
        if self.gates:
            self._put("gates", _GATES, self.gates)
            self.gates.clear()
        for state in self._runs.values():
            self._execute(_SUMS, (*state.sums(), state.number))
        self._runs.clear()

    def _put(self, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows, in place of those with the same key."""
        for part in _parts(rows):
            self._execute(_replace(table, columns, len(part)), list(chain.from_iterable(part)))

    def _execute(self, statement: str, values: Sequence[Any]) -> None:
        try:
            self.cursor.execute(statement, values)
        except (OverflowError, UnicodeEncodeError):
            # what SQLite cannot hold came in from outside: numbers over 64 bits, lone surrogates in names
            self.cursor.execute(statement, fit(values))


def _parts(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows in parts of a few sizes, so that there are few statements to prepare."""
    at = 0
    for size in AT_ONCE:
        while len(rows) - at >= size:
            yield rows[at : at + size]
            at += size
