"""Time limits of one attempt: whole call, connect, first token, between tokens."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

from workbench.errors import CallError
from workbench.settings import Limits

FINEST = 0.02
"""Share of a limit by which it may come early: setting a timer costs more than reading a token."""


class Deadline:
    """``async with`` it around an attempt and tell it how far the attempt is; CallError when time is up.

    One timer serves all limits: whichever of them ends first is set, with its name for the message.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.began = time.perf_counter()
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + limits.timeout
        self._timeout = asyncio.timeout_at(self._end)
        self._awaited = ""
        self._at = 0.0
        self._sent = False
        self._streaming = False

    async def __aenter__(self) -> Deadline:
        """Start the clock: a connection comes first."""
        await self._timeout.__aenter__()
        self._expect("no connection", "connect", self._limits.connect)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Turn the clock's own interruption into a CallError."""
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise CallError(
                "timeout", self._awaited, hint="raise the limit in workbench.toml, or the step's timeout",
                sent=self._sent,
            ) from None  # fmt: skip

    def connected(self) -> None:
        """The request is on its way; its first token is awaited.  Counts once."""
        if not self._sent:
            self._sent = True
            self._expect("no first token", "first_token", self._limits.first_token)

    def token(self) -> None:
        """A piece of the answer arrived; the next is awaited."""
        seconds = self._limits.between_tokens
        if not self._streaming or self._loop.time() + seconds - self._at > seconds * FINEST:
            self._expect("nothing more of the answer", "between_tokens", seconds)
            self._streaming = True

    def _expect(self, missing: str, name: str, seconds: float) -> None:
        self._at = at = self._loop.time() + seconds
        if at < self._end:
            self._awaited = f"{missing} within {seconds:g} s ({name})"
            self._timeout.reschedule(at)
        else:
            self._awaited = f"the answer was not complete within {self._limits.timeout:g} s (timeout)"
            self._timeout.reschedule(self._end)
