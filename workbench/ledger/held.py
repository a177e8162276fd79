"""A connection to the ledger held for short transactions, beside those of the writer and the reader."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.ledger.failures import as_ledger_error
from workbench.ledger.owner import is_alive


class Held:
    """Opens the file when first asked; threads take turns, the one that closes it too."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._open: sqlite3.Connection | None = None
        self._one = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Let go of the file, when the transaction under way has ended; a later one opens and closes it."""
        with self._one:
            self._closed = True
            self._let_go()

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = self._connect()
            self._open.create_function("is_alive", 2, is_alive)
        return self._open

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN", "read") as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN IMMEDIATE", "write to") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, doing: str) -> Iterator[sqlite3.Connection]:
        self._one.acquire()
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise as_ledger_error(error, self._path, doing) from error
        finally:
            if self._closed:
                self._let_go()
            self._one.release()
