"""Taking turns on the event loop, so that a thousand answers at once do not hold up screens and timers."""

from __future__ import annotations

import asyncio
from collections import deque

EACH_ROUND = 16
"""Turns given in one round of the event loop: some milliseconds of work."""


class Turns:
    """Lets a few tasks go on in each round of the event loop, in the order they came."""

    def __init__(self, each_round: int = EACH_ROUND) -> None:
        self._each_round = each_round
        self._left = each_round
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._counting = False

    async def take(self) -> None:
        """Return at once while there are turns left in this round, else in a later one."""
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_soon(self._next_round)
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _next_round(self) -> None:
        self._left = self._each_round
        while self._waiting and self._left:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._left -= 1
        self._counting = self._left < self._each_round
        if self._counting:
            asyncio.get_running_loop().call_soon(self._next_round)
