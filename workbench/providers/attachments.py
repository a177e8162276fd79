"""Images and files that go with a message."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2b


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
