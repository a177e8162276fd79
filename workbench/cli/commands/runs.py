"""``workbench runs``: the runs on record."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session


def runs(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Only runs with this text in id, recipe, inputs or error.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 20,
    recipe: Annotated[str, typer.Option("--recipe", metavar="NAME", help="Only runs of this recipe.")] = "",
    status: Annotated[
        str,
        typer.Option("--status", metavar="STATUS", help="Only runs that ended so: done, failed, waiting ..."),
    ] = "",
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """List past runs, newest first."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json, tell
    from workbench.cli.render_runs import run_json, runs_table
    from workbench.ledger.rows import RunFilter

    here = session(context, database, json)
    wanted = RunFilter(recipe=recipe, status=known_status(status), text=text)
    if not here.path.exists():
        rows, total = [], 0
    else:
        with here.record() as reader:
            rows, total = reader.runs(limit=limit, where=wanted), reader.count_runs(wanted)
    if here.json:
        say_json([run_json(row) for row in rows])
        return 0
    if rows:
        say(runs_table(rows))
    else:
        tell(flat("no runs yet; workbench demo makes some" if wanted == RunFilter() else "no such runs"))
    if total > len(rows):
        tell(flat(Span(f"{len(rows):,} of {total:,} runs; --limit shows more", "dim")))
    return 0


def known_status(status: str) -> str:
    """``status`` if there is such a one."""
    from typing import get_args

    from workbench.errors import UsageError
    from workbench.events import RunStatus

    if status and status not in get_args(RunStatus):
        raise UsageError(f"no status {status!r}", hint=f"one of {', '.join(get_args(RunStatus))}")
    return status
