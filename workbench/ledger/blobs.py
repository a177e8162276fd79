"""Content-addressed texts: each is kept once, as readable text; only what is new and large is compressed.

A text that holds others kept lately is the list of its parts (see chains).  Lists are nested, so that a text
that grows by its end shares nearly all of its list with the text before.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from workbench.ledger.chains import Chains, Found, Parts
from workbench.ledger.pieces import pieces_of

TEXT, ESCAPED, COMPRESSED, PIECES, LIST = 0, 1, 2, 3, 4
"""How a blob's body is kept: as it is; as a JSON string, where SQLite's text cannot hold it; by zlib; as the
ids of the blobs that its parts are (a JSON list; by zlib in older ledgers)."""

CUT_FROM = 64 * 1024
"""Bytes above which a text is cut and compressed."""

CHAINED_FROM = 8 * 1024
"""Characters from which a text is looked through for texts kept before."""

ENOUGH = 4 * 1024
"""Characters that a text above CUT_FROM must share; a shorter one half of itself."""

FOOT = 512
"""Characters at the end of a text that may be the foot of a template."""

BRANCHES = 16
"""Parts in an inner list."""
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
        self._chains = Chains(lambda key: load_parts(connection, key))
        self._groups: dict[tuple[int, ...], int] = {}

    def keep(self, text: str, cuts: Sequence[int] = ()) -> int:
        """The id of the blob that holds ``text``; ``cuts``: where a template's values begin and end in it."""
        found = self._recent.get(text)
        if found is None:
            found = self._found(text, cuts)
            if len(text) <= RECENT_LENGTH:
                if len(self._recent) >= RECENT:
                    self._recent.clear()
                self._recent[text] = found
        return found

    def _found(self, text: str, cuts: Sequence[int]) -> int:
        encoded = text.encode("utf-8", "surrogatepass")
        digest = blake2b(encoded, digest_size=16).digest()
        found = self._seen.get(digest)
        if found is None:
            if len(text) < CHAINED_FROM:
                found = self._whole(text, digest)
            else:
                found = self._long(text, len(encoded), digest, cuts)
            self._chains.note(text, found)
            self._remember(digest, found)
        return found

    def _remember(self, digest: bytes, key: int) -> None:
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[digest] = key

    def _whole(self, text: str, digest: bytes) -> int:
        if fits_sqlite(text):
            return self._insert(digest, TEXT, text)
        return self._insert(digest, ESCAPED, json.dumps(text))

    def _long(self, text: str, size: int, digest: bytes, cuts: Sequence[int]) -> int:
        known = self._execute(_FIND, (digest,)).fetchone()
        if known is not None:
            self._chains.note_long(text, known[0], None)
            return int(known[0])
        parts = self._parts(text, size, cuts)
        if len(parts.ids) > 1:
            key = self._insert(digest, LIST, _list(self._grouped(text, parts.ids, parts.ends)))
        else:
            key = self._whole(text, digest)
            parts = Parts([key], [len(text)])
        self._chains.note_long(text, key, parts)
        return key

    def _parts(self, text: str, size: int, cuts: Sequence[int]) -> Parts:
        """What ``text`` is made of; a single part where it is best kept whole."""
        run = self._chains.run(text)
        end = run.at + run.length
        before, after = self._chains.within(text[: run.at]), self._chains.within(text[end:])
        shared = run.length + sum(len(part.text) for part in (*before, *after) if part.key is not None)
        if size <= CUT_FROM and (shared + run.more) * 2 < len(text):
            return Parts([], [])
        parts = Parts([], [])
        if shared + run.more < ENOUGH:
            return self._cut(text, parts)
        self._add(before, parts, cuts)
        parts.join(run.parts)
        self._add(after, parts, sorted({*cuts, end + run.more, _foot(text)}))
        return parts

    def _add(self, found: Iterable[Found], parts: Parts, cuts: Sequence[int]) -> None:
        """Add known parts, and new ones cut where a text like this is likely to differ."""
        for part in found:
            if part.key is not None:
                parts.add(part.key, len(part.text))
                continue
            start = parts.ends[-1] if parts.ends else 0
            begun = 0
            for cut in (*cuts, start + len(part.text)):
                if begun < cut - start <= len(part.text):
                    self._cut(part.text[begun : cut - start], parts)
                    begun = cut - start

    def _cut(self, text: str, parts: Parts) -> Parts:
        """Add a new text to ``parts``: as it is, or when it is large, in compressed pieces."""
        encoded = text.encode("utf-8", "surrogatepass")
        if len(encoded) <= CUT_FROM:
            if text:
                digest = blake2b(encoded, digest_size=16).digest()
                parts.add(self._seen.get(digest) or self._whole(text, digest), len(text))
            return parts
        for piece in pieces_of(encoded):
            parts.add(self._piece(piece), len(piece.decode("utf-8", "surrogatepass")))
        return parts

    def _grouped(self, text: str, ids: list[int], ends: list[int]) -> list[int]:
        """A list of any number of parts as a short one: inner lists, and the parts after them."""
        if len(ids) <= 2 * BRANCHES:
            return ids
        full = len(ids) - len(ids) % BRANCHES
        inner: list[int] = []
        for at in range(0, full, BRANCHES):
            group = tuple(ids[at : at + BRANCHES])
            known = self._groups.get(group)
            if known is None:
                if len(self._groups) >= REMEMBERED:
                    self._groups.clear()
                span = text[ends[at - 1] if at else 0 : ends[at + BRANCHES - 1]]
                digest = blake2b(span.encode("utf-8", "surrogatepass"), digest_size=16).digest()
                known = self._groups[group] = self._insert(digest, LIST, _list(group))
            inner.append(known)
        return self._grouped(text, inner, ends[BRANCHES - 1 : full : BRANCHES]) + ids[full:]

    def _piece(self, piece: bytes) -> int:
        digest = blake2b(piece, digest_size=16).digest()
        found = self._seen.get(digest)
        if found is None:
            found = self._insert(digest, COMPRESSED, zlib.compress(piece))
            self._remember(digest, found)
        return found

    def _insert(self, digest: bytes, encoding: int, body: str | bytes) -> int:
        done = self._execute(_INSERT, (digest, encoding, body))
        if done.rowcount == 1 and done.lastrowid is not None:
            return done.lastrowid
        found: int = self._execute(_FIND, (digest,)).fetchone()[0]
        return found


