"""``workbench doctor``: is everything here as it should be?"""

from __future__ import annotations

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session


def doctor(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> int:
    """Look for what is wrong here: record, settings, terminal, SQLite."""
    from dataclasses import asdict

    from workbench.cli.blocks import Column, Grid, Span
    from workbench.cli.checkup import checkup
    from workbench.cli.output import say, say_json

    here = session(context, database, json)
    findings = checkup(here.folder, here.path)
    if here.json:
        say_json([asdict(finding) for finding in findings])
    else:
        marks = {"ok": Span("✓", "green"), "note": Span("!", "yellow"), "bad": Span("✗", "red")}
        rows = [(marks[each.state], each.topic, each.text) for each in findings]
        say(Grid([Column(""), Column("what"), Column("finding")], rows))
    return 1 if any(each.state == "bad" for each in findings) else 0
