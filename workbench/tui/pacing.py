"""Replaying at the speed a run had: each answer comes when it came then, in the rhythm it streamed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from workbench.ledger.rows import CallRow

LONGEST_WAIT = 600.0


class Pace:
    """Plays recorded answers on the clock of the recording.

    ``say`` gets each piece of text as it arrives.  All times are counted from the recording's first call, so
    that calls which overlapped then overlap now.
    """

    def __init__(
        self,
        calls: Iterable[CallRow],
        say: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        rows = [
            call for call in calls if call.kind in ("model", "tool", "retrieve") and call.seconds is not None
        ]
        first = min((call.started for call in rows), default=0)
        self._plan: dict[str, list[tuple[float, Sequence[tuple[float, int]], float]]] = {}
        for call in rows:
            begin = (call.started - first) / 1e6
            self._plan.setdefault(call.path, []).append((begin, call.chunks, begin + (call.seconds or 0.0)))
        self._say = say
        self._clock = clock
        self._started: float | None = None
        self._fast = asyncio.Event()

    def hurry(self) -> None:
        """Wait no more."""
        self._fast.set()

    async def play(self, path: str, text: str) -> None:
        """Return when the step's next recorded answer was complete."""
        if self._started is None:
            self._started = self._clock()
        plan = self._plan.get(path)
        if not plan or self._fast.is_set():
            return
        begin, chunks, end = plan.pop(0)
        shown = 0
        for offset, characters in chunks:
            await self._until(begin + offset)
            if self._fast.is_set():
                return
            self._say(path, text[shown:characters])
            shown = characters
        await self._until(end)

    async def _until(self, moment: float) -> None:
        assert self._started is not None
        wait = min(LONGEST_WAIT, self._started + moment - self._clock())
        if wait <= 0:
            return
        try:
            await asyncio.wait_for(self._fast.wait(), wait)
        except TimeoutError:
            return
