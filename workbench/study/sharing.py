"""The variants of a case in a batch: done side by side, and what one asks the others need not ask again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from workbench.batch.executor import Job
from workbench.engine.shared import Pool
from workbench.ledger.reader import Reader


class Sharing:
    """The cases at work, each with its answers."""

    def __init__(self, reader: Reader, before: Callable[[str], Iterable[str]]) -> None:
        self._reader = reader
        self._before = before
        """The runs of a case that are on record when its first job begins."""
        self._pools: dict[str, Pool] = {}

    @contextmanager
    def pool(self, job: Job) -> Iterator[Pool]:
        """The answers to the job's case, on record and as they come."""
        pool = self._pools.get(job.shares)
        if pool is None:
            pool = self._pools[job.shares] = Pool()
            for run in self._before(job.shares):
                pool.add(run, self._reader.recording(run))
        try:
            yield pool
        finally:
            if job.is_last:  # jobs of a lease begin in order: all others hold the pool already
                self._pools.pop(job.shares, None)
