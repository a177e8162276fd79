"""``workbench replay``: a past run again, calling nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.changes import StepOption
from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session

if TYPE_CHECKING:
    from workbench.cli.launch import Company
    from workbench.cli.session import Session
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
    step: StepOption = False,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed", metavar="N", min=0.01, help="Play it: the answers stream as they did, N times as fast."
        ),
    ] = None,
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

    if speed is not None and not step:
        return play(here, run, speed)

    async def start(bench: Bench, company: Company) -> Result:
        return await bench.replay(run, controller=company.controller, listeners=[company.display])

    return launch(here, start, step=step)


def play(here: Session, run: str, speed: float) -> int:
    """Replay a run at a speed, saying its answers as they streamed."""
    from workbench.cli.launch import launch
    from workbench.cli.playing import Player

    async def start(bench: Bench, company: Company) -> Result:
        player = Player(bench.reader.rhythm(bench.reader.run(run).id), speed)
        try:
            return await bench.replay(run, controller=player, listeners=[company.display])
        finally:
            player.close()

    return launch(here, start, quiet=True)
