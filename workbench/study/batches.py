"""A batch on a workbench: a recipe over a dataset, begun or gone on with, each row run exactly once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.batch.dataset import Dataset, open_dataset
from workbench.batch.drive import LEFT_UNDONE, Driver
from workbench.batch.executor import Ended, InProcess, Job
from workbench.batch.mapping import Mapped, Survey, covered, first_row, mapped, survey
from workbench.batch.tally import Tally
from workbench.engine.run import run_recipe
from workbench.errors import UsageError
from workbench.events import CallFinished, Event, Json
from workbench.guard.budget import Budget
from workbench.ledger.batch_rows import BatchRow, BatchStatus, BatchTotals
from workbench.ledger.batches import NewBatch
from workbench.recipe.recipe import Recipe
from workbench.study import starts
from workbench.study.identity import new_run_id
from workbench.study.pace import pace
from workbench.study.starts import Setup
from workbench.usage import NANO

if TYPE_CHECKING:
    from workbench.study.bench import Bench

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is asked for."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Inputs by the column that gives them, beyond columns named like inputs."""
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)
    limit: int | None = None
    repeat: int = 1

    def kept(self) -> dict[str, Json]:
        """What the record keeps, so that the batch goes on as it began."""
        return {name: value for name, value in asdict(self).items() if name != "repeat"}


@dataclass(frozen=True, slots=True)
class Opening:
    """A batch about to run: what of."""

    batch: str
    recipe: str
    data: Path
    survey: Survey
    mapping: Mapped
    tally: Tally
    resumed: bool


class Watcher(Protocol):
    """Follows a batch."""

    def opened(self, opening: Opening) -> None:
        """It begins."""

    def ended(self, one: Ended) -> None:
        """One run of it ended."""


class Nobody:
    """Follows nothing."""

    def opened(self, opening: Opening) -> None:
        """Nobody looks."""

    def ended(self, one: Ended) -> None:
        """Nobody looks."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch ended, or stands."""

    row: BatchRow
    totals: BatchTotals
    tally: Tally

    @property
    def exit_code(self) -> int:
        """The exit code of the command line."""
        if self.row.status == "over_budget":
            return 4
        if any(self.totals.by_status.get(status) for status in ("failed", "crashed", "over_budget")):
            return 1
        return 3 if self.totals.by_status.get("waiting") else 0


@dataclass(frozen=True, slots=True)
class _Known:
    """A batch on record, and what it runs on."""

    id: str
    number: int
    owner: str
    resumed: bool


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


