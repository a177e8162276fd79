"""``workbench compare``: two runs side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, session


def compare(
    context: typer.Context,
    left: RunArgument,
    right: RunArgument,
    everything: Annotated[bool, typer.Option("--all", help="List the steps that are the same too.")] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Compare two runs: steps, prompts, answers, gates, costs, and where they first split."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_compare import compare_json, compare_page
    from workbench.cli.render_differences import screen_width
    from workbench.study.compare import compare as compared

    here = session(context, database, json)
    with here.record() as reader:
        found = compared(reader, left, right)
        if here.json:
            say_json(compare_json(found))
        else:
            say(*compare_page(found, screen_width(), everything=everything))
    return 0
