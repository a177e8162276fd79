"""The variants of a case in a batch: done one after another, and what one asked the next need not ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from workbench.batch.executor import Job
from workbench.engine.shared import Pool
from workbench.ledger.reader import Reader


@dataclass(slots=True)
class _Case:
    """The answers to one case, and whose turn it is."""

    pool: Pool = field(default_factory=Pool)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    begun: bool = False


class Sharing:
    """The cases at work, each with its answers."""

    def __init__(self, reader: Reader, before: Callable[[str], Iterable[str]]) -> None:
        self._reader = reader
        self._before = before
        """The runs of a case that are on record when its first job begins."""
        self._cases: dict[str, _Case] = {}

    @asynccontextmanager
    async def turn(self, job: Job) -> AsyncIterator[Pool]:
        """The answers to the job's case so far, for as long as it is this job's turn."""
        case = self._cases.setdefault(job.shares, _Case())
        try:
            async with case.turn:
                if not case.begun:
                    case.begun = True
                    for run in self._before(job.shares):
                        self.add(case.pool, run)
                yield case.pool
                self.add(case.pool, job.run)
        finally:
            if job.is_last:
                self._cases.pop(job.shares, None)

    def add(self, pool: Pool, run: str) -> None:
        """Take in what a run asked."""
        pool.add(run, self._reader.recording(run))
