"""Cuts long texts where their content says so: texts that share long parts share those pieces.

A context that grows by 4 KB a step would otherwise be kept anew each time; cut by its content, only its end
is new.  A change in the middle moves only the cuts around it.
"""

from __future__ import annotations

from zlib import crc32

SHORTEST = 1024
LONGEST = 4 * 1024
SEEN = 32
"""Bytes before a line's end that decide whether it is a cut."""

ONE_IN = 16
"""Of so many line ends one is a cut."""


def pieces_of(text: bytes) -> list[bytes]:
    """``text`` (UTF-8) in pieces; the same part gives the same pieces wherever it stands."""
    pieces: list[bytes] = []
    start = 0
    while start < len(text):
        end = _cut(text, start)
        pieces.append(text[start:end])
        start = end
    return pieces


def _cut(text: bytes, start: int) -> int:
    limit = min(start + LONGEST, len(text))
    line_end = text.find(b"\n", start + SHORTEST, limit)
    while line_end >= 0:
        if crc32(text[max(line_end - SEEN, start) : line_end]) % ONE_IN == 0:
            return line_end + 1
        line_end = text.find(b"\n", line_end + 1, limit)
    if limit == len(text):
        return limit
    while text[limit] & 0xC0 == 0x80:  # not within a character
        limit -= 1
    return limit
