"""``workbench runs``: the runs on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.ledger.batch_rows import BatchRow, BatchTotals
    from workbench.ledger.rows import RunFilter, RunRow


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
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Only runs of which it holds: 'cost > 0.01 and gates.grounded < 0.5'.",
        ),
    ] = "",
    batches: Annotated[bool, typer.Option("--batches", help="List batches instead of runs.")] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """List past runs, newest first."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.output import say, say_json, tell
    from workbench.cli.render_runs import run_json, runs_table
    from workbench.ledger.rows import RunFilter

    here = session(context, database, json)
    if batches:
        if text or recipe or status or where:
            raise UsageError("--batches lists all batches", hint="workbench runs --batches")
        return _batches(here, limit)
    wanted = RunFilter(recipe=recipe, status=known_status(status), text=text)
    rows, more = _found(here, wanted, where, limit)
    if here.json:
        say_json([run_json(row) for row in rows])
        return 0
    if rows:
        say(runs_table(rows))
    else:
        empty = wanted == RunFilter() and not where
        tell(flat("no runs yet; workbench demo makes some" if empty else "no such runs"))
    if more:
        tell(flat(Span(f"{more}; --limit shows more", "dim")))
    return 0


def _found(here: Session, wanted: RunFilter, where: str, limit: int) -> tuple[list[RunRow], str]:
    """The runs, and how many there are when these are not all."""
    if not here.path.exists():
        return [], ""
    with here.record() as reader:
        if where:
            from workbench.study.run_conditions import runs_where

            rows, more = runs_where(reader, where, wanted, limit)
            return rows, "there are more runs" if more else ""
        rows, total = reader.runs(limit=limit, where=wanted), reader.count_runs(wanted)
        return rows, f"{len(rows):,} of {total:,} runs" if total > len(rows) else ""


def _batches(here: Session, limit: int) -> int:
    from workbench.cli.blocks import flat
    from workbench.cli.output import say, say_json, tell
    from workbench.cli.render_batch_list import batch_json, batches_table

    listed: list[tuple[BatchRow, BatchTotals]] = []
    if here.path.exists():
        with here.ledger() as ledger:
            record = ledger.batches()
            listed = [(row, record.totals(row.number)) for row in record.all(limit)]
    if here.json:
        say_json([batch_json(*each) for each in listed])
    elif listed:
        say(batches_table(listed))
    else:
        tell(flat("no batches yet; workbench batch RECIPE --data FILE makes one"))
    return 0


def known_status(status: str) -> str:
    """``status`` if there is such a one."""
    from typing import get_args

    from workbench.events import RunStatus

    if status and status not in get_args(RunStatus):
        raise UsageError(f"no status {status!r}", hint=f"one of {', '.join(get_args(RunStatus))}")
    return status
