"""``workbench demo``: the sample recipes, for real, on the embedded models."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session


def demo(
    context: typer.Context,
    screens: Annotated[
        bool, typer.Option("--tui/--no-tui", help="Open the workbench on the runs, when there is a terminal.")
    ] = True,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Run the sample recipes offline and show what happened."""
    import sys

    from workbench.cli.output import is_terminal
    from workbench.cli.showing import show_samples

    here = session(context, database, json)
    code = show_samples(here)
    if screens and not here.json and is_terminal(sys.stdin) and is_terminal(sys.stdout):
        from workbench.cli.open_tui import open_tui

        return open_tui(here)
    return code
