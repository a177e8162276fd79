"""A batch on a workbench: a recipe over a dataset, begun or gone on with, each row run exactly once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.batch.alike import OF_NO_ROW, Alike
from workbench.batch.dataset import Dataset, open_dataset
from workbench.batch.drive import LEFT_UNDONE, Driver
from workbench.batch.executor import Ended, InProcess
from workbench.batch.mapping import Mapped, Survey, covered, first_row, mapped, survey
from workbench.batch.shard import read_shard
from workbench.batch.tally import Tally
from workbench.errors import Problem, UsageError
from workbench.guard.account import Account
from workbench.guard.limits import Amounts, Limits
from workbench.ledger.batch_rows import BatchRow, BatchStatus, BatchTotals
from workbench.ledger.batches import NewBatch
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.study.batch_options import BatchOptions
from workbench.study.batch_plan import BatchPlan, plan_batch
from workbench.study.batch_runs import Performer
from workbench.study.identity import id_of, new_run_id
from workbench.study.usable import refuse_unusable, unusable
from workbench.usage import NANO

if TYPE_CHECKING:
    from workbench.study.bench import Bench

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that could begin: everything of it is checked."""

    data: Path
    options: BatchOptions
    recipes: tuple[Recipe, ...]
    """The recipe, and after it each variant of it."""
    mapping: Mapped
    survey: Survey
    plan: BatchPlan
    warnings: tuple[Problem, ...] = ()
    """Candidates that cannot be asked; others can, or not every run needs them."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A batch about to run, or to go on."""

    batch: str
    ready: Prepared
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
    stopped: str = ""
    """Why it stopped before its end, where the way its runs failed was the reason."""

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
    if budget_usd is not None:
        options = replace(options, budget_usd=budget_usd)
    ready = await prepare(bench, recipe, data, options)
    known = _begin(bench, ready) if before is None else _go_on(bench, before, ready.survey)
    watcher = watcher or Nobody()
    tally = _tally(bench, known, ready.plan.runs)
    shared = _shared_budget(bench, known, options.budget_usd)
    mapping, alike = ready.mapping, Alike()

    def stops() -> bool:
        return bool(alike.told) or (shared is not None and shared.refused)

    def ended(one: Ended) -> None:
        alike.add(one)
        watcher.ended(one)

    driver = Driver(
        covered(dataset, options.limit, read_shard(options.shard)),
        mapping,
        options.repeat,
        lambda keys: bench.ledger.batches().runs_of(known.number, keys),
        new_run_id,
        tally,
        stops,
        len(options.variants),
        at_once,
    )
    performer = Performer(bench, ready.recipes, options, known.id, known.number, shared)
    status: BatchStatus = "failed"
    try:
        watcher.opened(Opening(known.id, ready, tally, known.resumed))
        await driver.drive(InProcess(performer.perform, at_once), ended)
        status = _status(shared, alike, tally)
    except asyncio.CancelledError:
        status = "cancelled"
        raise
    finally:
        bench.ledger.batches().finish(known.id, known.owner, status)
    return replace(result_of(bench, known.id, tally), stopped=alike.told if status == "cancelled" else "")


async def prepare(bench: Bench, recipe: Recipe, data: Path, options: BatchOptions) -> Prepared:
    """Check all that a batch needs and count what it will ask; asks nobody and records nothing."""
    dataset = open_dataset(data)
    mapping = mapped(recipe, first_row(dataset), options.columns)
    recipes = _recipes(bench, recipe, options)
    _refuse_unusable(bench, recipes, options)
    found = await asyncio.to_thread(survey, dataset, mapping, options.limit, read_shard(options.shard))
    plan = plan_batch(recipe, options.variants, found.here * options.repeat)
    warnings = tuple(unusable(recipe, bench.providers, options.roles_set()))
    return Prepared(dataset.path, options, recipes, mapping, found, plan, warnings)


def result_of(bench: Bench, batch: str, tally: Tally) -> BatchResult:
    """How a batch stands by the record."""
    row = bench.ledger.batches().find(batch)
    assert row is not None
    return BatchResult(row, bench.ledger.batches().totals(row.number), tally)


def _status(shared: Account | None, alike: Alike, tally: Tally) -> BatchStatus:
    if shared is not None and shared.refused:
        return "over_budget"
    return "cancelled" if alike.told and tally.done < tally.total else "done"


# --- beginning and going on ------------------------------------------------------------------------------


def _begin(bench: Bench, ready: Prepared) -> _Known:
    recipe, found, options = ready.recipes[0], ready.survey, ready.options
    batches, id = bench.ledger.batches(), _shared_id(ready) if options.shard else new_run_id()
    if options.shard and batches.find(id) is not None:
        raise UsageError(
            f"a part of this batch is on record already, as batch {id}",
            hint="--resume goes on with it; another part, or the same anew, wants a record of its own: --db",
        )
    bench.ledger.writer()  # refuses a record that cannot be written
    owner = batches.start(
        NewBatch(
            id, recipe.name, recipe.hash, str(ready.data), found.hash, found.rows, options.repeat,
            options.kept(),
        )
    )  # fmt: skip
    row = batches.find(id)
    assert row is not None
    return _Known(id, row.number, owner, resumed=False)


def _shared_id(ready: Prepared) -> str:
    """The id of a batch in parts: by what it is, so that all parts have the same wherever they are done."""
    told = {**ready.options.kept(), "repeat": ready.options.repeat, "shard": "", "budget_usd": None}
    recipes = [recipe.hash for recipe in ready.recipes]
    return id_of(json.dumps([recipes, ready.survey.hash, told], sort_keys=True))


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
    kept = BatchOptions.of_record(before)
    names = {"columns": "--map", "models": "--model", "limit": "--limit", "repeat": "--repeat"}
    names |= {"variants": "--variant", "shard": "--shard"}
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
    again = bench.ledger.batches().failed(known.number, OF_NO_ROW)
    done = sum(number for status, number in by_status.items() if status not in LEFT_UNDONE)
    return Tally(total, done - again)


def _shared_budget(bench: Bench, known: _Known, usd: float | None) -> Account | None:
    """The budget of all runs, with what the batch has spent so far."""
    if usd is None:
        return None
    spent = bench.ledger.batches().totals(known.number).cost_nano if known.resumed else 0
    return Account("batch", Limits(nano=round(usd * NANO)), spent=Amounts(nano=spent))


def _recipes(bench: Bench, recipe: Recipe, options: BatchOptions) -> tuple[Recipe, ...]:
    """The recipe, and after it each variant of it; RecipeError and UsageError for what cannot vary so."""
    found = [recipe]
    for each in options.variants:
        edits = {**recipe.edits, **each.edits}
        found.append(load(recipe.path, edits=edits) if each.edits else recipe)
        bench.check_models(found[-1], each.models)
    return tuple(found)


def _refuse_unusable(bench: Bench, recipes: Sequence[Recipe], options: BatchOptions) -> None:
    """Refuse what could not do a single row: of a batch with variants, any that could not."""
    if not options.variants:
        refuse_unusable(recipes[0], bench.providers, options.models)
    for recipe, variant in zip(recipes[1:], options.variants, strict=True):
        refuse_unusable(recipe, bench.providers, {**options.models, **variant.models})
