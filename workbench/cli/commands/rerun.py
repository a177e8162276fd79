"""``workbench rerun``: a past run again with something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import (
    BudgetOption,
    EditsOption,
    FileOption,
    InputsOption,
    ModelsOption,
    OfflineOption,
    RecipeOption,
    StepOption,
    change_of,
    launch_planned,
)
from workbench.cli.completion import run_ids
from workbench.cli.session import DatabaseOption, JsonOption, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.study.bench import Bench, Result
    from workbench.study.plan import Plan


def rerun(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run: its id, a unique beginning of it, last, last~1 ...; not with --batch.",
            autocompletion=run_ids,
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="BATCH", help="Every run of this batch instead.")
    ] = None,
    errors: Annotated[
        bool,
        typer.Option("--errors", help="With --batch: only what failed; in place if nothing changes."),
    ] = False,
    recipe: RecipeOption = None,
    given: InputsOption = None,
    file: FileOption = None,
    model: ModelsOption = None,
    change: EditsOption = None,
    budget: BudgetOption = None,
    step: StepOption = False,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run a past run again with something changed: only what the change touches is asked again."""
    here = session(context, database, json)
    here.need_record()
    wanted = change_of(here, recipe, given, file, model, change, budget)
    if batch is not None:
        from workbench.cli.rerun_batch import rerun_all

        if run is not None or step:
            raise UsageError("--batch goes with neither RUN nor --step")
        return rerun_all(here, batch, wanted, errors=errors, offline=offline)
    if errors:
        raise UsageError("--errors goes with --batch", hint="workbench resume goes on with one run")
    if run is None:
        raise UsageError("which run?", hint="workbench rerun last, or --batch BATCH")

    async def plan(bench: Bench) -> Plan:
        from workbench.study.plan import plan_again

        return await plan_again(bench, run, wanted)

    async def start(bench: Bench, company: Company) -> Result:
        return await bench.rerun(
            bench.reader.run(run).id,
            wanted,
            controller=company.controller,
            listeners=[company.display],
            person=company.person,
        )

    return launch_planned(here, plan, start, step=step, offline=offline)
