"""What is to be exported: a run, several runs side by side, or a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import UsageError
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.reader import Reader
from workbench.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Choice:
    """Runs by id, and the batch when it is one that was asked for."""

    reader: Reader
    runs: tuple[str, ...]
    name: str
    """For the file."""
    batch: BatchRow | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """Of a batch: the row that each run did."""


def choose(ledger: Ledger, references: Sequence[str]) -> Choice:
    """The runs, or the batch, that ``references`` name; raises UsageError when they name none."""
    reader = ledger.reader()
    if len(references) == 1:
        batch = ledger.batches().find(references[0])
        if batch is not None:
            if batch.status == "running":
                raise UsageError(f"batch {batch.id} is running", hint="export it when it has ended")
            keys = {run.run: run.key for run in ledger.batches().runs(batch.number)}
            return Choice(reader, tuple(keys), f"batch-{batch.id}", batch, keys)
    runs = tuple(dict.fromkeys(reader.run(reference).id for reference in references))
    return Choice(reader, runs, "-".join(runs[:2]) + ("-more" if len(runs) > 2 else ""))
