"""Queries about the rhythm of a run: when each answer came, and how it streamed in."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.read_runs import number_of
from workbench.ledger.schema import first_key, last_key


@dataclass(frozen=True, slots=True)
class Beat:
    """One call that was answered: its step instance, when it was sent (epoch microseconds), how long it took.

    ``chunks`` are seconds since it was sent, and characters that had arrived by then.
    """

    path: str
    started: int
    seconds: float
    chunks: tuple[tuple[float, int], ...] = ()


def rhythm(connection: sqlite3.Connection, reference: str) -> list[Beat]:
    """The calls of a run that were answered, in order; of a replay, those of the run it replayed."""
    number = _played(connection, number_of(connection, reference))
    rows = connection.execute(
        "SELECT path, started, duration, chunks FROM calls WHERE id BETWEEN ? AND ?"
        " AND status IN ('ok', 'reused') AND kind IN ('model', 'tool', 'retrieve') AND duration IS NOT NULL"
        " ORDER BY id",
        (first_key(number), last_key(number)),
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(row[3] for row in rows)
    return [
        Beat(path, started, duration / 1e6, _pairs(payloads.value(chunks)))
        for path, started, duration, chunks in rows
    ]


def _played(connection: sqlite3.Connection, number: int) -> int:
    """The run whose answers came live: a replay has no rhythm of its own."""
    found = connection.execute(
        "WITH RECURSIVE up(number, mode, parent, depth) AS ("
        "  SELECT number, mode, parent, 0 FROM runs WHERE number = ?"
        "  UNION ALL SELECT runs.number, runs.mode, runs.parent, depth + 1 FROM runs JOIN up"
        "    ON runs.id = up.parent WHERE up.mode = 'replay' AND depth < 100"
        ") SELECT number FROM up ORDER BY depth DESC LIMIT 1",
        (number,),
    ).fetchone()
    played: int = found[0]
    return played


def _pairs(flat: list[float] | None) -> tuple[tuple[float, int], ...]:
    return tuple(zip(flat[::2], map(int, flat[1::2]), strict=True)) if flat else ()
