"""The command line as a whole: its commands, in groups, and the options that hold everywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.commands.batch import batch
from workbench.cli.commands.calibrate import calibrate
from workbench.cli.commands.check import check
from workbench.cli.commands.compare import compare
from workbench.cli.commands.demo import demo
from workbench.cli.commands.doctor import doctor
from workbench.cli.commands.explain import explain
from workbench.cli.commands.export import export
from workbench.cli.commands.fmt import fmt
from workbench.cli.commands.fork import fork
from workbench.cli.commands.gc import gc
from workbench.cli.commands.graph import graph
from workbench.cli.commands.import_ import import_
from workbench.cli.commands.label import label
from workbench.cli.commands.models import models
from workbench.cli.commands.new import new
from workbench.cli.commands.plan import plan
from workbench.cli.commands.replay import replay
from workbench.cli.commands.rerun import rerun
from workbench.cli.commands.resume import resume
from workbench.cli.commands.routes import routes
from workbench.cli.commands.run import run
from workbench.cli.commands.runs import runs
from workbench.cli.commands.schema import schema
from workbench.cli.commands.search import search
from workbench.cli.commands.show import show
from workbench.cli.commands.test import test
from workbench.cli.plain_help import PlainCommand, PlainGroup
from workbench.cli.session import JsonOption, Session

ABOUT = """AI orchestration in the terminal, on your own machine.

Without a command, the workbench opens on the current folder."""

GROUPS: dict[str, tuple[Callable[..., int], ...]] = {
    "Recipes": (run, batch, plan, check, test, new, fmt, graph, calibrate, schema),
    "The record": (runs, show, search, replay, rerun, fork, resume, compare, explain, export, label),
    "The workbench": (demo, models, doctor, gc),
}

app = typer.Typer(
    name="workbench",
    cls=PlainGroup,
    help=ABOUT,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from workbench import __version__
        from workbench.cli.output import say_raw

        say_raw(f"workbench {__version__}\n")
        raise typer.Exit


@app.callback()
def everywhere(
    context: typer.Context,
    database: Annotated[
        Path | None,
        typer.Option(
            "--db", metavar="PATH", envvar="WORKBENCH_DB", help="The record to use (default ./local.db)."
        ),
    ] = None,
    json: JsonOption = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> int:
    """Keep the options given before a command; without a command, open the workbench."""
    context.obj = Session(database, json)
    if context.invoked_subcommand is not None:
        return 0
    from workbench.cli.output import is_terminal, say_raw

    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        from workbench.cli.open_tui import open_tui

        return open_tui(context.obj)
    say_raw(context.get_help() + "\n")
    return 0


for panel, commands in GROUPS.items():
    for command in commands:
        app.command(cls=PlainCommand, rich_help_panel=panel)(command)
app.command(name="import", cls=PlainCommand, rich_help_panel="The record")(import_)
app.add_typer(routes, name="routes", rich_help_panel="The workbench")
