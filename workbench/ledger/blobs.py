"""Content-addressed texts: each is kept once, as readable text up to 64 KiB, in compressed pieces above."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from workbench.ledger.pieces import pieces_of

TEXT, ESCAPED, COMPRESSED, PIECES = 0, 1, 2, 3
"""How a blob's body is kept: as it is; as a JSON string, where SQLite's text cannot hold it; by zlib; as the
ids of the blobs that its pieces are (a JSON list, by zlib)."""

CUT_FROM = 64 * 1024
REMEMBERED = 20_000
"""Texts known by their hash."""

RECENT = 200
RECENT_LENGTH = 32 * 1024
"""Texts known without hashing: an answer comes again in its step's output, a system text in every call."""

ASKED_AT_ONCE = 500

_INSERT = "INSERT INTO blobs (hash, encoding, body) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING"
_FIND = "SELECT id FROM blobs WHERE hash = ?"


class BlobWriter:
    """Keeps texts and hands out their ids; remembers which it has seen."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.cursor().execute
        self._seen: dict[bytes, int] = {}
        self._recent: dict[str, int] = {}

    def keep(self, text: str) -> int:
        """The id of the blob that holds ``text``."""
        found = self._recent.get(text)
        if found is None:
            found = self._found(text)
            if len(text) <= RECENT_LENGTH:
                if len(self._recent) >= RECENT:
                    self._recent.clear()
                self._recent[text] = found
        return found

    def _found(self, text: str) -> int:
        encoded = text.encode("utf-8", "surrogatepass")
        digest = blake2b(encoded, digest_size=16).digest()
        found = self._seen.get(digest)
        if found is None:
            found = self._cut(encoded, digest) if len(encoded) > CUT_FROM else self._whole(text, digest)
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[digest] = found
        return found

    def _whole(self, text: str, digest: bytes) -> int:
        if fits_sqlite(text):
            return self._insert(digest, TEXT, text)
        return self._insert(digest, ESCAPED, json.dumps(text))

    def _cut(self, encoded: bytes, digest: bytes) -> int:
        known = self._execute(_FIND, (digest,)).fetchone()
        if known is not None:
            return int(known[0])
        ids = [self._piece(piece) for piece in pieces_of(encoded)]
        return self._insert(digest, PIECES, zlib.compress(json.dumps(ids).encode()))

    def _piece(self, piece: bytes) -> int:
        digest = blake2b(piece, digest_size=16).digest()
        found = self._seen.get(digest)
        if found is None:
            found = self._seen[digest] = self._insert(digest, COMPRESSED, zlib.compress(piece))
        return found

    def _insert(self, digest: bytes, encoding: int, body: str | bytes) -> int:
        done = self._execute(_INSERT, (digest, encoding, body))
        if done.rowcount == 1 and done.lastrowid is not None:
            return done.lastrowid
        found: int = self._execute(_FIND, (digest,)).fetchone()[0]
        return found


def fits_sqlite(text: str) -> bool:
    """Whether SQLite's text can hold it: no lone surrogate, no NUL (where its functions stop reading)."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_of(encoding: int, body: str | bytes) -> str:
    """The text of a stored body that is whole."""
    if encoding == COMPRESSED:
        assert isinstance(body, bytes)
        return zlib.decompress(body).decode("utf-8", "surrogatepass")
    assert isinstance(body, str)
    if encoding == ESCAPED:
        text: str = json.loads(body)
        return text
    return body


def read_blobs(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The texts of ``ids``."""
    found: dict[int, str] = {}
    cut: dict[int, list[int]] = {}
    for key, encoding, body in _rows(connection, ids):
        if encoding == PIECES:
            cut[key] = json.loads(zlib.decompress(body))
        else:
            found[key] = body if encoding == TEXT else _text_of(encoding, body)
    if cut:
        parts = read_blobs(connection, (part for pieces in cut.values() for part in pieces))
        for key, pieces in cut.items():
            found[key] = "".join([parts[part] for part in pieces])
    return found


def _rows(connection: sqlite3.Connection, ids: Iterable[int]) -> Iterator[tuple[int, int, Any]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        marks = ",".join("?" * len(some))
        yield from connection.execute(f"SELECT id, encoding, body FROM blobs WHERE id IN ({marks})", some)