async def run_batch(
    bench: Bench,
    recipe: Recipe,
    data: Path,
    options: BatchOptions,
    *,
    at_once: int = AT_ONCE,
    budget_usd: float | None = None,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> BatchResult:
    """Run a recipe over a dataset, or go on with the last unfinished batch of both.

    Everything is checked before the first run.  Cancelling it stops all runs truthfully; ``resume`` goes on.
    """
    dataset = open_dataset(data)
    before = _to_resume(bench, recipe, dataset, options) if resume else None
    if before is not None:
        options = _as_it_began(before, options)
    mapping = mapped(recipe, first_row(dataset), options.columns)
    found = await asyncio.to_thread(survey, dataset, mapping, options.limit)
    known = _begin(bench, recipe, dataset, found, options) if before is None else _go_on(bench, before, found)
    watcher = watcher or Nobody()
    tally = _tally(bench, known, found.rows * options.repeat)
    shared = _shared_budget(bench, known, budget_usd)
    driver = Driver(
        covered(dataset, options.limit),
        mapping,
        options.repeat,
        lambda keys: bench.ledger.batches().runs_of(known.number, keys),
        new_run_id,
        tally,
        lambda: shared is not None and shared.refused,
    )
    performer = _Performer(bench, recipe, options, known.id, shared)
    status: BatchStatus = "failed"
    try:
        watcher.opened(Opening(known.id, recipe.name, dataset.path, found, mapping, tally, known.resumed))
        await driver.drive(InProcess(performer.perform, at_once), watcher.ended)
        status = "over_budget" if shared is not None and shared.refused else "done"
    except asyncio.CancelledError:
        status = "cancelled"
        raise
    finally:
        bench.ledger.batches().finish(known.id, known.owner, status)
    return result_of(bench, known.id, tally)


def result_of(bench: Bench, batch: str, tally: Tally) -> BatchResult:
    """How a batch stands by the record."""
    row = bench.ledger.batches().find(batch)
    assert row is not None
    return BatchResult(row, bench.ledger.batches().totals(row.number), tally)


class _Performer:
    """Does the runs of one batch."""

    def __init__(
        self, bench: Bench, recipe: Recipe, options: BatchOptions, batch: str, shared: Budget | None
    ) -> None:
        self._bench = bench
        self._recipe = recipe
        self._options = options
        self._batch = batch
        self._shared = shared
        self._pace = pace(bench.reader, recipe)
        own = recipe.document.budget is None
        self._budget_usd = bench.settings.defaults.budget_usd if own else None

    async def perform(self, job: Job) -> Ended:
        """One run, to its end on record."""
        bench, cost, began = self._bench, _Cost(), time.monotonic()
        setup = self._setup(job)
        setup.budget.shared = self._shared
        around = await bench.surroundings(setup, (cost,), self._pace)
        ending = await run_recipe(setup.start, around)
        return Ended(
            job, ending.status, cost.nano, cost.known, time.monotonic() - began, ending.error,
            ending.error_class,
        )  # fmt: skip

    def _setup(self, job: Job) -> Setup:
        if job.goes_on:
            return starts.resume(self._bench.reader, job.run, {}, None)
        chosen = self._options
        setup = starts.live(self._recipe, job.inputs, chosen.models, chosen.edits, self._budget_usd)
        start = replace(setup.start, run=job.run, batch=self._batch, batch_key=job.key)
        return replace(setup, start=start)


# --- beginning and going on ------------------------------------------------------------------------------


def _begin(bench: Bench, recipe: Recipe, dataset: Dataset, found: Survey, options: BatchOptions) -> _Known:
    batches, id = bench.ledger.batches(), new_run_id()
    bench.ledger.writer()  # refuses a record that cannot be written
    owner = batches.start(
        NewBatch(
            id, recipe.name, recipe.hash, str(dataset.path), found.hash, found.rows, options.repeat,
            options.kept(),
        )
    )  # fmt: skip
    row = batches.find(id)
    assert row is not None
    return _Known(id, row.number, owner, resumed=False)


def _go_on(bench: Bench, before: BatchRow, found: Survey) -> _Known:
    if found.hash != before.data_hash:
        raise UsageError(
            f"{before.data} has changed since batch {before.id} began",
            hint="put it back as it was, or begin a new batch without --resume",
        )
    bench.ledger.writer()
    return _Known(before.id, before.number, bench.ledger.batches().go_on(before.id), resumed=True)


def _to_resume(bench: Bench, recipe: Recipe, dataset: Dataset, options: BatchOptions) -> BatchRow:
    before = bench.ledger.batches().unfinished(recipe.name, str(dataset.path))
    if before is None:
        raise UsageError(
            f"no batch of {recipe.name} with {dataset.path} is unfinished", hint="begin one without --resume"
        )
    if before.recipe_hash != recipe.hash:
        raise UsageError(
            f"the recipe {recipe.name} has changed since batch {before.id} began",
            hint="put it back as it was (also what --set changed), or begin a new batch without --resume",
        )
    return before


def _as_it_began(before: BatchRow, given: BatchOptions) -> BatchOptions:
    """The options of the batch on record; others given now are refused."""
    kept = BatchOptions(**before.options, repeat=before.repeat)
    names = {"columns": "--map", "models": "--model", "limit": "--limit", "repeat": "--repeat"}
    for name, option in names.items():
        now, then = getattr(given, name), getattr(kept, name)
        if now != getattr(BatchOptions(), name) and now != then:
            raise UsageError(
                f"batch {before.id} began with another {option}", hint=f"leave {option} out to go on with it"
            )
    return kept


def _tally(bench: Bench, known: _Known, total: int) -> Tally:
    if not known.resumed:
        return Tally(total)
    by_status = bench.ledger.batches().totals(known.number).by_status
    return Tally(total, sum(number for status, number in by_status.items() if status not in LEFT_UNDONE))


def _shared_budget(bench: Bench, known: _Known, usd: float | None) -> Budget | None:
    """The budget of all runs, with what the batch has spent so far."""
    if usd is None:
        return None
    spent = bench.ledger.batches().totals(known.number).cost_nano if known.resumed else 0
    return Budget(nano=round(usd * NANO), spent_nano=spent)
