"""Takes a bundle into the record: what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import UsageError
from workbench.events import Json
from workbench.export.bundle import Bundle, check_bundle, events_of, run_digest, told
from workbench.ledger.batch_rows import BatchRow, BatchRun
from workbench.ledger.store import Ledger
from workbench.ledger.take_in import take_in

MOST_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a bundle's runs."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    """On record already, and the same."""
    batch: str | None
    said: int = 0
    """Labels and expectations that are new here."""


def import_bundle(ledger: Ledger, path: Path) -> Imported:
    """Take the runs of a bundle into ``ledger``; all that are new, or none.

    Raises UsageError when the bundle is not sound, or a run of the same id but another content is on record.
    """
    bundle = check_bundle(path)
    known = _known(ledger, bundle)
    new = tuple(run for run in bundle.runs if run not in known)
    batch = _new_batch(ledger, bundle, new)
    said = 0
    if new or batch is not None or bundle.said:
        try:
            said = take_in(ledger.path, events_of(bundle, frozenset(new)), batch, bundle.said).said
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
    if new and bundle.batch is not None and batch is None and _is_other_part(ledger, bundle.batch):
        ledger.batches().put_together(bundle.batch.id)
    return Imported(new, tuple(known), bundle.batch.id if bundle.batch else None, said)


def _new_batch(ledger: Ledger, bundle: Bundle, new: Sequence[str]) -> BatchRow | None:
    """The batch to put on record; None where there is none, or it is there and this is more of it.

    Raises UsageError when the batch on record is another, or another run did a row of it.
    """
    batch = bundle.batch
    there = ledger.batches().find(batch.id) if batch is not None else None
    if batch is None or there is None or there.id != batch.id:
        return batch
    if _what(there) != _what(batch):
        raise UsageError(f"{bundle.path}: batch {batch.id} is on record already, and is another")
    wanted = {bundle.keys[run]: run for run in new if run in bundle.keys}
    for key, run in _runs_of(ledger, there, list(wanted)).items():
        if run.run != wanted[key]:
            raise UsageError(
                f"{bundle.path}: row {key} of batch {batch.id} was done by run {run.run} already"
            )
    return None


def _runs_of(ledger: Ledger, batch: BatchRow, keys: Sequence[str]) -> dict[str, BatchRun]:
    """The runs of rows, asked for a few at a time."""
    found: dict[str, BatchRun] = {}
    for start in range(0, len(keys), MOST_KEYS):
        found |= ledger.batches().runs_of(batch.number, keys[start : start + MOST_KEYS])
    return found


def _is_other_part(ledger: Ledger, batch: BatchRow) -> bool:
    there = ledger.batches().find(batch.id)
    return there is not None and there.options.get("shard") != batch.options.get("shard")


def _what(batch: BatchRow) -> tuple[Json, ...]:
    """What a batch is, whichever part of it."""
    options = {**batch.options, "shard": "", "budget_usd": None}
    return batch.recipe, batch.recipe_hash, batch.data_hash, batch.rows, batch.repeat, options


def _known(ledger: Ledger, bundle: Bundle) -> dict[str, str]:
    """The runs of the bundle that are on record, with what they hash to."""
    reader, found = ledger.reader(), {}
    for run, digest in zip(bundle.runs, bundle.digests, strict=True):
        if not _on_record(ledger, run):
            continue
        if run_digest(told(reader, run, in_batch=bundle.batch is not None)) != digest:
            raise UsageError(
                f"run {run} is on record already, with another content",
                hint="changed, or written by another version; into a record of its own it goes: "
                "workbench import FILE --db other.db",
            )
        found[run] = digest
    return found


def _on_record(ledger: Ledger, run: str) -> bool:
    try:
        return ledger.reader().run(run).id == run
    except UsageError:
        return False
