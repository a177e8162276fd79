"""``workbench run``: one run of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import BudgetOption, FileOption, ModelsOption, OfflineOption, StepOption
from workbench.cli.session import DatabaseOption, JsonOption, RecipeArgument, session

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.study.bench import Bench, Result


def run(
    context: typer.Context,
    recipe: RecipeArgument,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "-i",
            "--input",
            metavar="NAME=VALUE",
            help="An input; NAME=@FILE reads a file, NAME=- reads stdin.",
        ),
    ] = None,
    file: FileOption = None,
    model: ModelsOption = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Change the recipe for this run, as steps.find.top=3."
        ),
    ] = None,
    budget: BudgetOption = None,
    of_session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="The session it belongs to; its budget is shared."),
    ] = None,
    step: StepOption = False,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run a recipe once: live progress, then its outputs."""
    from workbench.cli import values
    from workbench.cli.launch import launch
    from workbench.recipe.load import find, load

    here = session(context, database, json)
    models = values.pairs("--model", model or ())
    edits = values.edits(change or ())
    loaded = load(find(recipe, here.folder), edits=edits or None)
    inputs = values.inputs(given or (), file)

    async def start(bench: Bench, company: Company) -> Result:
        bench.session = of_session
        return await bench.run(
            loaded,
            inputs,
            models=models,
            edits=edits,
            budget_usd=budget,
            controller=company.controller,
            listeners=[company.display],
            person=company.person,
        )

    return launch(here, start, step=step, offline=offline)
