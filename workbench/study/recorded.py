"""The calls of a run that can be compared with those of another."""

from __future__ import annotations

from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow


def recorded_calls(reader: Reader, run: str) -> list[CallRow]:
    """The calls of a run, without edits by hand."""
    return [row for row in reader.recording(run) if row.kind != "hand"]
