"""Does the runs of a batch, one job at a time, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.batch.executor import Ended, Job
from workbench.engine.run import run_recipe
from workbench.engine.shared import Pool, Shared, Telling
from workbench.events import CallFinished, Event, Listener
from workbench.guard.account import Account
from workbench.recipe.recipe import Recipe
from workbench.study import starts
from workbench.study.batch_options import BatchOptions
from workbench.study.expected import came_to, expected
from workbench.study.pace import RecordedPace
from workbench.study.sharing import Sharing
from workbench.study.starts import Setup

if TYPE_CHECKING:
    from workbench.study.bench import Bench


class _Cost:
    """Hears what a run paid."""

    def __init__(self) -> None:
        self.nano = 0
        self.known = True

    def receive(self, event: Event) -> None:
        """Count an answer's cost."""
        if isinstance(event, CallFinished):
            self.nano += event.cost_nano or 0
            self.known = self.known and event.cost_nano is not None


class Performer:
    """Does the runs of one batch."""

    def __init__(
        self,
        bench: Bench,
        recipes: Sequence[Recipe],
        options: BatchOptions,
        batch: str,
        number: int,
        shared: Account | None,
    ) -> None:
        """``recipes``: the recipe as it is, and after it each variant of it."""
        self._bench = bench
        self._recipes = recipes
        self._options = options
        self._batch = batch
        self._number = number
        self._shared = shared
        self._pace = RecordedPace(bench.reader, recipes[0])
        self._sharing = Sharing(bench.reader, self._on_record)

    async def perform(self, job: Job) -> Ended:
        """One run, to its end on record."""
        if not job.shares:
            return await self._run(job, None)
        with self._sharing.pool(job) as pool:
            return await self._run(job, pool)

    async def _run(self, job: Job, pool: Pool | None) -> Ended:
        bench, cost, began = self._bench, _Cost(), time.monotonic()
        setup = self._setup(job)
        heard: list[Listener] = [cost]
        if pool is not None:
            known = (*setup.rules.recordings, Shared(pool))
            setup = replace(setup, rules=replace(setup.rules, recordings=known))
            heard.append(Telling(pool, job.run))
        setup.budget.batch = self._shared
        around = await bench.surroundings(setup, heard, self._pace)
        ending = await run_recipe(setup.start, around)
        if job.expect:
            await asyncio.to_thread(self._judge, job)
        return Ended(
            job, ending.status, cost.nano, cost.known, time.monotonic() - began, ending.error,
            ending.error_class,
        )  # fmt: skip

    def _setup(self, job: Job) -> Setup:
        if job.goes_on:
            return starts.resume(self._bench.reader, job.run, {}, None)
        recipe, models, edits = self._recipes[job.variant], self._options.models, self._options.edits
        if job.variant:
            variant = self._options.variants[job.variant - 1]
            models, edits = {**models, **variant.models}, {**edits, **variant.edits}
        setup = starts.live(recipe, job.inputs, models, edits, None)
        start = replace(setup.start, run=job.run, batch=self._batch, batch_key=job.key)
        return replace(setup, start=start)

    def _judge(self, job: Job) -> None:
        """Put on record how the run stands to what its row expects."""
        found = came_to(self._bench.reader, job.run)
        results = [each for expectation in job.expect for each in expected(expectation, found)]
        self._bench.ledger.opinions().expected(job.run, results)

    def _on_record(self, case: str) -> list[str]:
        """The runs of a case that have ended or begun, of all variants."""
        keys = [f"{case}@{number}" for number in range(1, len(self._recipes))]
        return [each.run for each in self._bench.ledger.batches().runs_of(self._number, keys).values()]
