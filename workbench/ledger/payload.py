"""Payloads: JSON in a column, its long texts in blobs.

``{"text": <long>, "n": 1}`` is kept as ``{"text":{"$blob":17},"n":1}``: in the row itself when that is short,
else as a blob of its own, whose id is in the row.  A key of the data that begins with ``$`` gets another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from workbench.events import Json
from workbench.ledger.blobs import CHAINED_FROM, BlobWriter, fits_sqlite
from workbench.ledger.chains import SHORTEST_KNOWN

LONG_TEXT = 120
"""Characters from which a text within a payload is a blob."""

LONG_ROW = 200
"""Characters up to which a payload stands in its row."""

MARK = "$blob"
REMEMBERED = 2_000
"""Repeated values whose blob is known without making their JSON."""

PREFIX_LENGTH = 16
"""A conversation's earlier messages are kept as chained lists of this length, so that it grows linearly."""

PREFIX = "…"
FEW = 4
_ROLES = frozenset(("system", "user", "assistant", "tool"))
WHOLE = "{}"
"""Stand in a message list where a role would: the earlier messages; a message of unusual shape."""

_compact = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=str, check_circular=False
).encode
_escaped = json.JSONEncoder(
    ensure_ascii=True, separators=(",", ":"), default=str, check_circular=False
).encode

_ATOMS = frozenset((bool, int, float, type(None)))

Plain = TypeVar("Plain", bound=Hashable)

Column = str | int | None
"""What a payload column holds."""


def to_json(value: Json) -> str:
    """Compact JSON text that SQLite can hold."""
    text = _compact(value)
    if text.isascii() or fits_sqlite(text):
        return text
    return _escaped(value)


class PayloadWriter:
    """Turns values into what payload columns hold."""

    def __init__(self, blobs: BlobWriter) -> None:
        self._keep = blobs.keep
        self.blob = blobs.keep
        self._repeated: dict[Any, int] = {}

    def column(self, value: Json, *, longest: int = LONG_TEXT, row: int = LONG_ROW) -> Column:
        """A payload; None for None.  Texts of ``longest`` characters and more are blobs."""
        if value is None:
            return None
        try:
            text = to_json(self._outlined(value, longest))
        except RecursionError:
            text = '{"$lost":"nested too deeply to be recorded"}'
        return text if len(text) <= row else self._keep(text)

    def shared(self, value: Json) -> int:
        """A payload that many rows share: always a blob."""
        return self._keep(to_json(self._outlined(value, LONG_TEXT)))

    def repeated(self, value: Plain, plain: Callable[[Plain], Json]) -> int:
        """A payload made by ``plain`` from a value that often comes again."""
        kept = self._repeated.get(value)
        if kept is None:
            if len(self._repeated) >= REMEMBERED:
                self._repeated.clear()
            kept = self._repeated[value] = self.shared(plain(value))
        return kept

    def text(self, text: str | None) -> Column:
        """A plain text column: itself when short and fit for SQLite, else a blob."""
        if not text:
            return text
        return text if len(text) <= LONG_ROW and fits_sqlite(text) else self._keep(text)

    def messages(self, messages: Sequence[Json]) -> Column:
        """The messages of a request; each text is a blob."""
        if len(messages) <= FEW:
            plain = [self._plain(each) for each in messages]
            if None not in plain:
                return f"[{','.join(plain)}]"  # type: ignore[arg-type]
        entries = [self._message(each) for each in messages]
        kept, before = 0, [PREFIX, 0]
        while len(entries) - kept > PREFIX_LENGTH:
            part = entries[kept : kept + PREFIX_LENGTH]
            if kept:
                part.insert(0, before)
            before = [PREFIX, self._keep(to_json(part))]
            kept += PREFIX_LENGTH
        text = to_json([before, *entries[kept:]] if kept else entries)
        return text if len(text) <= 2 * LONG_ROW else self._keep(text)

    def _plain(self, message: Json) -> str | None:
        """The usual message, without the detour over a JSON encoder."""
        if type(message) is dict and len(message) == 2:
            text = message.get("text")
            role = message.get("role")
            if type(text) is str and type(role) is str and role in _ROLES:
                return f'["{role}",{self._keep(text)}]'
        return None

    def _message(self, message: Json) -> list[Json]:
        if isinstance(message, Mapping):
            text, role, segments = message.get("text"), message.get("role"), message.get("segments")
            plain = 2 if segments is None else 3
            if (
                len(message) == plain
                and isinstance(text, str)
                and isinstance(role, str)
                and role not in (PREFIX, WHOLE)
            ):
                if segments is None:
                    return [role, self._keep(text)]
                return [role, self._keep(text, _edges(text, segments)), segments]
        return [WHOLE, self.shared(message)]

    def _outlined(self, value: Json, longest: int) -> Json:
        """``value`` with its long texts replaced by their blobs."""
        kind = type(value)
        if kind is str:
            return value if len(value) < longest else {MARK: self._keep(value)}
        if kind in _ATOMS:
            return value
        if isinstance(value, (dict, Mapping)):
            return {
                (f"${key}" if type(key) is str and key[:1] == "$" else key): (
                    inner if type(inner) in _ATOMS else self._outlined(inner, longest)
                )
                for key, inner in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [inner if type(inner) in _ATOMS else self._outlined(inner, longest) for inner in value]
        return value


def _edges(text: str, segments: Json) -> Sequence[int]:
    """Where the longer values of a long prompt begin and end."""
    if len(text) < CHAINED_FROM:
        return ()
    edges: set[int] = set()
    for each in segments if isinstance(segments, (list, tuple)) else ():
        start, end = each[:2] if isinstance(each, (list, tuple)) and len(each) > 1 else (None, None)
        if type(start) is int and type(end) is int and end - start >= SHORTEST_KNOWN:
            edges |= {start, end}
    return sorted(edges)


def marks_in(text: str) -> list[int]:
    """The ids of the blobs that a payload's JSON text mentions."""
    if MARK not in text:
        return []
    found: list[int] = []

    def note(pairs: dict[str, Any]) -> None:
        mark = pairs.get(MARK)
        if type(mark) is int:
            found.append(mark)

    json.loads(text, object_hook=note)
    return found


def parse(text: str, blobs: Mapping[int, str]) -> Json:
    """The value of a payload's JSON text; ``blobs`` holds the texts it mentions."""
    if '"$' not in text:
        return json.loads(text)

    def restore(pairs: dict[str, Any]) -> Any:
        if MARK in pairs:
            return blobs[pairs[MARK]]
        return {(key[1:] if key[:2] == "$$" else key): inner for key, inner in pairs.items()}

    return json.loads(text, object_hook=restore)
