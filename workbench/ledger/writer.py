"""The writer: takes events at once, writes them on a thread of its own, says when they are durable.

All that is queued goes into one transaction (group commit); nobody who waits waits for a timer.  Durability
follows money: a transaction that holds the start or the end of a paid call is synced to the disk.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from workbench.errors import LedgerError
from workbench.events import BudgetUsed, CallFinished, CallStarted, Delta, Event, HumanAsked, RunFinished
from workbench.ledger.crashes import mark_dead_runs
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.ingest import Ingest
from workbench.ledger.owner import new_owner, retire
from workbench.ledger.waiting import Flush, Waiter, answer

LINGER = 0.01
"""Seconds until events that nobody waits for are written."""

MOST_AT_ONCE = 5_000
"""Events in a transaction, so that none of them grows without limit."""


class Writer:
    """Keeps what it receives; one for all runs of a process.  Implements ``workbench.events.Record``."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._queue: deque[Event | Waiter] = deque()
        self._failure: LedgerError | None = None
        self._closing = False
        self._asleep = False
        self._owner = new_owner()
        self._signal = threading.Lock()
        self._signal.acquire()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    # --- from any thread -----------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """Queue one event.  Returns at once and never raises."""
        kind = type(event)
        if kind is Delta or kind is HumanAsked or kind is BudgetUsed or self._failure is not None:
            return
        self._queue.append(event)
        if self._asleep or kind is RunFinished or (kind is CallFinished and event.durable):  # type: ignore[attr-defined]
            self._wake()

    async def durable(self) -> None:
        """Return when everything received so far is committed; raise LedgerError when it cannot be."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ask(future)
        await future

    def flush(self) -> None:
        """Like ``durable``, for callers without an event loop: blocks."""
        flush = Flush()
        self._ask(flush)
        flush.wait()

    def close(self) -> None:
        """Write what is queued and stop the thread.  Runs that did not end are marked as crashed."""
        atexit.unregister(self.close)
        self._closing = True
        self._wake()
        self._ended.wait()

    @property
    def failure(self) -> LedgerError | None:
        """Why nothing more can be kept, if so."""
        return self._failure

    def _ask(self, waiter: Waiter) -> None:
        self._queue.append(waiter)
        if self._ended.is_set():
            self._refuse()
        else:
            self._wake()

    def _wake(self) -> None:
        try:  # noqa: SIM105 (suppress is slower, and every call comes by here)
            self._signal.release()
        except RuntimeError:
            pass  # it is awake already

    # --- the thread ----------------------------------------------------------------------------------

    def _work(self) -> None:
        connection = None
        try:
            connection = self._connect()
            mark_dead_runs(connection)
            self._write_all(Batches(connection, self._owner))
        except Exception as error:
            self._failure = as_ledger_error(error, self._path, "write to")
        finally:
            retire(self._owner)
            if connection is not None:
                connection.close()
            self._ended.set()
            self._refuse()

    def _write_all(self, batches: Batches) -> None:
        while True:
            self._rest()
            closing = self._closing
            while self._queue:
                self._write_batch(batches)
            if closing:
                batches.abandon()
                return

    def _rest(self) -> None:
        """Wait until someone wakes the thread, or for a moment when events may come that nobody waits for."""
        if self._signal.acquire(timeout=LINGER) or self._queue:
            return
        self._asleep = True
        if not self._queue and not self._closing:
            self._signal.acquire()
        self._asleep = False

    def _write_batch(self, batches: Batches) -> None:
        events: list[Event] = []
        waiting: list[Waiter] = []
        take = self._queue.popleft
        for _ in range(min(len(self._queue), MOST_AT_ONCE)):
            item = take()
            if isinstance(item, Event):
                events.append(item)
            else:
                waiting.append(item)
        try:
            if events:
                batches.write(events)
        except Exception as error:
            failure = self._failure = as_ledger_error(error, self._path, "write to")
            answer(waiting, failure)
            raise failure from error
        answer(waiting, None)

    def _refuse(self) -> None:
        """Answer those who still wait."""
        waiting: list[Waiter] = []
        # another thread may do the same at this moment: each takes what it gets
        with contextlib.suppress(IndexError):
            while True:
                item = self._queue.popleft()
                if not isinstance(item, Event):
                    waiting.append(item)
        answer(waiting, self._failure or LedgerError(f"the ledger {self._path} is closed"))


class Batches:
    """Writes batches of events, each in one transaction."""

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._execute = connection.cursor().execute
        self._ingest = Ingest(connection, owner)
        self._is_full = False

    def write(self, events: list[Event]) -> None:
        """Commit ``events``: synced to the disk when one of them asks for it."""
        self._sync(any(isinstance(each, (CallStarted, CallFinished)) and each.durable for each in events))
        execute = self._execute
        execute("BEGIN IMMEDIATE")
        try:
            self._ingest.take(events)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def abandon(self) -> None:
        """Mark the runs that did not end."""
        self._execute("BEGIN IMMEDIATE")
        self._ingest.abandon_open_runs()
        self._execute("COMMIT")

    def _sync(self, full: bool) -> None:
        if full != self._is_full:
            self._execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
            self._is_full = full
