"""JSON a line at a time, from bytes however they were cut on the way."""

from __future__ import annotations

from workbench.providers.sse import ServerEvent

_BOM = b"\xef\xbb\xbf"


class LineParser:
    """Feed it bytes as they come; each call returns the lines completed by them, as events without a name."""

    def __init__(self) -> None:
        self._open: list[bytes] = []
        self._started = False

    def feed(self, received: bytes) -> list[ServerEvent]:
        """The lines that ``received`` completes; only a line feed ends a line."""
        *closed, rest = received.split(b"\n")
        events = []
        for line in closed:
            self._open.append(line)
            event = self._event()
            if event is not None:
                events.append(event)
        if rest:
            self._open.append(rest)
        return events

    def close(self) -> ServerEvent | None:
        """The line that was open when the bytes ended; the reader judges whether it is whole."""
        return self._event()

    def _event(self) -> ServerEvent | None:
        line = b"".join(self._open)
        self._open = []
        if not self._started:
            self._started = True
            line = line.removeprefix(_BOM)
        line = line.strip(b" \t\r")
        return ServerEvent("message", line.decode("utf-8", "replace")) if line else None


def looks_like_lines(start: bytes) -> bool | None:
    """Whether a body that begins like this is JSON in lines; None when more of it must be seen."""
    start = start.removeprefix(_BOM).lstrip()
    if not start or _BOM.startswith(start):
        return None
    if start == b"{":
        return None
    return start.startswith(b"{") and start[1:2] not in b"\r\n"  # what is set in many lines is one value