def _foot(text: str) -> int:
    """Where the last lines of a text begin: what a template says after its values."""
    line_end = text.find("\n", max(len(text) - FOOT, 0))
    return line_end if line_end >= 0 else len(text)


def _list(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, ids))}]"


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


def parts_of(encoding: int, body: str | bytes) -> list[int]:
    """The ids of the parts that a text is kept in; none where it is kept whole."""
    if encoding < PIECES:
        return []
    ids: list[int] = json.loads(body if isinstance(body, str) else zlib.decompress(body))
    return ids


def load_parts(connection: sqlite3.Connection, key: int) -> Parts:
    """The innermost parts of a text, in order."""
    ids = [key]
    inner = {key}
    known: dict[int, list[int]] = {}
    while inner:
        rows = list(_rows(connection, inner))
        known.update((each, parts_of(encoding, body)) for each, encoding, body in rows)
        inner = {part for each, *_ in rows for part in known[each]} - known.keys()
    while any(known[each] for each in ids):
        ids = [part for each in ids for part in (known[each] or (each,))]
    texts = read_blobs(connection, ids)
    parts = Parts([], [])
    for each in ids:
        parts.add(each, len(texts[each]))
    return parts


def read_blobs(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The texts of ``ids``."""
    found: dict[int, str] = {}
    cut: dict[int, list[int]] = {}
    for key, encoding, body in _rows(connection, ids):
        if encoding >= PIECES:
            cut[key] = parts_of(encoding, body)
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
