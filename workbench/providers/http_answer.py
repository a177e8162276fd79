"""Answers of HTTP/1.1, read from bytes however these were cut on the way; without any network.

llhttp, the parser of Node.js, does the reading (httptools): h11 needs 25 times its CPU, 70 times in chunks.
"""

from __future__ import annotations

import httptools

LONGEST_HEAD = 64 * 1024
"""Bytes of an answer's status line and headers."""


class HttpAnswer:
    """The answers on a connection: ``begin`` each, ``feed`` it what arrives, ``end`` it where that ends."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # What a client can put up with: one request at a time leaves nothing to be smuggled.
        self._parser.set_dangerous_leniencies(
            lenient_chunked_length=True,
            lenient_data_after_close=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self.begin()

    def begin(self) -> None:
        """A request was sent: what comes next is its answer."""
        self.status = 0
        """Zero until the head is whole."""
        self.headers: list[tuple[bytes, bytes]] = []
        """In the order they came."""
        self.is_complete = False
        """The answer ended where it said that it would."""
        self.error = ""
        """Why nothing more of it can be read."""
        self._body: list[bytes] = []
        self._head_bytes = 0
        self._keeps_open = False
        self._tells_its_end = True
        self._has_more = False

    def feed(self, received: bytes) -> None:
        """Take what arrived; ``error`` says whether it was HTTP."""
        if not self.status:
            self._head_bytes += len(received)
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserUpgrade:
            self.error = "the server wants to speak another protocol"
        except httptools.HttpParserError as error:
            self.error = f"the answer is no HTTP: {error}"
        if not self.status and self._head_bytes > LONGEST_HEAD:
            self.error = f"the answer's headers are longer than {LONGEST_HEAD:,} bytes"

    def end(self) -> None:
        """Nothing more comes: the end of an answer that does not say its length, else an error."""
        if self.status and not self._tells_its_end and not self.error:
            self.is_complete = True
        elif not self.is_complete:
            self.error = self.error or "the server closed it before the answer was complete"

    def take(self) -> bytes:
        """What has come of the body since it was last taken."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        return body

    @property
    def has_body(self) -> bool:
        """Something is there to be taken."""
        return bool(self._body)

    @property
    def keeps_open(self) -> bool:
        """The connection can serve another request."""
        return self.is_complete and self._keeps_open and not self._has_more and not self.error

    # --- called by the parser --------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins."""
        self._has_more = self.is_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer: those are passed over."""
        if not self.status:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole, unless it only says that another one follows."""
        status = self._parser.get_status_code()
        if status < 200 or self._has_more:
            self.headers.clear()
            return
        self.status = status
        self._keeps_open = self._parser.should_keep_alive()
        self._tells_its_end = any(_is_framing(name.lower(), value) for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self._has_more:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole; what only announced it does not count."""
        self.is_complete = self.status != 0


def _is_framing(name: bytes, value: bytes) -> bool:
    """Whether a header says where the body ends."""
    return name == b"content-length" or (name == b"transfer-encoding" and b"chunked" in value.lower())
