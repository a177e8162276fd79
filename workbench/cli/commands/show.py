"""``workbench show``: one run, or one step of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, RunArgument, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.ledger.reader import Reader


def show(
    context: typer.Context,
    run: RunArgument,
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="One step of it, as draft or reviews[2]/tone.")
    ] = "",
    raw: Annotated[
        bool, typer.Option("--raw", help="With STEP: requests and answers as on the wire.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Steps shown at most.")] = 500,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Show a run: steps, costs, outputs; or one step of it in full."""
    if raw and not step:
        raise UsageError("--raw shows one step", hint="workbench show RUN STEP --raw")
    here = session(context, database, json)
    with here.record() as reader:
        row = reader.run(run)
        if step:
            _show_step(here, reader, row.id, step, raw=raw)
        else:
            _show_run(here, reader, row.id, limit)
    return 0


def _show_run(here: Session, reader: Reader, run: str, limit: int) -> None:
    from workbench.cli.output import say, say_json
    from workbench.cli.render_labels import opinion_blocks
    from workbench.cli.render_runs import run_page

    if here.json:
        from workbench.study.summary import summary

        said = {"labels": [asdict(each) for each in reader.labels(run)]}
        expected = {"expected": [asdict(each) for each in reader.expected(run)]}
        say_json({**summary(reader, run), "inputs": dict(reader.run(run).inputs), **said, **expected})
        return
    say(
        *run_page(
            reader.run(run),
            reader.steps(run, limit=limit),
            reader.count_steps(run),
            reader.outputs(run),
            reader.size(run),
            reader.report(run),
        ),
        *opinion_blocks(reader.labels(run), reader.expected(run)),
    )


def _show_step(here: Session, reader: Reader, run: str, step: str, *, raw: bool) -> None:
    from workbench.cli.output import say, say_json
    from workbench.cli.render_step import step_json, step_page

    detail = reader.step(run, step)
    if here.json:
        say_json(step_json(run, detail, raw=raw))
    else:
        say(*step_page(detail, raw=raw))
