"""``workbench compare``: two runs, or two batches, side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, Session, session
from workbench.errors import UsageError


def compare(
    context: typer.Context,
    left: RunArgument,
    right: RunArgument,
    everything: Annotated[bool, typer.Option("--all", help="List the steps that are the same too.")] = False,
    margin: Annotated[
        float,
        typer.Option(
            "--margin",
            metavar="X",
            min=0,
            max=1,
            help="Of batches: the loss of a share that does not matter.",
        ),
    ] = 0.0,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Compare two runs: steps, prompts, answers, gates, costs, and where they first split.

    Two batches are compared case by case: shares, scores, costs and times with intervals and verdicts.
    """
    from workbench.cli.output import say, say_json
    from workbench.cli.render_compare import compare_json, compare_page
    from workbench.cli.render_differences import screen_width
    from workbench.study.compare import compare as compared

    here = session(context, database, json)
    if _batches(here, left, right, margin):
        return 0
    with here.record() as reader:
        found = compared(reader, left, right)
        if here.json:
            say_json(compare_json(found))
        else:
            say(*compare_page(found, screen_width(), everything=everything))
    return 0


def _batches(here: Session, left: str, right: str, margin: float) -> bool:
    """Compare two batches; False when the words name no batches."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_batches import batches_json, batches_page
    from workbench.study.compare_batches import compare_batches

    with here.batches() as batches:
        one, other = batches.find(left), batches.find(right)
        if one is None and other is None:
            return False
        if one is None or other is None:
            named, unnamed = (left, right) if one else (right, left)
            raise UsageError(
                f"{named} is a batch and {unnamed} is none", hint="compare two batches, or two runs"
            )
        found = compare_batches(batches, one, other, margin)
        if here.json:
            say_json(batches_json(found, margin))
        else:
            say(*batches_page(found, margin))
    return True
