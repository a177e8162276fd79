"""The ledger: one SQLite file, a writer and a reader of it."""

from __future__ import annotations

import threading
from pathlib import Path

from workbench.errors import LedgerError
from workbench.ledger.accounts import Accounts
from workbench.ledger.batches import Batches
from workbench.ledger.open import Opened, connect, prepare
from workbench.ledger.opinions import Opinions
from workbench.ledger.reader import Reader
from workbench.ledger.writer import Writer


class Ledger:
    """An open ledger.  Its writer is started when first asked for."""

    def __init__(self, path: Path, opened: Opened) -> None:
        self.path = path
        self._opened = opened
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._batches: Batches | None = None
        self._opinions: Opinions | None = None
        self._accounts: Accounts | None = None

    @property
    def read_only(self) -> str:
        """Why nothing can be written here; empty when it can."""
        return self._opened.reason

    def writer(self) -> Writer:
        """The one writer, a new one after a failure; raises LedgerError where the file cannot be written."""
        if self._opened.access != "rw":
            raise LedgerError(
                f"cannot write to the ledger {self.path}: {self._opened.reason}",
                hint="choose another with --db, or make it and its folder writable",
            )
        with self._lock:
            if self._writer is None or self._writer.failure is not None:
                self._writer = Writer(self.path, lambda: connect(self.path, "rw"))
            return self._writer

    def reader(self) -> Reader:
        """The reader; usable from any thread, any number of times."""
        with self._lock:
            if self._reader is None:
                self._reader = Reader(self.path, lambda: connect(self.path, self._opened.access))
            return self._reader

    def batches(self) -> Batches:
        """What is on record about batches."""
        with self._lock:
            if self._batches is None:
                self._batches = Batches(self.path, lambda: connect(self.path, self._opened.access))
            return self._batches

    def batches_beside(self) -> Batches:
        """The same on a connection of its own, in nobody's way; whoever asks closes it."""
        return Batches(self.path, lambda: connect(self.path, self._opened.access))

    def opinions(self) -> Opinions:
        """Labels by hand, and what data expected of its runs."""
        with self._lock:
            if self._opinions is None:
                self._opinions = Opinions(self.path, lambda: connect(self.path, self._opened.access))
            return self._opinions

    def accounts(self) -> Accounts:
        """What runs of all processes share; raises LedgerError where the file cannot be written."""
        self.writer()
        with self._lock:
            if self._accounts is None:
                self._accounts = Accounts(self.path, lambda: connect(self.path, "rw"))
            return self._accounts

    def close(self) -> None:
        """Write what is queued, and let go of the file; who still reads it does so when done."""
        with self._lock:
            if self._accounts is not None:
                self._accounts.close()
                self._accounts = None
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if self._reader is not None:
                self._reader.close()
            if self._batches is not None:
                self._batches.close()
            if self._opinions is not None:
                self._opinions.close()


def open_ledger(path: Path) -> Ledger:
    """Open the ledger at ``path``, made when it is missing; raises LedgerError with what to do."""
    return Ledger(path, prepare(path))
