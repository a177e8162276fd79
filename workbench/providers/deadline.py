"""Time limits of one attempt: whole call, connect, first token, between tokens."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

from workbench.errors import CallError
from workbench.settings import Limits


class Deadline:
    """``async with`` it around an attempt and tell it how far the attempt is; CallError when time is up.

    One timer serves all limits.  Most of the time the end only moves on, and then the timer is left as it is:
    when it rings too early it is set to the end as it stands by then.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.began = time.perf_counter()
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + limits.timeout
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None
        self._awaited = ("", "", 0.0)
        self._at = 0.0
        self._sent = False

    async def __aenter__(self) -> Deadline:
        """Start the clock: a connection comes first."""
        await self._timeout.__aenter__()
        self._expect("no connection", "connect", self._limits.connect)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Turn the clock's own interruption into a CallError."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            missing, name, seconds = self._awaited
            raise CallError(
                "timeout", f"{missing} within {seconds:g} s ({name})",
                hint="raise the limit in workbench.toml, or the step's timeout", sent=self._sent,
            ) from None  # fmt: skip

    def connected(self) -> None:
        """The request is on its way; its first token is awaited.  Counts once."""
        if not self._sent:
            self._sent = True
            self._expect("no first token", "first_token", self._limits.first_token)

    def token(self) -> None:
        """A piece of the answer arrived; the next is awaited."""
        self._expect("nothing more of the answer", "between_tokens", self._limits.between_tokens)

    def _expect(self, missing: str, name: str, seconds: float) -> None:
        self._at = self._loop.time() + seconds
        self._awaited = (missing, name, seconds)
        if self._at > self._end:
            self._at = self._end
            self._awaited = ("the answer was not complete", "timeout", self._limits.timeout)
        if self._timer is None or self._timer.when() > self._at:
            self._set()

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._at, self._ring)

    def _ring(self) -> None:
        if self._loop.time() < self._at:
            self._set()
        else:
            self._timeout.reschedule(self._at)
