"""The index of all texts on record, in a file of its own beside the ledger.

It is made from the ledger, brought up to date when one searches, and may be deleted at any time; the ledger's
writer knows nothing of it.  Every text is indexed once, however many runs use it.  Of a text kept in parts
each part is indexed, and each *seam*: the end of one part and the beginning of the next, so that a phrase
that lies across is found.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.ledger.blobs import PIECES, parts_of, read_blobs
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.payload import LONG_TEXT, MARK, PREFIX, WHOLE
from workbench.ledger.prune import last_pruned
from workbench.ledger.schema import first_key, last_key

SUFFIX = ".search"
OWN = 1 << 48
"""Ids from which an indexed text is no blob: a short text in a row, or a seam."""

SEAM = 400
"""Characters on either side of a seam."""

RUNS_AT_ONCE = 50
LAYOUT = 1
_TABLES = f"""
CREATE TABLE state (layout INTEGER, pruned INTEGER);
CREATE TABLE runs (number INTEGER PRIMARY KEY, touched INTEGER);
CREATE TABLE known (id INTEGER PRIMARY KEY);
CREATE TABLE short (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE seams (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
CREATE TABLE holds (part INTEGER, whole INTEGER, PRIMARY KEY (part, whole)) WITHOUT ROWID;
CREATE TABLE uses (text INTEGER, run INTEGER, place TEXT, path TEXT, "order" INTEGER, PRIMARY KEY (text, run))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE texts USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2');
INSERT INTO state VALUES ({LAYOUT}, -1);
"""
COMMON_KEYS = frozenset(("status", "failed", "skipped", "cost", "model", "gates"))
"""Of a step's output: what every step has."""

_SHORT = f"SELECT body FROM blobs WHERE id = ? AND encoding = 0 AND length(body) < {LONG_TEXT}"

Progress = Callable[[int, int], None]
Column = str | int | None


def index_path(ledger: Path) -> Path:
    """Where the index of a ledger lies."""
    return ledger.with_name(ledger.name + SUFFIX)


def open_index(ledger: Path) -> sqlite3.Connection:
    """The index, made where there is none; in memory where the folder is read-only."""
    path = index_path(ledger)
    try:
        return _open(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # it is made anew from the ledger
    except OSError:
        return _prepared(sqlite3.connect(":memory:", isolation_level=None))
    try:
        return _open(path)
    except (sqlite3.Error, OSError) as error:
        raise as_ledger_error(error, path, "write to") from error


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
    connection.execute("COMMIT")
    if connection.execute("SELECT layout FROM state").fetchone() != (LAYOUT,):
        raise sqlite3.DatabaseError("the index is of another version")
    return connection


def update(index: sqlite3.Connection, ledger: sqlite3.Connection, progress: Progress | None = None) -> None:
    """Take in all runs that are new or went on since; ``progress`` hears how many of how many are done."""
    pruned = last_pruned(ledger)
    if index.execute("SELECT pruned FROM state").fetchone() != (pruned,):
        _empty(index, pruned)
    done = dict(index.execute("SELECT number, touched FROM runs"))
    waiting = [
        (number, touched)
        for number, touched in ledger.execute("SELECT number, touched FROM runs ORDER BY number")
        if done.get(number) != touched
    ]
    for start in range(0, len(waiting), RUNS_AT_ONCE):
        index.execute("BEGIN IMMEDIATE")
        try:
            for at, (number, touched) in enumerate(waiting[start : start + RUNS_AT_ONCE], start + 1):
                _Run(index, ledger, number).take()
                index.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (number, touched))
                if progress is not None:
                    progress(at, len(waiting))
            index.execute("COMMIT")
        except BaseException:
            index.execute("ROLLBACK")
            raise


def _empty(index: sqlite3.Connection, pruned: int) -> None:
    """Begin anew: texts that were there may be gone, and others have their ids."""
    index.execute("BEGIN IMMEDIATE")
    for table in ("runs", "known", "short", "seams", "holds", "uses"):
        index.execute(f"DELETE FROM {table}")
    index.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
    index.execute("UPDATE state SET pruned = ?", (pruned,))
    index.execute("COMMIT")


class _Run:
    """Takes in one run: each text at its first place."""

    def __init__(self, index: sqlite3.Connection, ledger: sqlite3.Connection, number: int) -> None:
        self._index = index.execute
        self._ledger = ledger
        self._number = number
        self._order = 0
        self._lists: set[int] = set()
        self._said: set[str] = set()
        self._known_edges: dict[int, tuple[str, str]] = {}

    def take(self) -> None:
        """Read all rows of the run."""
        keys = (first_key(self._number), last_key(self._number))
        run = ("SELECT inputs, outputs, error, error_path FROM runs WHERE number = ?", (self._number,))
        inputs, outputs, run_error, error_path = self._ledger.execute(*run).fetchone()
        self._payload(inputs, "input", None)
        for path, kind, messages, request, answer, data, details, error in self._ledger.execute(
            "SELECT path, kind, messages, request, answer, data, details, error FROM calls"
            " WHERE id BETWEEN ? AND ? ORDER BY id",
            keys,
        ):
            self._messages(messages, path)
            if kind != "model":
                self._payload(request, "prompt", path)
            self._text(answer, "answer", path)
            self._payload(data, "answer", path)
            self._payload(details, "answer", path)
            self._text(error, "error", path)
        for path, output, reason, error in self._ledger.execute(
            "SELECT path, output, reason, error FROM steps WHERE id BETWEEN ? AND ? ORDER BY id", keys
        ):
            self._payload(output, "output", path)
            self._text(reason, "reason", path)
            self._text(error, "error", path)
        self._payload(outputs, "output", None)
        self._text(run_error, "error", error_path)

    # --- columns -----------------------------------------------------------------------------------

    def _text(self, column: Column, place: str, path: str | None) -> None:
        if isinstance(column, int):
            self._blob(column, place, path)
        elif column:
            self._short(column, place, path)

    def _payload(self, column: Column, place: str, path: str | None) -> None:
        if isinstance(column, int):
            column = read_blobs(self._ledger, (column,))[column]
        if column is not None:
            for each in _values(json.loads(column)):
                if isinstance(each, int):
                    self._blob(each, place, path)
                else:
                    self._short(each, place, path)

    def _messages(self, column: Column, path: str) -> None:
        if isinstance(column, int):
            if column in self._lists:
                return
            self._lists.add(column)
            column = read_blobs(self._ledger, (column,))[column]
        for role, blob, *_ in json.loads(column) if column else ():
            if role == PREFIX:
                self._messages(blob, path)
            elif role == WHOLE:
                self._payload(blob, "prompt", path)
            else:
                self._blob(blob, "prompt", path)

    # --- texts -------------------------------------------------------------------------------------

    def _use(self, text: int, place: str, path: str | None) -> None:
        self._order += 1
        row = (text, self._number, place, path, self._order)
        self._index("INSERT OR IGNORE INTO uses VALUES (?, ?, ?, ?, ?)", row)

    def _short(self, text: str, place: str, path: str | None) -> None:
        if text in self._said:
            return  # a step's output says again what its answer said
        found = self._index("SELECT id FROM short WHERE text = ?", (text,)).fetchone()
        if found is None:
            found = (self._own(),)
            self._index("INSERT INTO short VALUES (?, ?)", (found[0], text))
            self._words(found[0], text)
        self._use(found[0], place, path)

    def _blob(self, key: int, place: str, path: str | None) -> None:
        self._take_in(key)
        self._use(key, place, path)
        short = self._ledger.execute(_SHORT, (key,)).fetchone()
        self._said.update(short or ())

    def _take_in(self, key: int) -> None:
        if self._index("INSERT OR IGNORE INTO known VALUES (?)", (key,)).rowcount == 0:
            return
        parts = self._parts(key)
        if not parts:
            self._words(key, read_blobs(self._ledger, (key,)).get(key, ""))
            return
        for part in parts:
            self._take_in(part)
            self._index("INSERT OR IGNORE INTO holds VALUES (?, ?)", (part, key))
        for at in range(1, len(parts)):
            seam = self._seam(self._end(parts[:at]), self._beginning(parts[at:]))
            self._index("INSERT OR IGNORE INTO holds VALUES (?, ?)", (seam, key))

    def _seam(self, left: str, right: str) -> int:
        text = left + right
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._index("SELECT id FROM seams WHERE hash = ?", (digest,)).fetchone()
        if found is None:
            found = (self._own(),)
            self._index("INSERT INTO seams VALUES (?, ?)", (found[0], digest))
            self._words(found[0], text)
        seam: int = found[0]
        return seam

    def _end(self, parts: Sequence[int]) -> str:
        """The last characters of these parts together."""
        end = ""
        for part in reversed(parts):
            if len(end) < SEAM:
                end = self._edges(part)[1] + end
        return end[-SEAM:]

    def _beginning(self, parts: Sequence[int]) -> str:
        beginning = ""
        for part in parts:
            if len(beginning) < SEAM:
                beginning += self._edges(part)[0]
        return beginning[:SEAM]

    def _edges(self, key: int) -> tuple[str, str]:
        """The first and the last characters of a text."""
        found = self._known_edges.get(key)
        if found is None:
            parts = self._parts(key)
            if parts:
                found = self._beginning(parts), self._end(parts)
            else:
                text = read_blobs(self._ledger, (key,)).get(key, "")
                found = text[:SEAM], text[-SEAM:]
            self._known_edges[key] = found
        return found

    def _parts(self, key: int) -> list[int]:
        found = self._ledger.execute(
            "SELECT encoding, body FROM blobs WHERE id = ? AND encoding >= ?", (key, PIECES)
        ).fetchone()
        return parts_of(*found) if found else []

    def _own(self) -> int:
        newest: int = self._index(
            "SELECT max(coalesce((SELECT max(id) FROM short), ?), coalesce((SELECT max(id) FROM seams), ?))",
            (OWN, OWN),
        ).fetchone()[0]
        return newest + 1

    def _words(self, key: int, text: str) -> None:
        text = re.sub("[\0\ud800-\udfff]", " ", text)
        self._index("INSERT INTO texts (rowid, body) VALUES (?, ?)", (key, text))


def _values(value: Any) -> Iterator[int | str]:
    """The texts within a payload's JSON: blobs by id, short ones as they are."""
    if isinstance(value, str):
        if value:
            yield re.sub("[\ud800-\udfff]", "\ufffd", value)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif isinstance(value, dict):
        mark = value.get(MARK)
        if isinstance(mark, int):
            yield mark
            return
        for key, each in value.items():
            if key not in COMMON_KEYS:
                yield from _values(each)
