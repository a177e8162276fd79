"""Waiting for the thing itself, however long a busy machine takes for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LONG = 100.0
"""Seconds after which a test no longer hopes."""


async def happens(condition: Callable[[], object], what: str = "it") -> None:
    """Until a condition holds."""
    async with asyncio.timeout(LONG):
        while not condition():  # noqa: ASYNC110 - what tests wait for has no event to set
            await asyncio.sleep(0.005)
    assert condition(), what
