"""Takes in runs that another record told: all of them, or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workbench.events import Event, now
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.ingest import Ingest
from workbench.ledger.open import connect
from workbench.ledger.opinions import Said, take_said
from workbench.ledger.payload import to_json

IMPORTED = "imported"
"""The kind of the note on a run that came from elsewhere."""

PAGE = 2_000
"""Events whose rows are held in memory at a time."""

_BATCH = """INSERT INTO batches (id, recipe, recipe_hash, data, data_hash, status, started, finished, rows,
    repeat, options, touched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came in: events, runs, and what is said of runs."""

    events: int
    runs: int
    said: int


def take_in(
    path: Path, events: Iterable[Event], batch: BatchRow | None = None, said: Iterable[Said] = ()
) -> TakenIn:
    """Write ``events`` of runs that are not on record yet into the ledger at ``path``, in one transaction.

    So is what is ``said`` of them, and of runs that are there.  Raises LedgerError when it cannot be written;
    nothing is kept then.
    """
    try:
        connection = connect(path, "rw")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                taken = _take(connection, events, batch, said)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise as_ledger_error(error, path, "write to") from error
    return taken


def _take(
    connection: sqlite3.Connection, events: Iterable[Event], batch: BatchRow | None, said: Iterable[Said]
) -> TakenIn:
    if batch is not None:
        connection.execute(
            _BATCH,
            (
                batch.id, batch.recipe, batch.recipe_hash, batch.data, batch.data_hash, batch.status,
                batch.started, batch.finished, batch.rows, batch.repeat, to_json(dict(batch.options)), now(),
            ),
        )  # fmt: skip
    runs: dict[str, None] = {}
    taken = 0

    def counted() -> Iterator[Event]:
        nonlocal taken
        for event in events:
            taken += 1
            runs[event.run] = None
            yield event

    ingest, rest = Ingest(connection, ""), counted()
    while page := list(islice(rest, PAGE)):
        ingest.take(page)
    for run in runs:
        connection.execute(
            "INSERT INTO notes (run, at, kind) SELECT number, ?, ? FROM runs WHERE id = ?",
            (now(), IMPORTED, run),
        )
    return TakenIn(taken, len(runs), take_said(connection, said))
