"""The budget of a run: reserved before a call, settled after it; parallel calls cannot overshoot together.

Runs of a batch have a budget each and one that they share (``shared``): both must hold.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from workbench.errors import CallError
from workbench.usage import money


@dataclass(slots=True)
class Budget:
    """Limits of a run.  Money in nano-dollars; None is no limit."""

    nano: int | None = None
    seconds: float | None = None
    calls: int | None = None
    spent_nano: int = 0
    made_calls: int = 0
    reserved_nano: int = 0
    started: float = 0.0
    shared: Budget | None = None
    """One that many runs draw from; it has a limit of money."""
    refused: bool = False
    """Whether it ever had no money for a call."""
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def start(self) -> None:
        """Start the clock of ``seconds``."""
        self.started = time.monotonic()

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the run's time is up; None without a limit."""
        return None if self.seconds is None else self.seconds - (time.monotonic() - self.started)

    def reserve(self, estimate_nano: int | None, target: str) -> int:
        """Set aside the most a call may cost; returns the amount to settle.  Raises CallError ``budget``."""
        left = self.seconds_left
        if left is not None and left <= 0:
            raise _over(f"the run's {self.seconds:g} s are used up", "raise budget.seconds")
        if self.calls is not None and self.made_calls >= self.calls:
            raise _over(f"the run's {self.calls} calls are used up", "raise budget.calls")
        amount = 0
        if self.nano is not None:
            amount = self._money_for(estimate_nano, target)
        if self.shared is not None:
            amount = max(amount, self.shared.reserve(estimate_nano, target))
        self.made_calls += 1
        self.reserved_nano += amount
        return amount

    async def room(self, estimate_nano: int | None) -> None:
        """Wait while only what calls of other runs have set aside keeps this one from being afforded.

        Most calls cost far less than the most they may: without waiting, many runs at once would find a
        shared budget used up that is not.
        """
        shared = self.shared
        while shared is not None and shared.is_held_up(estimate_nano or 0):
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            shared._waiting.append(settled)
            await settled

    def is_held_up(self, amount: int) -> bool:
        """Whether ``amount`` is there, but set aside by others."""
        if self.nano is None or self.spent_nano + amount > self.nano:
            return False
        return self.spent_nano + self.reserved_nano + amount > self.nano

    @property
    def nano_left(self) -> int | None:
        """What a call may still cost: what is left here, and in the shared budget; None without a limit.

        What other runs have set aside in the shared one does not count: a call waits for it (``room``).
        """
        limits = [] if self.nano is None else [self.nano - self.spent_nano - self.reserved_nano]
        if self.shared is not None and self.shared.nano is not None:
            limits.append(self.shared.nano - self.shared.spent_nano)
        return min(limits) if limits else None

    def _money_for(self, estimate_nano: int | None, target: str) -> int:
        assert self.nano is not None
        if estimate_nano is None:
            self.refused = True
            raise _over(
                f"{target} has no known price, so a money budget cannot hold it",
                f'give its price in workbench.toml: [prices."{target}"]',
            )
        if estimate_nano and self.spent_nano + self.reserved_nano + estimate_nano > self.nano:
            self.refused = True
            left = max(0, self.nano - self.spent_nano - self.reserved_nano)
            raise _over(
                f"the next call may cost {money(estimate_nano)} and only {money(left)} of "
                f"{money(self.nano)} is left",
                "raise --budget-usd or budget.usd, or set a smaller max_tokens",
            )
        return estimate_nano

    def settle(self, reserved: int, cost_nano: int | None) -> None:
        """Give a reservation back and count what was really paid; an unknown cost counts as reserved."""
        if self.shared is not None:
            self.shared.settle(reserved, cost_nano)
        self.reserved_nano -= reserved
        self.spent_nano += reserved if cost_nano is None else cost_nano
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)


def _over(message: str, hint: str) -> CallError:
    return CallError("budget", message, hint=hint, sent=False)
