"""``workbench rerun``: a past run again with something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.study.bench import Bench, Result
    from workbench.study.plan import Plan


def rerun(
    context: typer.Context,
    run: RunArgument,
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
