"""Those who wait until what they sent is kept, with an event loop or without one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Union

from workbench.errors import LedgerError

Waiter = Union["asyncio.Future[None]", "Flush"]
"""Told when all before it is kept, or why it cannot be."""


class Flush:
    """Someone who waits without an event loop."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._failure: LedgerError | None = None

    def settle(self, failure: LedgerError | None) -> None:
        """Let them go on."""
        self._failure = failure
        self._ended.set()

    def wait(self) -> None:
        """Block until settled; raises the failure."""
        self._ended.wait()
        if self._failure is not None:
            raise _copy(self._failure)


def answer(waiting: list[Waiter], failure: LedgerError | None) -> None:
    """Tell all who wait; each event loop is woken once."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in waiting:
        if isinstance(waiter, Flush):
            waiter.settle(failure)
        else:
            loops.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, futures in loops.items():
        # a closed loop refuses: nobody waits there any more
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, futures, failure)


def _settle(futures: list[asyncio.Future[None]], failure: LedgerError | None) -> None:
    for future in futures:
        if future.done():
            continue  # cancelled meanwhile
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(_copy(failure))


def _copy(failure: LedgerError) -> LedgerError:
    """One for each who raises it: an exception grows by its tracebacks."""
    return LedgerError(failure.message, hint=failure.hint)
