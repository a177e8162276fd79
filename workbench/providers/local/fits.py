"""Keeps fitted classifiers: each is fitted once, off the event loop, however many ask for it at a time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor

from workbench.errors import CallError
from workbench.providers.local.classifiers import Classifier

_KEPT = 16
_WORK_SECONDS = 0.004
_REST_SECONDS = 0.0002
_LOOK_EVERY = 64


class Breath:
    """Called within long work: now and then it sleeps a moment, so that the event loop gets its turn."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self._count = 0
        self._rested = time.perf_counter()

    def __call__(self) -> None:
        """Rest if it is time to; raises CallError when nobody waits for the work any more."""
        self._count += 1
        if self._count % _LOOK_EVERY:
            return
        if time.perf_counter() - self._rested > _WORK_SECONDS:
            if self._stopped.is_set():
                raise CallError(
                    "cancelled", "the provider was closed while a classifier was fitted", sent=False
                )
            time.sleep(_REST_SECONDS)
            self._rested = time.perf_counter()


class Fits:
    """Fitted classifiers by what they were fitted to; the least recently used are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fits: OrderedDict[Hashable, Future[Classifier]] = OrderedDict()
        self._worker: ThreadPoolExecutor | None = None
        self._stopped = threading.Event()

    async def get(self, key: Hashable, fit: Callable[[Callable[[], None]], Classifier]) -> Classifier:
        """The classifier under ``key``; ``fit`` makes it when nobody has yet.

        All who ask while it is being fitted wait for that one fit; one who gives up disturbs no other.
        """
        with self._lock:
            known = self._fits.get(key)
            future = known or self._start(key, fit)
            self._fits.move_to_end(key)
        if known is None:
            # not under the lock: a fit that has failed by now is forgotten at once, by this very thread
            future.add_done_callback(lambda done: self._forget_failed(key, done))
        return await asyncio.shield(asyncio.wrap_future(future))

    def _start(self, key: Hashable, fit: Callable[[Callable[[], None]], Classifier]) -> Future[Classifier]:
        if self._worker is None:
            self._stopped = threading.Event()
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="local-fit")
        future = self._worker.submit(fit, Breath(self._stopped))
        self._fits[key] = future
        while len(self._fits) > _KEPT:
            self._fits.popitem(last=False)
        return future

    def _forget_failed(self, key: Hashable, done: Future[Classifier]) -> None:
        if done.cancelled() or done.exception() is not None:
            with self._lock:
                if self._fits.get(key) is done:
                    del self._fits[key]

    def close(self) -> None:
        """Stop what is being fitted; what is fitted stays."""
        with self._lock:
            worker, self._worker = self._worker, None
        self._stopped.set()
        if worker is not None:
            worker.shutdown(wait=False, cancel_futures=True)
