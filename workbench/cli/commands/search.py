"""``workbench search``: find words in everything on record."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.commands.runs import known_status
from workbench.cli.session import DatabaseOption, JsonOption, session


def search(
    context: typer.Context,
    text: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", help='Words, "phrases in quotes", beginnings*; all must be there.'),
    ],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 20,
    recipe: Annotated[str, typer.Option("--recipe", metavar="NAME", help="Only runs of this recipe.")] = "",
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="Only runs that ended so: done, failed ...")
    ] = "",
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Find texts in the prompts, answers, inputs, outputs and errors of all runs, newest first."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.late_bar import late_bar
    from workbench.cli.output import say, say_json, tell
    from workbench.cli.render_search import search_json, search_note, search_page
    from workbench.ledger.search import search as find
    from workbench.ledger.store import open_ledger

    here = session(context, database, json)
    here.need_record()
    open_ledger(here.path).close()  # brings it up to date
    with late_bar("reading the record") as progress:
        found = find(
            here.path,
            " ".join(text),
            limit=limit,
            recipe=recipe,
            status=known_status(status),
            progress=progress,
        )
    if here.json:
        say_json(search_json(found))
        return 0
    if found.matches:
        say(*search_page(found.matches))
    else:
        tell(flat("nothing on record matches"))
    tell(flat(Span(search_note(found), "dim")))
    return 0
