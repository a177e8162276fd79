"""How much text a run uses; what runs share counts for each of them."""

from __future__ import annotations

import sqlite3

from workbench.ledger.blobs import PIECES, parts_of
from workbench.ledger.marks import Marks

ASKED_AT_ONCE = 500


def size_of(connection: sqlite3.Connection, number: int) -> int:
    """Bytes of the texts of a run as they lie in the file."""
    marks = Marks(connection)
    marks.run(number)
    total = 0
    seen = set(marks.used)
    waiting = list(seen)
    while waiting:
        some, waiting = waiting[:ASKED_AT_ONCE], waiting[ASKED_AT_ONCE:]
        rows = connection.execute(
            f"SELECT length(CAST(body AS BLOB)), encoding, CASE WHEN encoding >= {PIECES} THEN body END"
            f" FROM blobs WHERE id IN ({', '.join('?' * len(some))})",
            some,
        )
        for length, encoding, parts in rows:
            total += length
            if parts is not None:
                new = set(parts_of(encoding, parts)) - seen
                seen |= new
                waiting.extend(new)
    return total
