"""Drives a batch: hands out what is left to do, a lease at a time, and counts what ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from workbench.batch.alike import OF_NO_ROW
from workbench.batch.dataset import Row
from workbench.batch.executor import Ended, Executor, Job, Lease
from workbench.batch.mapping import Mapped
from workbench.batch.tally import Tally
from workbench.batch.variants import without_variant
from workbench.ledger.batch_rows import BatchRun

JOBS_A_LEASE = 16
"""Enough that handing out costs nothing, few enough that little is read ahead or handed out again."""
LEFT_UNDONE = frozenset({"crashed", "cancelled", "over_budget", "running"})
"""How runs stand that a batch goes on with; one that waits or failed over its row had its turn."""

MOST_JOBS = 4_096
"""Of a lease that must hold all variants of its rows."""

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
    variants: int = 0
    """How many variants each row is run with; all of them are in one lease.  0: the recipe as it is."""
    at_once: int = JOBS_A_LEASE

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
        while chunk := list(islice(keyed, self._rows_a_lease)):
            cells = self._cells(chunk)
            keys = [f"{key}@{number}" if number else key for key, _, number in cells]
            found = self.known(keys)
            jobs = tuple(
                job
                for key, (_, row, number) in zip(keys, cells, strict=True)
                if (job := self._job(key, row, number, found.get(key))) is not None
            )
            if self.variants:
                jobs = _last_marked(jobs)
            if self.stopped():
                return
            if jobs:
                number += 1
                yield Lease(number, jobs)

    def _cells(self, chunk: Sequence[tuple[str, Row]]) -> list[tuple[str, Row, int]]:
        """What of a lease is run in which order: of each case another variant first.

        So all variants meet the machine and the providers at the same times on the whole, and those of one
        case do not all wait for the first of them.
        """
        if not self.variants:
            return [(key, row, 0) for key, row in chunk]
        return [
            (key, row, 1 + (row.position + turn) % self.variants)
            for turn in range(self.variants)
            for key, row in chunk
        ]

    @property
    def _rows_a_lease(self) -> int:
        """A lease of variants holds as many cases as run at once: those of one case share much."""
        if not self.variants:
            return JOBS_A_LEASE
        return max(1, min(max(JOBS_A_LEASE, self.at_once), MOST_JOBS // self.variants))

    def _keyed(self) -> Iterator[tuple[str, Row]]:
        for row in self.rows:
            key = row.key
            for repeat in range(self.repeat):
                yield (f"{key}#{repeat + 1}" if self.repeat > 1 else key), row

    def _job(self, key: str, row: Row, variant: int, before: BatchRun | None) -> Job | None:
        if before is not None and not _is_left(before):
            return None
        run = self.new_run_id() if before is None else before.run
        source = f"{row.file}:{row.line}"
        shares = without_variant(key) if variant else ""
        inputs, expect = self.mapping.inputs(row), self.mapping.expectations(row)
        return Job(key, run, inputs, before is not None, source, variant, shares, expect)


def _is_left(run: BatchRun) -> bool:
    return run.status in LEFT_UNDONE or (run.status == "failed" and run.error_class in OF_NO_ROW)


def _last_marked(jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    last = {job.shares: place for place, job in enumerate(jobs)}
    return tuple(replace(job, is_last=last[job.shares] == place) for place, job in enumerate(jobs))
