"""Drives a batch: hands out what is left to do, a lease at a time, and counts what ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from workbench.batch.dataset import Row
from workbench.batch.executor import Ended, Executor, Job, Lease
from workbench.batch.mapping import Mapped
from workbench.batch.tally import Tally
from workbench.ledger.batch_rows import BatchRun

JOBS_A_LEASE = 16
"""Enough that handing out costs nothing, few enough that little is read ahead or handed out again."""
LEFT_UNDONE = frozenset({"crashed", "cancelled", "over_budget", "running"})
"""How runs stand that a batch goes on with; one that waits for a person or failed has had its turn."""

Known = Callable[[Iterable[str]], Mapping[str, BatchRun]]
"""The runs on record for some keys."""


@dataclass(slots=True)
class Driver:
    """One batch, from the rows to their runs.  Holds a lease's rows at a time, however many there are."""

    rows: Iterable[Row]
    mapping: Mapped
    repeat: int
    known: Known
    new_run_id: Callable[[], str]
    tally: Tally
    stopped: Callable[[], bool] = lambda: False
    """Asked before each lease: whether nothing more shall begin."""

    async def drive(self, executor: Executor, ended: Callable[[Ended], None]) -> None:
        """Do what is left; ``ended`` hears of each run after it is counted."""

        def count(one: Ended) -> None:
            self.tally.add(one)
            ended(one)

        await executor.execute(self.leases(), count)

    async def leases(self) -> AsyncIterator[Lease]:
        """What is left to do, in the order of the data."""
        keyed = self._keyed()
        number = 0
        while chunk := list(islice(keyed, JOBS_A_LEASE)):
            found = self.known([key for key, _ in chunk])
            jobs = tuple(
                job for key, row in chunk if (job := self._job(key, row, found.get(key))) is not None
            )
            if self.stopped():
                return
            if jobs:
                number += 1
                yield Lease(number, jobs)

    def _keyed(self) -> Iterator[tuple[str, Row]]:
        for row in self.rows:
            key = row.key
            for repeat in range(self.repeat):
                yield (f"{key}#{repeat + 1}" if self.repeat > 1 else key), row

    def _job(self, key: str, row: Row, before: BatchRun | None) -> Job | None:
        if before is not None and before.status not in LEFT_UNDONE:
            return None
        run = self.new_run_id() if before is None else before.run
        source = f"{row.file}:{row.line}"
        return Job(key, run, self.mapping.inputs(row), before is not None, source)
