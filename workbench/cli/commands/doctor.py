"""``workbench doctor``: is everything here as it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session

if TYPE_CHECKING:
    from workbench.cli.blocks import Line
    from workbench.cli.checkup import Finding

TOPIC_WIDTH = 9


def doctor(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> int:
    """Look for what is wrong here: record, settings, terminal, SQLite."""
    from dataclasses import asdict

    from workbench.cli.checkup import checkup
    from workbench.cli.output import say, say_json

    here = session(context, database, json)
    findings = checkup(here.folder, here.path)
    if here.json:
        say_json([asdict(finding) for finding in findings])
    else:
        say(*(finding_line(finding) for finding in findings))
    return 1 if any(each.state == "bad" for each in findings) else 0


def finding_line(finding: Finding) -> Line:
    """One finding: its mark, its topic, what was found."""
    from workbench.cli.blocks import Span, flat

    marks = {"ok": Span("✓ ", "green"), "note": Span("! ", "yellow"), "bad": Span("✗ ", "red")}
    return flat(marks[finding.state], Span(f"{finding.topic:<{TOPIC_WIDTH}}  ", "bold"), finding.text)
