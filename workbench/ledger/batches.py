"""Batches on record: begun, gone on with, ended, and what became of their rows.

The runs themselves come in through the writer like all runs; the few rows about batches are written here, by
whoever drives a batch, and before its first run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import UsageError
from workbench.events import now
from workbench.ledger.batch_rows import BatchRow, BatchRun, BatchStatus, BatchTotals
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.owner import is_alive, new_owner, retire
from workbench.ledger.payload import to_json
from workbench.ledger.read_runs import SHOWN
from workbench.ledger.schema import MOST_ROWS, RUN_SHIFT

_LIVES = "CASE WHEN status = 'running' AND NOT is_alive(owner, touched) THEN 'crashed' ELSE status END"
_COLUMNS = f"""number, id, recipe, recipe_hash, data, data_hash, {_LIVES}, started, finished, rows, repeat,
    options"""
_START = """INSERT INTO batches (id, recipe, recipe_hash, data, data_hash, status, started, rows, repeat,
    options, owner, touched) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)"""
_RUNS = f"""SELECT id, batch_key, {SHOWN}, cost_nano, cost_known, (finished - started) / 1e6, error_class
    FROM runs WHERE batch = ?"""
_GATES = f"""SELECT runs.id, gates.path, gates.gate, gates.passed, gates.score FROM runs
    CROSS JOIN gates ON gates.id BETWEEN runs.number << {RUN_SHIFT}
        AND (runs.number << {RUN_SHIFT}) | {MOST_ROWS}
    WHERE runs.batch = ? ORDER BY gates.id"""
_TOTALS = f"""SELECT {SHOWN}, count(*), sum(cost_nano), min(cost_known), sum(saved_nano), sum(tokens_in),
    sum(tokens_out), sum(calls), sum(reused) FROM runs WHERE batch = ? GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch about to begin."""

    id: str
    recipe: str
    recipe_hash: str
    data: str
    data_hash: str
    rows: int
    repeat: int
    options: dict[str, Any]


class Batches:
    """Reads and writes what the record knows of batches; from any one thread at a time."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            self._open.close()
            self._open = None

    # --- writing -------------------------------------------------------------------------------------

    def start(self, new: NewBatch) -> str:
        """Put a new batch on record as running; the name of its owner, to be given back when it ends."""
        owner, at = new_owner(), now()
        row = (
            new.id, new.recipe, new.recipe_hash, new.data, new.data_hash, at, new.rows, new.repeat,
            to_json(new.options), owner, at,
        )  # fmt: skip
        with self._writing() as connection:
            connection.execute(_START, row)
        return owner

    def go_on(self, batch: str) -> str:
        """Take an unfinished batch over; UsageError while another process drives it."""
        owner = new_owner()
        with self._writing() as connection:
            if _one(connection, "id = ?", (batch,)).status == "running":
                retire(owner)
                raise UsageError(
                    f"batch {batch} is running", hint="wait until it is done, or stop it and try again"
                )
            connection.execute(
                "UPDATE batches SET status = 'running', finished = NULL, owner = ?, touched = ? WHERE id = ?",
                (owner, now(), batch),
            )
        return owner

    def finish(self, batch: str, owner: str, status: BatchStatus) -> None:
        """The batch ended, or stops for now."""
        retire(owner)
        with self._writing() as connection:
            connection.execute(
                "UPDATE batches SET status = ?, finished = ?, owner = NULL WHERE id = ? AND owner = ?",
                (status, now(), batch, owner),
            )

    # --- reading -------------------------------------------------------------------------------------

    def all(self, limit: int = 200) -> list[BatchRow]:
        """Batches, newest first."""
        with self._reading() as connection:
            return _rows(connection, "1", (), limit)

    def find(self, reference: str) -> BatchRow | None:
        """The batch of an id or a unique beginning of it (four letters or more); None when there is none."""
        with self._reading() as connection:
            exact = _rows(connection, "id = ?", (reference,), 1)
            if exact or len(reference) < 4:
                return exact[0] if exact else None
            found = _rows(connection, "id >= ? AND id < ?", (reference, reference + "\U0010ffff"), 2)
        if len(found) > 1:
            raise UsageError(f"several batches begin with {reference}", hint="write more of the id")
        return found[0] if found else None

    def unfinished(self, recipe: str, data: str) -> BatchRow | None:
        """The last unfinished batch of a recipe and a dataset."""
        with self._reading() as connection:
            found = _rows(
                connection, "recipe = ? AND data = ? AND status NOT IN ('done', 'pruned')", (recipe, data), 1
            )
        return found[0] if found else None

    def runs_of(self, batch: int, keys: Iterable[str]) -> dict[str, BatchRun]:
        """The runs that a batch has for some of its rows, by key."""
        wanted = list(keys)
        marks = ", ".join("?" * len(wanted))
        with self._reading() as connection:
            rows = connection.execute(f"{_RUNS} AND batch_key IN ({marks})", (batch, *wanted)).fetchall()
        return {row[1]: _run(row) for row in rows}

    def runs(self, batch: int) -> list[BatchRun]:
        """All runs of a batch, in the order they began."""
        with self._reading() as connection:
            return [_run(row) for row in connection.execute(f"{_RUNS} ORDER BY number", (batch,))]

    def gates(self, batch: int) -> list[tuple[str, str, str, bool, float | None]]:
        """All checks in the runs of a batch, in order: run, step path, gate, whether it passed, score."""
        with self._reading() as connection:
            found = connection.execute(_GATES, (batch,))
            return [(run, path, gate, bool(passed), score) for run, path, gate, passed, score in found]

    def totals(self, batch: int) -> BatchTotals:
        """Sums over the runs of a batch."""
        with self._reading() as connection:
            groups = connection.execute(_TOTALS, (batch,)).fetchall()
        sums = [sum(row[place] for row in groups) for place in (2, 4, 5, 6, 7, 8)]
        known = all(row[3] for row in groups)
        return BatchTotals({row[0]: row[1] for row in groups}, sums[0], known, *sums[1:])

    # --- connections ---------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = self._connect()
            self._open.create_function("is_alive", 2, is_alive)
        return self._open

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN", "read") as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN IMMEDIATE", "write to") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, doing: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise as_ledger_error(error, self._path, doing) from error


def _rows(connection: sqlite3.Connection, where: str, values: tuple[Any, ...], limit: int) -> list[BatchRow]:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM batches WHERE {where} ORDER BY number DESC LIMIT ?", (*values, limit)
    ).fetchall()
    return [BatchRow(*(*row[:-1], json.loads(row[-1]))) for row in found]


def _run(row: tuple[Any, ...]) -> BatchRun:
    run, key, status, cost_nano, cost_known, seconds, error_class = row
    return BatchRun(run, key, status, cost_nano, bool(cost_known), seconds, error_class)


def _one(connection: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> BatchRow:
    found = _rows(connection, where, values, 1)
    if not found:
        raise UsageError("there is no such batch")
    return found[0]
