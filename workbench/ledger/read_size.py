"""How much text a run uses; what runs share counts for each of them."""

from __future__ import annotations

import json
import sqlite3
import zlib

from workbench.ledger.blobs import PIECES
from workbench.ledger.marks import Marks

ASKED_AT_ONCE = 500


def size_of(connection: sqlite3.Connection, number: int) -> int:
    """Bytes of the texts of a run as they lie in the file."""
    marks = Marks(connection)
    marks.run(number)
    total = 0
    seen: set[int] = set()
    waiting = list(marks.used)
    while waiting:
        some, waiting = waiting[:ASKED_AT_ONCE], waiting[ASKED_AT_ONCE:]
        seen.update(some)
        rows = connection.execute(
            f"SELECT length(CAST(body AS BLOB)), CASE encoding WHEN {PIECES} THEN body END FROM blobs"
            f" WHERE id IN ({', '.join('?' * len(some))})",
            some,
        )
        for length, pieces in rows:
            total += length
            if pieces is not None:
                waiting.extend(set(json.loads(zlib.decompress(pieces))) - seen)
                seen.update(waiting)
    return total
