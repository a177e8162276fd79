"""Images and files that go with a message."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from workbench.events import Json

MOST_BYTES = 20 * 1024 * 1024
"""The largest file that is sent; providers take between 5 and 50 MB in one request."""
_BEGINNINGS: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"), (b"\xff\xd8\xff", 0, "image/jpeg"), (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"), (b"ftypheic", 4, "image/heic"), (b"ftypavif", 4, "image/avif"),
    (b"BM", 0, "image/bmp"), (b"%PDF-", 0, "application/pdf"), (b"WAVE", 8, "audio/wav"),
    (b"ID3", 0, "audio/mpeg"), (b"\xff\xfb", 0, "audio/mpeg"), (b"\xff\xf3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"), (b"fLaC", 0, "audio/flac"), (b"ftypM4A", 4, "audio/mp4"),
    (b"ftypisom", 4, "video/mp4"), (b"ftypmp42", 4, "video/mp4"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, sound or document: its bytes, or an address where the provider can fetch it."""

    media_type: str
    content: bytes = b""
    url: str = ""
    name: str = ""

    @property
    def is_image(self) -> bool:
        """True for pictures."""
        return self.media_type.startswith("image/")

    @property
    def is_text(self) -> bool:
        """True for texts, which every model takes."""
        return self.media_type.startswith("text/") and not self.url

    @property
    def text(self) -> str:
        """A text with its name before it, for protocols that know no files."""
        return f"{self.name or 'file'}:\n{self.content.decode('utf-8', 'replace')}"

    @property
    def base64(self) -> str:
        """The bytes as text."""
        return b64encode(self.content).decode("ascii")

    @property
    def address(self) -> str:
        """The address, or the bytes as a ``data:`` address."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"

    @property
    def hash(self) -> str:
        """What identifies the content."""
        return blake2b(self.content or self.url.encode(), digest_size=16).hexdigest()

    @property
    def on_record(self) -> dict[str, Json]:
        """What the record keeps of it: never the content."""
        kept: dict[str, Json] = {"name": self.name, "type": self.media_type, "hash": self.hash}
        return {**kept, "url": self.url} if self.url else {**kept, "bytes": len(self.content)}


def media_type_of(content: bytes) -> str:
    """What a file is, by how it begins; ``text/plain`` for any UTF-8 text, empty for the unknown."""
    for beginning, at, media_type in _BEGINNINGS:
        if content.startswith(beginning, at) and (at != 8 or content.startswith(b"RIFF")):
            if beginning == b"BM" and _is_text(content):
                continue
            return media_type
    return "text/plain" if _is_text(content) else ""


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def with_texts(text: str, attachments: tuple[Attachment, ...]) -> tuple[str, list[Attachment]]:
    """``text`` behind the attached texts, and what is no text, for protocols that take pictures only."""
    texts = [each.text for each in attachments if each.is_text]
    return "\n\n".join([*texts, text]), [each for each in attachments if not each.is_text]


def not_taken(attachments: Iterator[Attachment], *beginnings: str) -> str:
    """The first attachment whose type is none of these, in words; empty when all are taken."""
    for each in attachments:
        if not each.is_text and not each.media_type.startswith(beginnings):
            return f"{each.name or 'a file'} ({each.media_type})"
    return ""
