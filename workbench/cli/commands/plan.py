"""``workbench plan``: what a run would do, before it does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import BudgetOption, EditsOption, FileOption, InputsOption, ModelsOption, change_of
from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.study.change import Change
    from workbench.study.plan import Plan


def plan(
    context: typer.Context,
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="A folder, a recipe.yaml, or a name; with --against not needed."
        ),
    ] = None,
    given: InputsOption = None,
    file: FileOption = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="RUN", help="The past run whose answers may be reused.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="STEP", help="With --against: as a fork at this step.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="TEXT", help="With --at: this is the step's output.")
    ] = None,
    model: ModelsOption = None,
    change: EditsOption = None,
    budget: BudgetOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Say per step what would be reused or called, why, and what it may cost.  Spends nothing."""
    import asyncio

    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json
    from workbench.cli.render_plan import plan_json, plan_page

    if recipe is None and against is None:
        raise UsageError(
            "plan needs a recipe, or a past run", hint="workbench plan RECIPE, or plan --against RUN"
        )
    if at is not None and against is None:
        raise UsageError("--at is a step of a past run", hint="workbench plan --against RUN --at STEP")
    if output is not None and at is None:
        raise UsageError(
            "--output is the output of a step", hint="workbench plan --against RUN --at STEP --output …"
        )
    here = session(context, database, json)
    wanted = change_of(here, recipe, given, file, model, change, budget)
    made, unusable = asyncio.run(_planned(here, wanted, against, at, output))
    if here.json:
        say_json({**plan_json(made), "unusable": unusable})
    else:
        say(*plan_page(made))
        say(*(flat(Span("! ", "yellow"), why) for why in unusable.values()))
    return 0


async def _planned(
    here: Session, change: Change, against: str | None, at: str | None, output: str | None
) -> tuple[Plan, dict[str, str]]:
    """The plan, and why models that it would ask cannot be asked."""
    from workbench.cli.values import text_or_file
    from workbench.recipe.model import MODEL_VERBS
    from workbench.study.plan import plan_again, plan_live
    from workbench.study.usable import why_unusable

    if against is not None:
        here.need_record()
    bench = here.bench()
    try:
        if against is not None:
            text = None if output is None else text_or_file("--output", output)
            made = await plan_again(bench, against, change, at, text)
        else:
            assert change.recipe is not None
            made = await plan_live(bench, change.recipe, change.inputs, change)
        asked = {each.target for each in made.steps if each.verb in MODEL_VERBS and each.action != "reuse"}
        found = {model: why_unusable(bench.providers, model) for model in sorted(asked - {""})}
        return made, {model: each.told for model, each in found.items() if each}
    finally:
        await bench.close()
