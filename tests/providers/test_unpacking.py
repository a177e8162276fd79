"""Compressed answers in every form that servers send, in pieces of any size."""

from __future__ import annotations

import gzip
import zlib

import pytest

from workbench.providers.unpacking import Unpacker

TEXT = b"One two three. " * 40


def _bare(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize(
    ("packed", "bare"),
    [
        (gzip.compress(TEXT), False),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), False),
        (gzip.compress(TEXT) + bytes(20), False),
        (zlib.compress(TEXT), False),
        (zlib.compress(TEXT), True),
        (gzip.compress(TEXT), True),
        (_bare(TEXT), True),
    ],
    ids=["gzip", "two of them", "padded", "zlib", "deflate with a head", "gzip said otherwise", "deflate"],
)
def test_every_form(packed: bytes, bare: bool, size: int) -> None:
    unpacker = Unpacker(bare)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(unpacker.plain(piece, 1000) for piece in pieces) == TEXT


def test_never_more_than_is_allowed() -> None:
    assert len(Unpacker(bare=False).plain(gzip.compress(bytes(10**6)), 1000)) == 1000
    with pytest.raises(zlib.error):
        Unpacker(bare=False).plain(b"plain text", 1000)
