"""Recorded calls with their requests: an answer that was reused keeps no request of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.errors import UsageError
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow


def with_requests(reader: Reader, rows: Iterable[CallRow]) -> list[CallRow]:
    """The calls, each with the request as it was sent when its answer was made; none where that is gone."""
    known: dict[str, dict[tuple[int, int], CallRow]] = {}
    found: list[CallRow] = []
    for row in rows:
        origin = row
        passed: set[tuple[str, int, int]] = set()
        while origin.source is not None and not origin.request and origin.source not in passed:
            passed.add(origin.source)
            run, call, attempt = origin.source
            if run not in known:
                known[run] = _calls(reader, run)
            origin = known[run].get((call, attempt), origin)
        found.append(row if origin is row else replace(row, request=origin.request))
    return found


def recorded_calls(reader: Reader, run: str) -> list[CallRow]:
    """The calls of a run, with their requests, without edits by hand."""
    return with_requests(reader, [row for row in reader.recording(run) if row.kind != "hand"])


def _calls(reader: Reader, run: str) -> dict[tuple[int, int], CallRow]:
    try:
        return {(row.call, row.attempt): row for row in reader.recording(run)}
    except UsageError:
        return {}
