"""How a batch stands: what ended and how, what it cost, how fast it goes, how long it will take."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from workbench.batch.executor import Ended

WINDOW = 200
"""Endings by which the present speed is told."""


@dataclass(slots=True)
class Tally:
    """Counts of one batch; of bounded size."""

    total: int = 0
    before: int = 0
    """Jobs that had ended when this process took the batch up."""
    ended: Counter[str] = field(default_factory=Counter)
    """Jobs that ended here, by status."""
    cost_nano: int = 0
    cost_known: bool = True
    last_error: str = ""
    started: float = field(default_factory=time.monotonic)
    _moments: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def add(self, one: Ended) -> None:
        """Count a job that ended."""
        self.ended[one.status] += 1
        self.cost_nano += one.cost_nano
        self.cost_known = self.cost_known and one.cost_known
        self._moments.append(time.monotonic())
        if one.status in ("failed", "over_budget"):
            self.last_error = f"{one.job.source}: {one.error or one.error_class or 'failed'}"

    @property
    def here(self) -> int:
        """Jobs that ended here."""
        return self.ended.total()

    @property
    def done(self) -> int:
        """All jobs that ended."""
        return self.before + self.here

    @property
    def seconds(self) -> float:
        """Seconds since this process took it up."""
        return time.monotonic() - self.started

    @property
    def speed(self) -> float | None:
        """Runs a second, of late; None when nothing can be said yet."""
        if len(self._moments) < 2:
            return None
        span = time.monotonic() - self._moments[0]
        return len(self._moments) / span if span > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """About how long it will take; None when nothing can be said yet."""
        speed = self.speed
        return (self.total - self.done) / speed if speed else None
