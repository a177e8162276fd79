"""``workbench replay``: a past run again, calling nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.study.bench import Bench, Result


def replay(
    context: typer.Context,
    run: RunArgument,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RECIPE",
            help="Replay it through this recipe instead, record nothing, and say where it departs.",
        ),
    ] = None,
    step: Annotated[bool, typer.Option("--step", help="Stop at each call and each answer.")] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run a past run again from its recording, calling nobody."""
    from workbench.cli.launch import launch

    here = session(context, database, json)
    here.need_record()
    if against is not None:
        from workbench.cli.against import replay_through

        return replay_through(here, run, against)

    async def start(bench: Bench, company: Company) -> Result:
        return await bench.replay(run, controller=company.controller, listeners=[company.display])

    return launch(here, start, step=step)
