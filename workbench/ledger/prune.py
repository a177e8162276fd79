"""Makes room: deletes runs, and the texts that nobody uses any more.

An answer that a run took from another is its own, and its question with it: what is kept can be compared and
explained when that other run is gone.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import LedgerError, UsageError
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.marks import Marks, pieces_by_text
from workbench.ledger.open import connect
from workbench.ledger.owner import is_alive
from workbench.ledger.read_runs import UNFINISHED
from workbench.ledger.schema import first_key, last_key

PRUNED = 0
"""Stands for a run in the notes that say when the ledger was pruned."""
ROWS = ("steps", "calls", "decisions", "gates")


@dataclass(frozen=True, slots=True)
class PrunedRun:
    """A run that is to go, or is gone."""

    number: int
    id: str
    recipe: str
    status: str
    started: int
    bytes: int
    """Of the texts that only runs that go use; texts that several of them use count for the newest."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning does, or did.  Sizes are bytes of the file."""

    runs: tuple[PrunedRun, ...]
    kept: int
    needed: tuple[str, ...]
    """Runs that would go but for others that need them."""
    texts: int
    text_bytes: int
    before: int
    after: int | None = None
    """None: nothing was done."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Which runs stay: the newest ``newest``, and those begun since ``since`` (UTC epoch microseconds)."""

    newest: int | None = None
    since: int | None = None


def prune(path: Path, keep: Keep, *, dry: bool) -> Pruned:
    """Delete the runs that ``keep`` does not name, or with ``dry`` say which.

    Runs that wait for a person stay, and those that an unfinished rerun or fork came from.  Raises UsageError
    while a run is running, LedgerError when the file cannot be changed.
    """
    try:
        connection = connect(path, "rw")
        try:
            return _prune(connection, path, keep, dry)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise as_ledger_error(error, path, "prune") from error


def _prune(connection: sqlite3.Connection, path: Path, keep: Keep, dry: bool) -> Pruned:
    before = _size(path)
    # the lock stays until all is done: a run that starts meanwhile waits, and finds the notes below
    connection.execute("BEGIN IMMEDIATE")
    try:
        _refuse_while_running(connection)
        going, needed = _going(connection, keep)
        done = _delete(connection, going)
        found = Pruned(done.runs, done.kept, needed, done.texts, done.text_bytes, before)
        connection.execute("ROLLBACK" if dry or not going else "COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if dry:
        return found
    if not going:
        return replace(found, after=before)
    path.with_name(path.name + ".search").unlink(missing_ok=True)  # the index is made anew when one searches
    _shrink(connection)
    return replace(found, after=_size(path))


def _refuse_while_running(connection: sqlite3.Connection) -> None:
    for run, owner, touched in connection.execute(
        "SELECT id, owner, touched FROM runs WHERE status = 'running'"
    ):
        if is_alive(owner, touched):
            raise UsageError(f"run {run} is running", hint="wait until it is done, or stop it")


def _going(
    connection: sqlite3.Connection, keep: Keep
) -> tuple[list[tuple[int, str, str, str, int]], tuple[str, ...]]:
    """The runs that go, newest first; and the ids of those that stay only because others need them."""
    rows: list[tuple[int, str, str, str, int]] = connection.execute(
        "SELECT number, id, recipe, status, started FROM runs ORDER BY number DESC"
    ).fetchall()
    old = [
        row
        for place, row in enumerate(rows)
        if (keep.newest is not None and place >= keep.newest)
        or (keep.since is not None and row[4] < keep.since)
    ]
    marks = ", ".join("?" * len(UNFINISHED))
    origins = connection.execute(
        "SELECT number, parent FROM runs WHERE parent IS NOT NULL AND mode <> 'replay'"
        f" AND status IN ({marks})", UNFINISHED,
    ).fetchall()  # fmt: skip
    going = {row[0] for row in old if row[3] != "waiting"}
    staying_origins = {parent for number, parent in origins if number not in going}
    needed = tuple(row[1] for row in old if row[3] == "waiting" or row[1] in staying_origins)
    return [row for row in old if row[0] in going and row[1] not in staying_origins], needed


def _delete(connection: sqlite3.Connection, going: Sequence[tuple[int, str, str, str, int]]) -> Pruned:
    """Delete the rows of runs, then recipes and texts without a user."""
    execute = connection.execute
    leaving = {number for number, *_ in going}
    marks = Marks(connection)
    staying = [number for (number,) in execute("SELECT number FROM runs") if number not in leaving]
    for number in staying:
        marks.run(number)
    execute("CREATE TEMP TABLE leaving (number INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO leaving VALUES (?)", [(number,) for number in leaving])
    execute(
        "DELETE FROM recipes WHERE hash NOT IN"
        " (SELECT recipe_hash FROM runs WHERE number NOT IN (SELECT number FROM leaving))"
    )
    marks.shared()
    pieces = pieces_by_text(connection)
    marks.pieces(pieces)
    kept_texts = frozenset(marks.used)
    sizes = dict(execute("SELECT id, length(CAST(body AS BLOB)) FROM blobs"))
    runs = []
    for number, id, recipe, status, started in going:
        own = Marks(connection)
        own.run(number)
        own.pieces(pieces)
        fresh = own.used - marks.used
        marks.used |= fresh
        runs.append(PrunedRun(number, id, recipe, status, started, sum(sizes.get(each, 0) for each in fresh)))
    for number in leaving:
        keys = (first_key(number), last_key(number))
        for table in ROWS:
            execute(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", keys)
    execute("DELETE FROM notes WHERE run IN (SELECT number FROM leaving)")
    # a batch that lost runs must not go on: it would do their rows again
    execute(
        "UPDATE batches SET status = 'pruned' WHERE status <> 'done' AND number IN"
        " (SELECT batch FROM runs WHERE number IN (SELECT number FROM leaving))"
    )
    execute("DELETE FROM runs WHERE number IN (SELECT number FROM leaving)")
    execute(
        "DELETE FROM batches WHERE status IN ('done', 'pruned') AND number NOT IN"
        " (SELECT batch FROM runs WHERE batch IS NOT NULL)"
    )
    execute("DROP TABLE leaving")
    unused = [each for each in sizes if each not in kept_texts]
    if going:
        connection.executemany("DELETE FROM blobs WHERE id = ?", [(each,) for each in unused])
        execute("INSERT INTO notes (run, at, kind) VALUES (?, ?, 'pruned')", (PRUNED, time.time_ns() // 1000))
    unused_bytes = sum(sizes[each] for each in unused)
    return Pruned(tuple(runs), len(staying), (), len(unused), unused_bytes, 0)


def _shrink(connection: sqlite3.Connection) -> None:
    """Give the room back to the disk; where others read the file, it stays for what comes next."""
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) and "busy" not in str(error):
            raise LedgerError(f"the runs are deleted, but the file did not shrink: {error}") from error


def _size(path: Path) -> int:
    beside = (path, path.with_name(path.name + "-wal"))
    return sum(each.stat().st_size for each in beside if each.exists())


def last_pruned(connection: sqlite3.Connection) -> int:
    """A number that changes with every pruning: texts that a writer remembers may be gone then."""
    found: int = connection.execute(
        "SELECT coalesce(max(id), 0) FROM notes WHERE run = ?", (PRUNED,)
    ).fetchone()[0]
    return found
