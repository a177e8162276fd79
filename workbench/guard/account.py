"""One level of a budget: what it may spend, what it spent, what calls in flight have set aside of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from workbench.guard.limits import MICRO, Amounts, Level, Limits, Measure

NEARLY = 0.8
"""The share of a limit from which on people are warned."""


class Clock:
    """Seconds that a run works; it stands still while a person is asked."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._paused = 0.0
        self._pauses = 0
        self._since = 0.0
        self._limits: dict[asyncio.Timeout, float] = {}
        """Time limits that stand still with it: the seconds each has left, while it does."""

    def start(self) -> None:
        """Begin at zero."""
        self._began, self._paused = time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the start, without those in which a person was asked."""
        now = self._since if self._pauses else time.monotonic()
        return now - self._began - self._paused

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stand still; several may ask for it at once."""
        if not self._pauses:
            self._since = time.monotonic()
            self._stop_limits()
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._paused += time.monotonic() - self._since
                for timeout, left in self._limits.items():
                    self._set(timeout, left)

    @asynccontextmanager
    async def limit(self, seconds: float | None) -> AsyncIterator[None]:
        """A time limit that stands still with the clock; raises TimeoutError when it is over."""
        async with asyncio.timeout(None) as timeout:
            if seconds is not None:
                self._limits[timeout] = seconds
                if not self._pauses:
                    self._set(timeout, seconds)
            try:
                yield
            finally:
                self._limits.pop(timeout, None)

    def _stop_limits(self) -> None:
        now = asyncio.get_running_loop().time() if self._limits else 0.0
        for timeout in self._limits:
            when = timeout.when()
            if when is not None and not timeout.expired():
                self._limits[timeout] = when - now
                timeout.reschedule(None)

    def _set(self, timeout: asyncio.Timeout, seconds: float) -> None:
        if not timeout.expired():
            timeout.reschedule(asyncio.get_running_loop().time() + seconds)


@dataclass(slots=True)
class Account:
    """One level.  ``opened`` is when its clock began, where its seconds are counted by the clock.

    Without it they are the sum of what its calls took.
    """

    level: Level
    limits: Limits
    name: str = ""
    """Which step, role or session."""
    spent: Amounts = field(default_factory=Amounts)
    held: Amounts = field(default_factory=Amounts)
    opened: float | None = None
    closed: float | None = None
    """When its clock stopped: the step has ended."""
    refused: bool = False
    """Whether it ever had no money for a call."""
    warned: set[Measure] = field(default_factory=set)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The level in words, as ``step draft``."""
        return f"{self.level} {self.name}" if self.name else f"the {self.level}"

    def hold(self, amounts: Amounts, times: int = 1) -> Amounts:
        """Set an amount aside, money and tokens so many times as far as there is room; returns how much."""
        nano, tokens = amounts.nano, amounts.tokens
        if times > 1 and self.limits.nano is not None:
            nano = max(nano, min(nano * times, self.limits.nano - self.spent.nano - self.held.nano))
        if times > 1 and self.limits.tokens is not None:
            tokens = max(
                tokens, min(tokens * times, self.limits.tokens - self.spent.tokens - self.held.tokens)
            )
        kept = Amounts(nano, tokens, amounts.calls, amounts.micros)
        self.held.add(kept)
        return kept

    def release(self, amounts: Amounts) -> None:
        """Give back what was set aside, and wake who waits for it."""
        self.held.take(amounts)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def settled(self) -> None:
        """Return when something that was set aside has been settled."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def used(self, clock: Clock) -> dict[Measure, tuple[float, float]]:
        """What is used and the limit, of all that is limited: nano-dollars, tokens, calls, seconds."""
        limits, spent = self.limits, self.spent
        seconds = spent.micros / MICRO
        if self.opened is not None:
            seconds = (clock.seconds if self.closed is None else self.closed) - self.opened
        figures: tuple[tuple[Measure, float, float | None], ...] = (
            ("usd", spent.nano, limits.nano), ("tokens", spent.tokens, limits.tokens),
            ("calls", spent.calls, limits.calls), ("seconds", seconds, limits.seconds),
        )  # fmt: skip
        return {measure: (used, limit) for measure, used, limit in figures if limit is not None}

    def nearly(self, clock: Clock) -> list[Measure]:
        """The measures that have come near their limit since this was asked last."""
        found = [
            measure
            for measure, (used, limit) in self.used(clock).items()
            if measure not in self.warned and used >= NEARLY * limit
        ]
        self.warned.update(found)
        return found
