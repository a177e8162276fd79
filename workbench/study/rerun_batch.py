"""The runs of a batch again with something changed: only what the change touches is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from workbench.engine.schedule import first_cause
from workbench.errors import UsageError
from workbench.ledger.rows import RunRow
from workbench.study.bench import Bench
from workbench.study.change import Change

AT_ONCE = 8
ENDED_BADLY = frozenset({"failed", "crashed", "cancelled", "over_budget"})


@dataclass(frozen=True, slots=True)
class Rerun:
    """One run of the batch, and what became of it with the change."""

    before: RunRow
    after: RunRow


async def rerun_batch(
    bench: Bench,
    reference: str,
    change: Change,
    done: Callable[[Rerun], None] = lambda _: None,
    *,
    errors: bool = False,
) -> list[Rerun]:
    """Rerun every run of a batch, a few at once, in the batch's order; ``done`` hears of each as it ends.

    With ``errors`` only those that did not end well; with nothing changed these go on in place: the same run
    of the batch, and what it had finished is not asked again.  Raises UsageError when the record holds no
    such batch.
    """
    batches = bench.ledger.batches()
    batch = batches.find(reference)
    if batch is None:
        raise UsageError(f"the record holds no batch {reference}", hint="its id is told when a batch begins")
    runs = [each.run for each in batches.runs(batch.number) if not errors or each.status in ENDED_BADLY]
    goes_on = errors and change == Change()
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(run: str) -> Rerun:
        async with slots:
            before = bench.reader.run(run)
            result = await (bench.resume(run) if goes_on else bench.rerun(run, change))
        ended = Rerun(before, bench.reader.run(result.run))
        done(ended)
        return ended

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(run)) for run in runs]
    except BaseExceptionGroup as several:
        raise first_cause(several) from None
    return [task.result() for task in tasks]
