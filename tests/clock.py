"""A clock that leaps: where everybody only waits, it is at once as late as the first of them waits for.

Tests of limits, delays and rhythms then show the same on a busy machine as on an idle one, and take no time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

POLL = 0.01
"""Seconds (real ones) between looks at threads that still work."""
ROUND = 1e-6
"""Seconds that a round of the loop takes, so that who asks the time again and again sees it pass."""


class Clock:
    """Seconds that pass only while a loop waits for nothing else."""

    def __init__(self, loop: Any) -> None:
        self.now = time.monotonic()
        self._date = time.time() - self.now
        self._loop = loop
        self._select = loop._selector.select
        self._run = loop.run_in_executor
        self._at_work = 0
        self._before = set(threading.enumerate())

    def read(self) -> float:
        """The time, in seconds."""
        return self.now

    def date(self) -> float:
        """The time since 1970, in seconds."""
        return self._date + self.now

    def date_ns(self) -> int:
        """The time since 1970, in nanoseconds."""
        return round(self.date() * 1e9)

    def select(self, timeout: float | None = None) -> Any:
        """What a selector gives; instead of waiting, it is later."""
        self.now += ROUND
        if timeout is None or timeout <= 0:
            return self._select(timeout)
        found = self._select(POLL if self._busy() else 0)
        if not found and not self._busy():
            self.now += timeout
        return found

    def run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> asyncio.Future[Any]:
        """What the loop's own does; the clock stands still until it has ended."""
        future: asyncio.Future[Any] = self._run(executor, function, *arguments)
        self._at_work += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._at_work -= 1

    def _busy(self) -> bool:
        others = set(threading.enumerate()) - self._before
        return self._at_work > 0 or any(not each.name.startswith("asyncio_") for each in others)


@pytest_asyncio.fixture
async def leaping_clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clock]:
    """The clock of this test's loop, and of the module ``time``.

    Not for tests that wait for another process or a socket: these take a time that this clock does not see.
    """
    loop: Any = asyncio.get_running_loop()
    clock = Clock(loop)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", clock.read)
        patch.setattr(loop._selector, "select", clock.select)
        patch.setattr(loop, "run_in_executor", clock.run_in_executor)
        patch.setattr(time, "monotonic", clock.read)
        patch.setattr(time, "perf_counter", clock.read)
        patch.setattr(time, "time", clock.date)
        patch.setattr(time, "time_ns", clock.date_ns)
        yield clock
