"""Runs whose process is gone: marked as crashed, and what they had in flight as unknown."""

from __future__ import annotations

import sqlite3

from workbench.ledger.owner import is_alive
from workbench.ledger.schema import first_key, last_key

MAY_BE_BILLED = "outcome unknown, may have been billed"


def dead_runs(connection: sqlite3.Connection) -> list[int]:
    """The runs on record as running whose process is gone."""
    rows = connection.execute("SELECT number, owner, touched FROM runs WHERE status = 'running'").fetchall()
    return [number for number, owner, touched in rows if not is_alive(owner, touched)]


def mark_dead_runs(connection: sqlite3.Connection) -> int:
    """Mark the runs whose process is gone; how many there were."""
    if not dead_runs(connection):
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        # asked again under the lock: another process may have resumed or marked them
        dead = dead_runs(connection)
        for number in dead:
            mark_interrupted(connection, number)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return len(dead)


def mark_interrupted(connection: sqlite3.Connection, run: int) -> bool:
    """Mark a run as crashed, its open steps as cancelled, its attempts in flight as unknown.

    True when one of these may have been billed; the run's and the step's cost is unknown then.
    """
    keys = (first_key(run), last_key(run))
    in_flight = connection.execute(
        "SELECT DISTINCT path FROM calls WHERE id BETWEEN ? AND ? AND status = 'started' AND durable"
        " AND kind NOT IN ('human', 'hand')",
        keys,
    ).fetchall()
    connection.execute(
        "UPDATE calls SET status = 'unknown', error = ? WHERE id BETWEEN ? AND ? AND status = 'started'"
        " AND durable AND kind NOT IN ('human', 'hand')",
        (MAY_BE_BILLED, *keys),
    )
    connection.execute(
        "UPDATE calls SET status = 'unknown', cost_nano = 0 WHERE id BETWEEN ? AND ? AND status = 'started'",
        keys,
    )
    for (path,) in in_flight:
        connection.execute(
            "UPDATE steps SET cost_nano = NULL WHERE id BETWEEN ? AND ? AND path = ?", (*keys, path)
        )
    connection.execute(
        "UPDATE steps SET status = 'cancelled', finished = (SELECT max(touched, steps.started) FROM runs"
        " WHERE number = ?) WHERE id BETWEEN ? AND ? AND status = 'running'",
        (run, *keys),
    )
    connection.execute(
        "UPDATE runs SET status = 'crashed', finished = touched, owner = NULL,"
        " cost_known = min(cost_known, ?) WHERE number = ?",
        (0 if in_flight else 1, run),
    )
    return bool(in_flight)
