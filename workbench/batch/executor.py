"""Where runs are executed: the port, and the executor of this process.

The driver hands out *leases*, a few jobs at a time, and hears of each job that ended; whoever executes asks
for the next lease when it has room, so that nothing is read long before it is needed.  A job names its run
from the start and carries all that the run needs, so a lease whose executor died can be handed out again:
the record takes events by run and number, and what came twice changes nothing.  Events of runs go to the one
writer of the record, from here directly; an executor on other machines sends them there as they happen, and
counts a job as ended when its end is on record: so nobody runs ahead of the writer by more than what runs at
once.  Budgets of a day and a session, and holds on them, lie in the record too, and bind all who share it.

Without an engine a batch goes to several machines in parts (``shard``), whose records are put together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from workbench.errors import ErrorClass
from workbench.events import Json, RunStatus
from workbench.recipe.tests_file import Expectation


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be done: a row of the dataset, for one of its repeats."""

    key: str
    run: str
    inputs: Mapping[str, Json]
    goes_on: bool = False
    """The run is on record and did not end."""
    source: str = ""
    """Where the row stands, as file:line."""
    variant: int = 0
    """Which variant of the recipe, from 1; 0 where there is none."""
    shares: str = ""
    """Names the jobs of one lease that share answers: the variants of a case."""
    expect: tuple[Expectation, ...] = ()
    """What the data expects of it."""
    is_last: bool = False
    """No later job of the lease shares answers with this one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A few jobs handed out together."""

    number: int
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended."""

    job: Job
    status: RunStatus
    cost_nano: int = 0
    cost_known: bool = True
    seconds: float = 0.0
    error: str | None = None
    error_class: ErrorClass | None = None


Perform = Callable[[Job], Awaitable[Ended]]
"""Does one job, to its end on record."""


class Executor(Protocol):
    """Does jobs somewhere."""

    async def execute(self, leases: AsyncIterator[Lease], ended: Callable[[Ended], None]) -> None:
        """Do all jobs of all leases; ``ended`` hears of each on the event loop, in any order.

        Returns when the leases are used up and all their jobs have ended.  Cancelling it stops what runs,
        truthfully, and starts nothing more.
        """


class InProcess:
    """Does jobs on this event loop, ``at_once`` of them side by side."""

    def __init__(self, perform: Perform, at_once: int) -> None:
        self._perform = perform
        self._at_once = at_once

    async def execute(self, leases: AsyncIterator[Lease], ended: Callable[[Ended], None]) -> None:
        """Do all jobs; a failure of the machinery stops all of them and is raised."""
        jobs = _one_by_one(leases)
        turn = asyncio.Lock()

        async def work() -> None:
            while True:
                async with turn:
                    job = await anext(jobs, None)
                if job is None:
                    return
                ended(await self._perform(job))

        workers = [asyncio.create_task(work()) for _ in range(self._at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


async def _one_by_one(leases: AsyncIterator[Lease]) -> AsyncIterator[Job]:
    async for lease in leases:
        for job in lease.jobs:
            yield job
