"""Attempts in a race: whose answer counts, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from workbench.engine.attempts import Made


async def first_good(racing: Collection[asyncio.Task[Made]]) -> asyncio.Task[Made]:
    """Whoever gives the first good answer; when none is good, the one that began first."""
    running = set(racing)
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not task.cancelled() and task.exception() is None:  # cancelled: overtaken before it was sent
                return task
    return next(iter(racing))


def unheard(task: asyncio.Task[Made]) -> None:
    """The end of an attempt that nobody waits for: it is on record."""
    if not task.cancelled():
        task.exception()
