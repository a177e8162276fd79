"""``workbench fork``: a new line from a step of a past run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import (
    BudgetOption,
    EditsOption,
    ModelsOption,
    OfflineOption,
    StepOption,
    change_of,
    launch_planned,
)
from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.study.bench import Bench, Result
    from workbench.study.plan import Plan


def fork(
    context: typer.Context,
    run: RunArgument,
    at: Annotated[
        str, typer.Option("--at", metavar="STEP", help="Where to begin: draft, reviews[2]/tone, improve#2.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="TEXT", help="Use this as the step's output; @FILE reads a file."),
    ] = None,
    model: ModelsOption = None,
    change: EditsOption = None,
    budget: BudgetOption = None,
    step: StepOption = False,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Do a step of a past run and what follows from it again; the rest stays as recorded."""
    from workbench.cli.values import text_or_file

    here = session(context, database, json)
    here.need_record()
    wanted = change_of(here, None, None, None, model, change, budget)
    text = None if output is None else text_or_file("--output", output)

    async def plan(bench: Bench) -> Plan:
        from workbench.study.plan import plan_again

        return await plan_again(bench, run, wanted, at, text)

    async def start(bench: Bench, company: Company) -> Result:
        return await bench.fork(
            bench.reader.run(run).id,
            at,
            wanted,
            output=text,
            controller=company.controller,
            listeners=[company.display],
            person=company.person,
        )

    return launch_planned(here, plan, start, step=step, offline=offline)
