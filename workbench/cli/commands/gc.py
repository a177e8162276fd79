"""``workbench gc``: make room in the record."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.ages import begun_since
from workbench.cli.session import DatabaseOption, JsonOption, session
from workbench.errors import UsageError


def gc(
    context: typer.Context,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=0, help="Keep the newest N runs, delete the others."),
    ] = None,
    older: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="Delete runs begun before: 30d, 12h, 2w."),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Delete old runs and the texts that nobody uses any more; give the room back."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_gc import gc_json, gc_page
    from workbench.ledger.prune import Keep, prune
    from workbench.ledger.store import open_ledger

    if keep is None and older is None:
        raise UsageError("gc needs to know what may go", hint="workbench gc --keep 100 --dry-run")
    here = session(context, database, json)
    here.need_record()
    since = None if older is None else begun_since("--older-than", older)
    ledger = open_ledger(here.path)  # brings it up to date, and marks what crashed
    try:
        if ledger.read_only:
            raise UsageError(f"nothing can be deleted: {ledger.read_only}")
    finally:
        ledger.close()
    pruned = prune(here.path, Keep(keep, since), dry=dry)
    if here.json:
        say_json(gc_json(pruned))
    else:
        say(*gc_page(pruned))
    return 0
