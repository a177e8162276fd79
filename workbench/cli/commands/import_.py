"""``workbench import``: take in the runs of a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session
from workbench.errors import UsageError


def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A bundle, as workbench export --to jsonl makes.")
    ],
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Take the runs of a bundle into the record, with the same ids; all that are new, or none."""
    from workbench.cli.blocks import Span, flat
    from workbench.cli.formats import count
    from workbench.cli.output import say, say_json
    from workbench.export.taking_in import import_bundle
    from workbench.ledger.store import open_ledger

    here = session(context, database, json)
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    ledger = open_ledger(here.path)
    try:
        if ledger.read_only:
            raise UsageError(f"nothing can be imported: {ledger.read_only}")
        taken = import_bundle(ledger, file)
    finally:
        ledger.close()
    if here.json:
        say_json(
            {"new": list(taken.new), "known": list(taken.known), "batch": taken.batch, "said": taken.said}
        )
        return 0
    known = f", {count(len(taken.known), 'run')} there already" if taken.known else ""
    said = f", {count(taken.said, 'opinion')} on them" if taken.said else ""
    say(flat(Span(f"{count(len(taken.new), 'run')} taken in", "bold"), f"{said}{known}"))
    if taken.new:
        say(flat(Span(f"workbench show {taken.new[-1]}", "dim")))
    return 0
