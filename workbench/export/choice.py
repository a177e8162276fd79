"""What is to be exported: a run, several runs side by side, a batch, or several batches side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from workbench.batch.variants import variant_of
from workbench.errors import UsageError
from workbench.export.hiding import Hide
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.reader import Reader
from workbench.ledger.store import Ledger
from workbench.study.batch_options import BatchOptions
from workbench.study.case_texts import CaseTexts, case_texts
from workbench.study.compare_many import Change, Comparison, compare_many, subjects_of

Compared = tuple[Comparison, Mapping[Change, CaseTexts]]


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
    compared: Callable[[Hide], Compared] | None = None
    """Of variants, or several batches: how they compare, and the texts of the cases that changed."""
    batches: tuple[str, ...] = ()
    """Of several batches: their ids."""


def choose(ledger: Ledger, references: Sequence[str]) -> Choice:
    """The runs, or the batch, that ``references`` name; raises UsageError when they name none."""
    reader = ledger.reader()
    if len(references) == 1:
        batch = ledger.batches().find(references[0])
        if batch is not None:
            if batch.status == "running":
                raise UsageError(f"batch {batch.id} is running", hint="export it when it has ended")
            keys = {run.run: run.key for run in ledger.batches().runs(batch.number)}
            several = len(BatchOptions.of_record(batch).variants) > 1
            compared = partial(_compared, ledger, references) if several else None
            return Choice(reader, tuple(keys), f"batch-{batch.id}", batch, keys, compared)
    elif all(ledger.batches().find(each.partition("@")[0]) for each in references):
        return _side_by_side(ledger, references)
    runs = tuple(dict.fromkeys(reader.run(reference).id for reference in references))
    return Choice(reader, runs, "-".join(runs[:2]) + ("-more" if len(runs) > 2 else ""))


def _side_by_side(ledger: Ledger, references: Sequence[str]) -> Choice:
    """All runs of several batches, or of variants of them."""
    subjects = subjects_of(ledger, references)
    wanted: dict[str, str] = {}
    ids: dict[str, None] = {}
    for each in subjects:
        assert each.batch is not None
        if each.batch.status == "running":
            raise UsageError(f"batch {each.batch.id} is running", hint="export it when it has ended")
        ids[each.batch.id] = None
        runs = ledger.batches().runs(each.batch.number)
        wanted |= {run.run: run.key for run in runs if variant_of(run.key) == each.variant}
    name = "batches-" + "-".join(ids)
    compared = partial(_compared, ledger, references)
    return Choice(ledger.reader(), tuple(wanted), name, keys=wanted, compared=compared, batches=tuple(ids))


def _compared(ledger: Ledger, references: Sequence[str], hide: Hide) -> Compared:
    found = compare_many(ledger, subjects_of(ledger, references))
    return found, case_texts(ledger.batches(), found.changes, hide)
