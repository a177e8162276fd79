"""Batches on record: begun, gone on with, ended, and what became of their rows.

The runs themselves come in through the writer like all runs; the few rows about batches are written here, by
whoever drives a batch, and before its first run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import UsageError
from workbench.events import Json, now
from workbench.ledger.batch_rows import (
    BatchCall,
    BatchFigures,
    BatchRow,
    BatchRun,
    BatchStatus,
    BatchTotals,
    RunEnding,
)  # fmt: skip
from workbench.ledger.held import Held
from workbench.ledger.owner import new_owner, retire
from workbench.ledger.payload import to_json
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.read_runs import SHOWN
from workbench.ledger.schema import MOST_ROWS, RUN_SHIFT

_LIVES = "CASE WHEN status = 'running' AND NOT is_alive(owner, touched) THEN 'crashed' ELSE status END"
_COLUMNS = f"""number, id, recipe, recipe_hash, data, data_hash, {_LIVES}, started, finished, rows, repeat,
    options"""
_START = """INSERT INTO batches (id, recipe, recipe_hash, data, data_hash, status, started, rows, repeat,
    options, owner, touched) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)"""
_STANDS = """SELECT count(*), total(status IN ('done', 'failed', 'waiting')), min(started), max(finished)
    FROM runs WHERE batch = ?"""
_TOGETHER = """UPDATE batches SET status = ?, started = min(started, ?), finished = ?, options = ?
    WHERE id = ? AND status <> 'running'"""
_RUNS = f"""SELECT id, batch_key, {SHOWN}, cost_nano, cost_known, (finished - started) / 1e6, error_class,
    saved_nano, reused FROM runs WHERE batch = ?"""
_CALLS = f"""SELECT runs.id, calls.path, calls.status = 'reused',
        CASE calls.status WHEN 'reused' THEN calls.saved_nano ELSE calls.cost_nano END,
        calls.duration / 1e6, calls.input + coalesce(calls.cached, 0) + coalesce(calls.cache_write, 0),
        calls.output, calls.kind = 'model', CASE calls.status WHEN 'reused' THEN calls.first_token END / 1e6
    FROM runs CROSS JOIN calls ON calls.id BETWEEN runs.number << {RUN_SHIFT}
        AND (runs.number << {RUN_SHIFT}) | {MOST_ROWS}
    WHERE runs.batch = ? AND calls.status IN ('ok', 'error', 'reused') ORDER BY calls.id"""
_GATES = f"""SELECT runs.id, gates.path, gates.gate, gates.passed, gates.score FROM runs
    CROSS JOIN gates ON gates.id BETWEEN runs.number << {RUN_SHIFT}
        AND (runs.number << {RUN_SHIFT}) | {MOST_ROWS}
    WHERE runs.batch = ?"""
_LATEST = """SELECT number, CASE cost_known WHEN 1 THEN cost_nano END, (finished - started) / 1e6 FROM runs
    WHERE batch = ? AND finished IS NOT NULL ORDER BY number DESC LIMIT ?"""
_INPUTS = "SELECT id, inputs FROM runs WHERE id IN"
_ENDINGS = f"SELECT id, {SHOWN}, outputs, error FROM runs WHERE id IN"
_AT_ONCE = 500
_FAILED = "AND status IN ('failed', 'crashed', 'over_budget', 'cancelled', 'waiting')"
_FAILED_BY = "SELECT count(*) FROM runs WHERE batch = ? AND status = 'failed' AND error_class IN"
_LAST_FAILURE = """SELECT batch_key, error, error_class FROM runs
    WHERE batch = ? AND status IN ('failed', 'over_budget') ORDER BY number DESC LIMIT 1"""
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


class Batches(Held):
    """Reads and writes what the record knows of batches."""

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

    def put_together(self, batch: str) -> None:
        """Parts of a batch came in: it is done when all its runs are there and ended, else unfinished."""
        with self._writing() as connection:
            row = _one(connection, "id = ?", (batch,))
            total, ended, started, finished = connection.execute(_STANDS, (row.number,)).fetchone()
            status = "done" if total == row.whole and ended == total else "cancelled"
            options = to_json({**row.options, "shard": ""})
            connection.execute(_TOGETHER, (status, started, finished, options, batch))

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

    def of_run(self, run: str) -> BatchRow | None:
        """The batch that a run belongs to."""
        with self._reading() as connection:
            found = _rows(connection, "number = (SELECT batch FROM runs WHERE id = ?)", (run,), 1)
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

    def failed(self, batch: int, classes: Collection[str]) -> int:
        """How many runs of a batch failed with an error of some classes."""
        marks = ", ".join("?" * len(classes))
        with self._reading() as connection:
            found = connection.execute(f"{_FAILED_BY} ({marks})", (batch, *classes)).fetchone()
        return int(found[0])

    def last_failure(self, batch: int) -> str:
        """The row of the latest run that failed or went over a budget, and why; empty where none did."""
        with self._reading() as connection:
            found = connection.execute(_LAST_FAILURE, (batch,)).fetchone()
            if found is None:
                return ""
            key, error, error_class = found
            read = PayloadReader(connection)
            read.gather((error,))
            return f"row {key.rpartition(':')[2]}: {read.text(error) or error_class or 'failed'}"

    def page(self, batch: int, limit: int, offset: int, *, failed: bool = False) -> list[BatchRun]:
        """A page of a batch's runs, newest first; with ``failed`` only those that failed or wait."""
        with self._reading() as connection:
            found = connection.execute(
                f"{_RUNS} {_FAILED if failed else ''} ORDER BY number DESC LIMIT ? OFFSET ?",
                (batch, limit, offset),
            )
            return [_run(row) for row in found]

    def inputs(self, runs: Iterable[str]) -> dict[str, Mapping[str, Json]]:
        """What runs were given, by run."""
        return {run: read.value(inputs) or {} for run, inputs, read in self._of_runs(_INPUTS, runs, 1)}

    def endings(self, runs: Iterable[str]) -> dict[str, RunEnding]:
        """What runs came to, by run."""
        return {
            run: RunEnding(status, read.value(outputs) or {}, read.text(error) or "")
            for run, status, outputs, error, read in self._of_runs(_ENDINGS, runs, 2)
        }

    def _of_runs(self, query: str, runs: Iterable[str], plain: int) -> list[tuple[Any, ...]]:
        """Rows of a query for some runs, with what reads their payloads: all after ``plain`` columns."""
        wanted = list(runs)
        found: list[tuple[Any, ...]] = []
        with self._reading() as connection:
            for begin in range(0, len(wanted), _AT_ONCE):
                some = wanted[begin : begin + _AT_ONCE]
                rows = connection.execute(f"{query} ({', '.join('?' * len(some))})", some).fetchall()
                read = PayloadReader(connection)
                read.gather(column for row in rows for column in row[plain:])
                found += [(*row, read) for row in rows]
        return found

    def figures(self, batch: int, limit: int = 1000) -> BatchFigures:
        """Single figures of the latest runs that ended."""
        with self._reading() as connection:
            runs = connection.execute(_LATEST, (batch, limit)).fetchall()
            least = min((row[0] for row in runs), default=0)
            gates = connection.execute(
                f"{_GATES} AND runs.number >= ? ORDER BY gates.id", (batch, least)
            ).fetchall()
        return BatchFigures(
            tuple(float(row[1]) for row in runs if row[1] is not None),
            tuple(row[2] for row in runs if row[2] is not None),
            tuple((f"{path}: {gate}", bool(passed), score) for _, path, gate, passed, score in gates),
        )

    def gates(self, batch: int) -> list[tuple[str, str, str, bool, float | None]]:
        """All checks in the runs of a batch, in order: run, step path, gate, whether it passed, score."""
        with self._reading() as connection:
            found = connection.execute(f"{_GATES} ORDER BY gates.id", (batch,))
            return [(run, path, gate, bool(passed), score) for run, path, gate, passed, score in found]

    def calls(self, batch: int) -> list[BatchCall]:
        """All attempts at calls in the runs of a batch, in order; a reused one as when it was made."""
        with self._reading() as connection:
            found = connection.execute(_CALLS, (batch,))
            return [
                BatchCall(run, path, bool(reused), cost, took or 0.0, in_, out, bool(model), waited or 0.0)
                for run, path, reused, cost, took, in_, out, model, waited in found
            ]

    def totals(self, batch: int) -> BatchTotals:
        """Sums over the runs of a batch."""
        with self._reading() as connection:
            groups = connection.execute(_TOTALS, (batch,)).fetchall()
        sums = [sum(row[place] for row in groups) for place in (2, 4, 5, 6, 7, 8)]
        known = all(row[3] for row in groups)
        return BatchTotals({row[0]: row[1] for row in groups}, sums[0], known, *sums[1:])


def _rows(connection: sqlite3.Connection, where: str, values: tuple[Any, ...], limit: int) -> list[BatchRow]:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM batches WHERE {where} ORDER BY number DESC LIMIT ?", (*values, limit)
    ).fetchall()
    return [BatchRow(*(*row[:-1], json.loads(row[-1]))) for row in found]


def _run(row: tuple[Any, ...]) -> BatchRun:
    run, key, status, cost_nano, cost_known, *rest = row
    return BatchRun(run, key, status, cost_nano, bool(cost_known), *rest)


def _one(connection: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> BatchRow:
    found = _rows(connection, where, values, 1)
    if not found:
        raise UsageError("there is no such batch")
    return found[0]
