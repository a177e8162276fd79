"""``workbench export``: runs as a bundle, a page to read, or a trace."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.completion import run_ids
from workbench.cli.session import DatabaseOption, JsonOption, Session, session
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.export.choice import Choice


class Form(StrEnum):
    """What to make of runs."""

    html = "html"
    jsonl = "jsonl"
    otel = "otel"


ENDINGS = {Form.html: ".html", Form.jsonl: ".jsonl.gz", Form.otel: ".otlp.json"}


def export(
    context: typer.Context,
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN", help="A run or a batch, or several to compare.", autocompletion=run_ids
        ),
    ],
    to: Annotated[
        Form,
        typer.Option(help="html: a page; jsonl: a bundle for workbench import; otel: a trace."),
    ] = Form.html,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; else named after the run."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="otel: send it to this collector instead of a file.")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="html: hide personal data: addresses, numbers, accounts.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """Write runs, a batch, or a comparison to one file that others can read."""
    if endpoint is not None and (to is not Form.otel or output is not None):
        raise UsageError("--endpoint goes with --to otel, and instead of --output")
    if redact and to is not Form.html:
        raise UsageError("--redact hides text in a page; a bundle and a trace are the record as it is")
    here = session(context, database, json)
    here.need_record()
    from workbench.export.choice import choose
    from workbench.ledger.store import open_ledger

    ledger = open_ledger(here.path)
    try:
        choice = choose(ledger, runs)
        if endpoint is not None:
            return _send(here, choice, endpoint)
        path = output or Path(f"{choice.name}{ENDINGS[to]}")
        size = _write(choice, to, path, redact=redact)
    finally:
        ledger.close()
    _told(here, choice, path, size)
    return 0


def _write(choice: Choice, to: Form, path: Path, *, redact: bool) -> int:
    from workbench.cli.late_bar import late_bar

    with late_bar("exporting") as bar:

        def heard(done: int) -> None:
            bar(done, len(choice.runs))

        if to is Form.jsonl:
            if choice.batches:
                raise UsageError("a bundle holds runs, or one batch", hint="export each batch by itself")
            from workbench.export.bundle import write_bundle

            return write_bundle(choice.reader, choice.runs, path, choice.batch, heard)
        if to is Form.html:
            from workbench.export.page import write_page

            return write_page(choice, path, heard, redact=redact)
        from workbench.export.trace import write_trace

        return write_trace(choice, path, heard)


def _send(here: Session, choice: Choice, endpoint: str) -> int:
    from workbench.cli.blocks import flat
    from workbench.cli.formats import count
    from workbench.cli.output import say, say_json
    from workbench.export.trace import send_trace

    spans = send_trace(choice, endpoint)
    if here.json:
        say_json({"endpoint": endpoint, "runs": list(choice.runs), "spans": spans})
    else:
        say(flat(f"sent {count(spans, 'span')} to {endpoint}"))
    return 0


def _told(here: Session, choice: Choice, path: Path, size: int) -> None:
    from workbench.cli.blocks import flat
    from workbench.cli.formats import count
    from workbench.cli.formats import size as bytes_of
    from workbench.cli.output import say, say_json

    if here.json:
        say_json({"file": str(path), "bytes": size, "runs": list(choice.runs)})
    else:
        say(flat(f"{path}  {count(len(choice.runs), 'run')}, {bytes_of(size)}"))
