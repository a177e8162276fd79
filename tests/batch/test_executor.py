"""The executor of this process: so many at once, nothing read long before it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from workbench.batch.executor import Ended, InProcess, Job, Lease

pytestmark = pytest.mark.usefixtures("leaping_clock")


class Work:
    """Jobs that take a moment, and a count of what is read, running, done."""

    def __init__(self, leases: int, fail_at: str = "") -> None:
        self.number = leases
        self.fail_at = fail_at
        self.read = self.running = self.most_running = self.most_ahead = 0
        self.stopped = 0
        self.done: list[str] = []

    async def leases(self) -> AsyncIterator[Lease]:
        for number in range(self.number):
            self.read += 4
            yield Lease(number, tuple(Job(f"{number}/{i}", "r", {}) for i in range(4)))

    async def perform(self, job: Job) -> Ended:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.most_ahead = max(self.most_ahead, self.read - len(self.done))
        try:
            await asyncio.sleep(0.001)
            if job.key == self.fail_at:
                raise RuntimeError("the record failed")
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        finally:
            self.running -= 1
        return Ended(job, "done")

    def ended(self, one: Ended) -> None:
        self.done.append(one.job.key)


async def test_every_job_once_and_so_many_at_once() -> None:
    work = Work(20)
    await InProcess(work.perform, 3).execute(work.leases(), work.ended)
    assert sorted(work.done) == sorted(f"{n}/{i}" for n in range(20) for i in range(4))
    assert work.most_running == 3
    assert work.most_ahead <= 3 + 4


async def test_a_failure_of_the_machinery_stops_all() -> None:
    work = Work(20, fail_at="1/2")
    with pytest.raises(RuntimeError):
        await InProcess(work.perform, 3).execute(work.leases(), work.ended)
    assert work.running == 0
    assert len(work.done) < 10


async def test_cancelling_stops_what_runs_and_starts_nothing_more() -> None:
    work = Work(1000)
    task = asyncio.create_task(InProcess(work.perform, 3).execute(work.leases(), work.ended))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    read = work.read
    await asyncio.sleep(0.01)
    assert (work.running, work.read) == (0, read)
