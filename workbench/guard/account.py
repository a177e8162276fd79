"""One level of a budget: what it may spend, what it spent, what calls in flight have set aside of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._paused += time.monotonic() - self._since


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
    refused: bool = False
    """Whether it ever had no money for a call."""
    warned: set[Measure] = field(default_factory=set)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The level in words, as ``step draft``."""
        return f"{self.level} {self.name}" if self.name else f"the {self.level}"

    def hold(self, amounts: Amounts) -> None:
        """Set an amount aside."""
        self.held.add(amounts)

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
        seconds = spent.micros / MICRO if self.opened is None else clock.seconds - self.opened
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
