"""Queries about where runs come from: the runs that all came of the same first one."""

from __future__ import annotations

import sqlite3

from workbench.ledger.read_runs import number_of, numbered
from workbench.ledger.rows import RunRow

MOST_ANCESTORS = 10_000


def family(connection: sqlite3.Connection, reference: str, limit: int) -> list[RunRow]:
    """The first ancestor of a run and all that came of it, oldest first, at most ``limit``."""
    number = number_of(connection, reference)
    root = _root(connection, number)
    found = connection.execute(
        "WITH RECURSIVE kin(id, number) AS ("
        "  SELECT id, number FROM runs WHERE number = ?"
        "  UNION SELECT runs.id, runs.number FROM runs JOIN kin ON runs.parent = kin.id"
        ") SELECT number FROM kin ORDER BY number LIMIT ?",
        (root, limit),
    ).fetchall()
    numbers = [each for (each,) in found]
    if number not in numbers:
        numbers.append(number)
    return numbered(connection, numbers)


def _root(connection: sqlite3.Connection, number: int) -> int:
    """The oldest ancestor that the record still holds."""
    found = connection.execute(
        "WITH RECURSIVE up(id, number, parent, depth) AS ("
        "  SELECT id, number, parent, 0 FROM runs WHERE number = ?"
        "  UNION ALL SELECT runs.id, runs.number, runs.parent, depth + 1 FROM runs JOIN up"
        "    ON runs.id = up.parent WHERE depth < ?"
        ") SELECT number FROM up ORDER BY depth DESC LIMIT 1",
        (number, MOST_ANCESTORS),
    ).fetchone()
    root: int = found[0]
    return root
