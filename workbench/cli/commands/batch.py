"""``workbench batch``: a recipe over a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RecipeArgument, session

if TYPE_CHECKING:
    from workbench.cli.batch_display import Watching
    from workbench.study.batches import BatchResult
    from workbench.study.bench import Bench


def batch(
    context: typer.Context,
    recipe: RecipeArgument,
    data: Annotated[
        Path,
        typer.Option("--data", metavar="FILE", help="A .jsonl, .csv or .tsv file, or a folder of texts."),
    ],
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, max=1000, help="Runs side by side.")
    ] = 8,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N rows.")
    ] = None,
    repeat: Annotated[
        int, typer.Option("--repeat", metavar="N", min=1, max=1000, help="Run each row N times.")
    ] = 1,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=INPUT", help="A column for an input; those of one name need none."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ROLE=MODEL", help="Serve a role with this provider/model."),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Change the recipe, as steps.find.top=3."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last unfinished batch of this recipe and data.")
    ] = False,
    budget: Annotated[
        float | None,
        typer.Option("--budget-usd", metavar="X", min=0, help="Stop before all runs together cost more."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Refuse every model that needs a network.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run a recipe over a dataset, many runs at once; --resume goes on where it stopped."""
    from workbench.cli import values
    from workbench.cli.batch_session import follow
    from workbench.recipe.load import find, load
    from workbench.study.batches import BatchOptions

    here = session(context, database, json)
    edits = values.edits(change or ())
    options = BatchOptions(
        columns=values.pairs("--map", columns or ()),
        models=values.pairs("--model", model or ()),
        edits=edits,
        limit=limit,
        repeat=repeat,
    )
    loaded = load(find(recipe, here.folder), edits=edits or None)

    async def start(bench: Bench, watcher: Watching) -> BatchResult:
        return await bench.batch(
            loaded, data, options, at_once=at_once, budget_usd=budget, resume=resume, watcher=watcher
        )

    return follow(here, start, offline=offline)
