"""Answers typed or piped in, line by line, without a thread that would outlive the run."""

from __future__ import annotations

import asyncio
import os
import sys

CHUNK = 65536


class LineReader:
    """Lines of a file descriptor, read as the event loop finds them ready."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = b""
        self._ended = False

    async def line(self) -> str | None:
        """The next line without its end; None when there are no more."""
        while b"\n" not in self._buffer and not self._ended:
            await self._more()
        if not self._buffer:
            self._ended = False  # at a terminal, ctrl+d ends one answer, not all of them
            return None
        text, _, self._buffer = self._buffer.partition(b"\n")
        return text.decode("utf-8", errors="replace").rstrip("\r")

    async def _more(self) -> None:
        await self._ready()
        piece = os.read(self._descriptor, CHUNK)
        self._buffer += piece
        self._ended = not piece

    async def _ready(self) -> None:
        """Wait until there is something to read; plain files always have, and cannot be waited for."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except (OSError, NotImplementedError):
            return
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)


def standard_input() -> LineReader:
    """The lines of stdin; none when there is no stdin."""
    try:
        return LineReader(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):
        return LineReader(os.open(os.devnull, os.O_RDONLY))
