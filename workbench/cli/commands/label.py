"""``workbench label``: a person's word on a run or a step."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, OptionalRun, Session, session
from workbench.errors import UsageError

WORDS = ("good", "bad")


def label(
    context: typer.Context,
    run: OptionalRun = None,
    word: Annotated[
        str | None, typer.Argument(metavar="good|bad", help="What you think of it; none takes a label away.")
    ] = None,
    step: Annotated[
        str | None, typer.Option("--step", metavar="STEP", help="Of one step of it, as draft or reviews[2].")
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option("--answer", metavar="TEXT", help="What it should have been; @FILE reads a file."),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Label a run, or a step of it, good or bad: the truth for compare, routes and backtests.

    Without a run: how far gates agree with all labels, and thresholds that would agree more.
    """
    if run is None:
        return _agreements(session(context, database, json))
    from workbench.cli.output import say, say_json
    from workbench.cli.render_labels import label_line
    from workbench.cli.values import text_or_file
    from workbench.ledger.opinions import Label

    if word not in (*WORDS, "none"):
        told = f", not {word}" if word else ""
        raise UsageError(f"a label is good or bad{told}", hint="none takes a label away")
    here = session(context, database, json)
    with here.ledger() as ledger:
        row = ledger.reader().run(run)
        if step is not None:
            ledger.reader().step(row.id, step)
        if word == "none":
            ledger.opinions().unlabel(row.id, step)
        else:
            right = None if answer is None else text_or_file("--answer", answer)
            ledger.opinions().label(row.id, Label("good" if word == "good" else "bad", right, step))
        labels = ledger.opinions().labels(row.id)
    if here.json:
        from dataclasses import asdict

        say_json({"run": row.id, "labels": [asdict(each) for each in labels]})
    else:
        say(*(label_line(each) for each in labels))
    return 0


def _agreements(here: Session) -> int:
    from workbench.cli.output import say, say_json
    from workbench.cli.render_agreement import agreement_json, agreement_page
    from workbench.study.agreement import agreements

    with here.ledger() as ledger:
        found = agreements(ledger)
    if here.json:
        say_json(agreement_json(found))
    else:
        say(*agreement_page(found))
    return 0
