"""Undoing gzip and deflate, as servers send them, piece by piece."""

from __future__ import annotations

import zlib

GZIP = b"\x1f\x8b"
HEAD = 2
"""Bytes by which the formats are told apart."""
EITHER = zlib.MAX_WBITS + 32
"""For zlib: gzip or zlib, by the head."""


class Unpacker:
    """Decompresses gzip (also several after each other) and zlib; if ``bare``, deflate without its head."""

    def __init__(self, bare: bool) -> None:
        self._bare = bare
        self._begun: zlib._Decompress | None = None
        self._head = b""
        self._is_first = True

    def plain(self, piece: bytes, most: int) -> bytes:
        """What ``piece`` holds, no more than ``most`` bytes; zlib.error where that is broken."""
        found = b""
        while piece and len(found) < most:
            if self._begun is None:
                self._head += piece
                if len(self._head) < HEAD:
                    break
                if not self._is_first and not self._head.startswith(GZIP):
                    self._head = self._head[:HEAD]  # padding after the last, of any length
                    break
                piece, self._head = self._head, b""
                self._begun = zlib.decompressobj(wbits=self._window(piece))
            found += self._begun.decompress(piece, most - len(found))
            piece = self._begun.unconsumed_tail
            if self._begun.eof:
                piece, self._begun, self._is_first = self._begun.unused_data, None, False
        return found

    def _window(self, start: bytes) -> int:
        """The format, in zlib's numbers: some servers send deflate without the head that belongs to it."""
        is_zlib = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:HEAD]) % 31 == 0
        return -zlib.MAX_WBITS if self._bare and not is_zlib and not start.startswith(GZIP) else EITHER
