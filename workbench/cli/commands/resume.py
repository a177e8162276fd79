"""``workbench resume``: go on with a run that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import OfflineOption, StepOption
from workbench.cli.completion import run_ids
from workbench.cli.session import DatabaseOption, JsonOption, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.cli.launch import Company
    from workbench.ledger.reader import Reader
    from workbench.study.bench import Bench, Result


def resume(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run; without it, the last unfinished one.", autocompletion=run_ids
        ),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="STEP=ANSWER", help="What a person answers at this step."),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe", metavar="RECIPE", help="Go on with this recipe; a change since is refused otherwise."
        ),
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(
            "--budget-usd", metavar="X", help="A new limit for the whole run, what it has spent included."
        ),
    ] = None,
    step: StepOption = False,
    offline: OfflineOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Go on with a run that waits, was stopped, or crashed."""
    from workbench.cli import values
    from workbench.cli.launch import launch
    from workbench.recipe.load import find, load

    here = session(context, database, json)
    here.need_record()
    answers = values.pairs("--answer", answer or ())

    async def start(bench: Bench, company: Company) -> Result:
        reference = run or _last_unfinished(bench.reader, answers)
        return await bench.resume(
            reference,
            answers=answers,
            budget_usd=budget_usd,
            recipe=load(find(recipe, here.folder)) if recipe is not None else None,
            controller=company.controller,
            listeners=[company.display],
            person=company.person,
        )

    return launch(here, start, step=step, offline=offline)


def _last_unfinished(reader: Reader, answers: Mapping[str, str]) -> str:
    """The last run that can go on; with answers, the last that asks for them."""
    unfinished = sorted(reader.unfinished(), key=lambda row: row.started, reverse=True)
    if not unfinished:
        raise UsageError("no run is unfinished", hint="workbench runs lists them all")
    for row in unfinished if answers else ():
        asked = {path for path, _, _ in reader.questions(row.id)} if row.status == "waiting" else set()
        if asked >= set(answers):
            return row.id
    return unfinished[0].id
