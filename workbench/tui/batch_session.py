"""A batch that is under way in this program: its task, how it stands, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from workbench.batch.executor import Ended
from workbench.errors import WorkbenchError
from workbench.study.batches import BatchResult, Opening

Begin = Callable[["BatchSession"], Awaitable[BatchResult]]


class BatchSession:
    """One batch under way.  ``begin`` starts it, with the session as its watcher."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self.opening: Opening | None = None
        self.result: BatchResult | None = None
        self.problem: WorkbenchError | None = None
        """Why it could not start, or had to end."""
        self.changes = 0
        """Grows with everything that happens."""
        self._task: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()

    @property
    def batch(self) -> str | None:
        """The batch's id, once it has begun."""
        return self.opening.batch if self.opening else None

    @property
    def running(self) -> bool:
        """True until it ends."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Start the batch."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="batch")

    async def begun(self) -> bool:
        """Wait until it is on record; False when it could not begin."""
        await self._opened.wait()
        return self.opening is not None

    async def cancel(self) -> None:
        """Stop all its runs where they are, and return when their record is complete."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            self.result = await self._begin(self)
        except WorkbenchError as error:
            self.problem = error
        finally:
            self.changes += 1
            self._opened.set()

    # -- watcher ------------------------------------------------------------------------------------

    def opened(self, opening: Opening) -> None:
        """It begins."""
        self.opening = opening
        self.changes += 1
        self._opened.set()

    def ended(self, one: Ended) -> None:
        """One run of it ended."""
        self.changes += 1
