"""Connections that one thread closes while others read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from workbench.ledger.reader import RunFilter
from workbench.ledger.store import Ledger, open_ledger


class Closes(Protocol):
    def close(self) -> None: ...


def read_batches(ledger: Ledger) -> tuple[Closes, Callable[[], object]]:
    batches = ledger.batches_beside()
    return batches, lambda: batches.totals(1)


def read_runs(ledger: Ledger) -> tuple[Closes, Callable[[], object]]:
    reader = ledger.reader()
    return reader, lambda: (reader.runs(10, 0, RunFilter()), reader.data_version())


@pytest.mark.parametrize("reading", [read_batches, read_runs])
def test_closing_waits_for_who_still_reads(
    path: Path, reading: Callable[[Ledger], tuple[Closes, Callable[[], object]]]
) -> None:
    """A connection closed under a statement of another thread would end the whole program."""
    ledger = open_ledger(path)
    ledger.writer()
    closed, read = reading(ledger)
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(read) for _ in range(400)]
        while not all(answer.done() for answer in answers):
            closed.close()
        assert all(answer.exception() is None for answer in answers)
    closed.close()
    ledger.close()


def test_who_still_asks_after_the_end_is_answered_and_leaves_nothing_open(path: Path) -> None:
    ledger = open_ledger(path)
    reader = ledger.reader()
    ledger.close()
    assert ledger.reader() is reader
    assert (reader.runs(), reader.data_version() > 0) == ([], True)
    assert not reader._idle
    assert reader._watch is None
