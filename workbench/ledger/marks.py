"""Which blobs the rows of the ledger use, directly and through other blobs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from workbench.ledger.blobs import PIECES, parts_of, read_blobs
from workbench.ledger.payload import PREFIX, WHOLE, marks_in
from workbench.ledger.schema import first_key, last_key

PAYLOADS = {
    "steps": ("output",),
    "calls": ("request", "data", "price", "chunks", "raw", "details"),
    "decisions": ("candidates",),
}
"""Columns that hold JSON, or the blob that does."""
TEXTS = {
    "steps": ("reason", "error"),
    "calls": ("answer", "error"),
    "decisions": ("reason",),
    "gates": ("reason",),
}
"""Columns that hold a text, or its blob."""
MESSAGES = {"calls": ("messages",)}
RUN_PAYLOADS = ("inputs", "role_models", "edits", "outputs")


def pieces_by_text(connection: sqlite3.Connection) -> dict[int, list[int]]:
    """The pieces of each text that is kept in pieces."""
    rows = connection.execute("SELECT id, encoding, body FROM blobs WHERE encoding >= ?", (PIECES,))
    return {key: parts_of(encoding, body) for key, encoding, body in rows}


class Marks:
    """Collects the ids of blobs in use."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.used: set[int] = set()
        self._walked: set[int] = set()
        """Payloads and lists of messages looked into: a plain text of the same letters is no payload."""

    def pieces(self, of_text: Mapping[int, Sequence[int]]) -> None:
        """The pieces that long texts in use are kept in."""
        waiting = [key for key in self.used if key in of_text]
        while waiting:
            new = set(of_text[waiting.pop()]) - self.used
            self.used |= new
            waiting += (key for key in new if key in of_text)

    def run(self, number: int) -> None:
        """All that a run's rows use."""
        keys = (first_key(number), last_key(number))
        for table, columns in PAYLOADS.items():
            self._payloads(self._values(table, columns, keys))
        for table, columns in TEXTS.items():
            self.used.update(each for each in self._values(table, columns, keys) if isinstance(each, int))
        for table, columns in MESSAGES.items():
            self._messages(self._values(table, columns, keys))
        execute = self._connection.execute
        row = execute(f"SELECT {', '.join(RUN_PAYLOADS)} FROM runs WHERE number = ?", (number,)).fetchone()
        self._payloads(row or ())
        error = execute("SELECT error FROM runs WHERE number = ?", (number,)).fetchone()
        self.used.update(each for each in error or () if isinstance(each, int))
        self._payloads(each for (each,) in execute("SELECT note FROM notes WHERE run = ?", (number,)))

    def shared(self) -> None:
        """What recipes and sessions use."""
        execute = self._connection.execute
        for files, hashes in execute("SELECT files, file_hashes FROM recipes"):
            self._payloads((files, hashes))
        self._payloads(each for (each,) in execute("SELECT state FROM sessions"))

    def _values(self, table: str, columns: tuple[str, ...], keys: tuple[int, int]) -> Iterator[int | str]:
        rows = self._connection.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id BETWEEN ? AND ?", keys
        )
        for row in rows:
            yield from (value for value in row if value is not None)

    def _payloads(self, values: Iterable[int | str | None]) -> None:
        found: set[int] = set()
        for value in values:
            if isinstance(value, int):
                found.add(value)
            elif value is not None:
                self.used.update(marks_in(value))
        new = found - self._walked
        self._walked |= new
        self.used |= new
        for text in read_blobs(self._connection, new).values():
            self.used.update(marks_in(text))

    def _messages(self, values: Iterable[int | str]) -> None:
        lists: list[str] = []
        waiting: set[int] = set()
        for value in values:
            if isinstance(value, int):
                waiting.add(value)
            else:
                lists.append(value)
        while lists or waiting:
            new = waiting - self._walked
            self._walked |= new
            self.used |= new
            lists += read_blobs(self._connection, new).values()
            waiting = set()
            wholes: list[int] = []
            for role, blob, *_ in (entry for text in lists for entry in json.loads(text)):
                if role == PREFIX:
                    waiting.add(blob)
                elif role == WHOLE:
                    wholes.append(blob)
                else:
                    self.used.add(blob)
            self._payloads(wholes)
            lists = []
