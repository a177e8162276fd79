"""Server-sent events from bytes, however these were cut on the way.

Only CR, LF and CRLF end a line (never U+2028 and the like), text is decoded a whole line at a time, a
leading byte order mark is skipped, comments and unknown fields are passed over, as the standard says.
"""

from __future__ import annotations

from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_BEGINNINGS = (b"data:", b"event:", b"retry:", b"id:", b":")


class ServerEvent(NamedTuple):
    """One event: its name (``message`` when it had none) and its data."""

    name: str
    data: str


def looks_like_events(start: bytes) -> bool | None:
    """Whether a body that begins like this is an event stream; None when more of it must be seen.

    Content types cannot be relied on: some servers send none, some the wrong one.
    """
    start = start.removeprefix(_BOM).lstrip()
    if any(start.startswith(each) for each in _BEGINNINGS):
        return True
    if _BOM.startswith(start) or any(each.startswith(start) for each in _BEGINNINGS):
        return None
    return False


class EventParser:
    """Feed it bytes as they come; each call returns the events completed by them."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # pieces of the line that is still open
        self._after_cr = False  # a line feed that comes next belongs to the break already seen
        self._started = False
        self._name = ""
        self._data: list[str] = []

    def feed(self, received: bytes) -> list[ServerEvent]:
        """The events that ``received`` completes."""
        if not received:
            return []
        if self._after_cr:
            self._after_cr = False
            if received[:1] == b"\n":
                received = received[1:]
        events: list[ServerEvent] = []
        for line in received.splitlines(keepends=True):
            if line[-1] not in b"\r\n":
                self._line.append(line)
                continue
            if self._line:
                line = b"".join((*self._line, line))
                self._line.clear()
            line = line.rstrip(b"\r\n")
            if line or not self._started:
                self._take_line(line)
                continue
            if self._data:
                events.append(self._event())
            self._name = ""
        self._after_cr = received.endswith(b"\r")
        return events

    def close(self) -> ServerEvent | None:
        """The event that was open when the bytes ended, or None; the reader judges whether it is whole."""
        if self._line:
            self._take_line(b"".join(self._line))
            self._line.clear()
        if not self._data:
            return None
        return self._event()

    def _take_line(self, line: bytes) -> None:
        if not self._started:
            self._started = True
            line = line.removeprefix(_BOM)
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
        elif field == b"error":  # no field of the standard, but how some servers say that they failed
            self._name, self._data = "error", [value.strip().decode("utf-8", "replace")]
        elif field == b"event":
            self._name = value.removeprefix(b" ").decode("utf-8", "replace")

    def _event(self) -> ServerEvent:
        data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
        event = ServerEvent(self._name or "message", data)
        self._name, self._data = "", []
        return event
