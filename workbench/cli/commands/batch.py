"""``workbench batch``: a recipe over a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench.cli import batch_flags as flags
from workbench.cli.changes import ModelsOption, OfflineOption
from workbench.cli.session import DatabaseOption, JsonOption, RecipeArgument, session

if TYPE_CHECKING:
    from workbench.cli.batch_display import Watching
    from workbench.study.batches import BatchResult
    from workbench.study.bench import Bench


def batch(
    context: typer.Context,
    recipe: RecipeArgument,
    data: flags.DataOption,
    at_once: flags.AtOnceOption = 8,
    limit: flags.LimitOption = None,
    repeat: flags.RepeatOption = 1,
    columns: flags.ColumnsOption = None,
    model: ModelsOption = None,
    change: flags.ChangeOption = None,
    variant: flags.VariantOption = None,
    shard: flags.ShardOption = "",
    plan: flags.PlanOption = False,
    resume: flags.ResumeOption = False,
    budget: flags.BudgetOption = None,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run a recipe over a dataset, many runs at once; --resume goes on where it stopped."""
    from workbench.cli import values
    from workbench.cli.batch_session import follow, show_plan
    from workbench.recipe.load import find, load
    from workbench.study.batch_options import BatchOptions

    here = session(context, database, json)
    edits = values.edits(change or ())
    options = BatchOptions(
        columns=values.pairs("--map", columns or ()),
        models=values.pairs("--model", model or ()),
        edits=edits,
        limit=limit,
        repeat=repeat,
        variants=values.variants(variant or ()),
        shard=shard,
    )
    loaded = load(find(recipe, here.folder), edits=edits or None)
    if plan:
        return show_plan(here, loaded, data, options, offline=offline)

    async def start(bench: Bench, watcher: Watching) -> BatchResult:
        return await bench.batch(
            loaded, data, options, at_once=at_once, budget_usd=budget, resume=resume, watcher=watcher
        )

    return follow(here, recipe, start, offline=offline)
