"""Content-addressed texts: each is kept once, as readable text up to 64 KiB and compressed above."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from hashlib import blake2b

TEXT, ESCAPED, COMPRESSED = 0, 1, 2
"""How a blob's body is kept: as it is, as a JSON string (SQLite's text cannot hold it), by zlib."""

COMPRESS_FROM = 64 * 1024
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
            found = self._insert(text, encoded, digest)
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[digest] = found
        return found

    def _insert(self, text: str, encoded: bytes, digest: bytes) -> int:
        done = self._execute(_INSERT, (digest, *_body(text, encoded)))
        if done.rowcount == 1 and done.lastrowid is not None:
            return done.lastrowid
        found: int = self._execute(_FIND, (digest,)).fetchone()[0]
        return found


def _body(text: str, encoded: bytes) -> tuple[int, str | bytes]:
    if len(encoded) > COMPRESS_FROM:
        return COMPRESSED, zlib.compress(encoded, 6)
    if fits_sqlite(text):
        return TEXT, text
    return ESCAPED, json.dumps(text)


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


def text_of(encoding: int, body: str | bytes) -> str:
    """The text of a stored body."""
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
    wanted = sorted(set(ids))
    found: dict[int, str] = {}
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        marks = ",".join("?" * len(some))
        rows = connection.execute(f"SELECT id, encoding, body FROM blobs WHERE id IN ({marks})", some)
        for key, encoding, body in rows:
            found[key] = body if encoding == TEXT else text_of(encoding, body)
    return found
