"""What a file is, by its content."""

from __future__ import annotations

import pytest

from workbench.providers.attachments import Attachment, media_type_of, not_taken, with_texts


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\nabc", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF1234WEBP", "image/webp"),
        (b"RIFF1234WAVE", "audio/wav"),
        (b"1234567\xffWAVE", ""),
        (b"%PDF-1.7", "application/pdf"),
        (b"BM and other makers", "text/plain"),
        (b"BM\xff\x00\xfe", "image/bmp"),
        ("Grüße".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
        (b"\x00\x01", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_types(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


def test_texts_go_before_the_prompt_where_files_are_unknown() -> None:
    picture, note = Attachment("image/png", b"x"), Attachment("text/plain", b"hi", name="a.txt")
    assert with_texts("What?", (picture, note)) == ("a.txt:\nhi\n\nWhat?", [picture])
    assert not_taken(iter((picture, note)), "image/") == ""
    assert not_taken(iter((picture, note)), "audio/") == "a file (image/png)"
