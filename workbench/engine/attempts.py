"""One attempt at a call: reserved, written as started, made, priced, settled, written as finished.

An attempt runs as a task of its own, out of reach of the step that waits for it: when a sibling fails, what
was sent may still land and be recorded instead of being paid for and thrown away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from workbench.engine.stream import Stream
from workbench.errors import CallError, LedgerError
from workbench.events import CallFinished, CallStarted
from workbench.guard.budget import Budget
from workbench.providers.interrupted import carried
from workbench.providers.port import Reply
from workbench.usage import Price, Usage


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt needs: how it is announced, what it may cost, how it is made."""

    started: CallStarted
    perform: Callable[[], Awaitable[Reply]]
    price: Price | None
    estimate_nano: int | None
    timeout: float | None = None


Made = tuple[Reply, int | None, float]
"""A reply, its cost in nano-dollars (None is unknown), and the seconds it took."""


class Attempts:
    """Makes attempts and keeps those in flight."""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._in_flight: set[asyncio.Task[None]] = set()

    async def make(self, attempt: Attempt) -> Made:
        """The reply, its cost and its time; raises CallError."""
        landed: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._land_in(landed, attempt))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        return await landed

    async def land(self, grace: float) -> None:
        """Wait up to ``grace`` seconds for what is in flight, then cancel the rest; all of it is recorded."""
        if not self._in_flight:
            return
        tasks = set(self._in_flight)
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _land_in(self, landed: asyncio.Future[Made], attempt: Attempt) -> None:
        """Make the attempt for whoever still waits for it."""
        try:
            made = await self._make(attempt)
        except asyncio.CancelledError:
            landed.cancel()
            raise
        except Exception as error:
            if not landed.done():
                landed.set_exception(error)
        else:
            if not landed.done():
                landed.set_result(made)

    async def _make(self, attempt: Attempt) -> Made:
        started = attempt.started
        await self._budget.room(attempt.estimate_nano)
        reserved = self._budget.reserve(attempt.estimate_nano, started.target)
        cost: int | None = 0
        try:
            self._stream.emit(started)
            await self._stream.durable()
            reply, cost, seconds = await self._perform(attempt)
            self._finish(attempt, reply, cost, seconds)
            return reply, cost, seconds
        except CallError as error:
            cost = _failed_cost(error, attempt.price)
            raise
        finally:
            self._budget.settle(reserved, cost)

    async def _perform(self, attempt: Attempt) -> Made:
        began = time.perf_counter()
        limit, of_run = self._limit(attempt.timeout)
        try:
            async with asyncio.timeout(limit):
                reply = await attempt.perform()
        except TimeoutError as late:
            error = _timed_out(limit, of_run, carried(late))
        except CallError as failed:
            error = failed
        except asyncio.CancelledError as stopped:
            told = "stopped while it was in flight; it may have been billed"
            self._fail(attempt, CallError("cancelled", told, partial=carried(stopped)), began)
            raise
        except LedgerError:
            raise
        except Exception as bug:
            error = CallError(
                "bug", f"{type(bug).__name__}: {bug}", hint="this is a fault of the tool or provider"
            )
        else:
            return reply, _cost(reply, attempt.price), time.perf_counter() - began
        self._fail(attempt, error, began)
        raise error

    def _limit(self, timeout: float | None) -> tuple[float | None, bool]:
        """Seconds this attempt may take, and whether it is the run's own limit that decides."""
        left = self._budget.seconds_left
        if left is None or (timeout is not None and timeout <= left):
            return timeout, False
        return max(left, 0.0), True

    def _finish(self, attempt: Attempt, reply: Reply, cost: int | None, seconds: float) -> None:
        started = attempt.started
        self._stream.emit(
            CallFinished(
                path=started.path,
                call=started.call,
                attempt=started.attempt,
                status="ok",
                answer=reply.on_record(),
                model=reply.model or started.target,
                finish=reply.finish,
                usage=reply.usage,
                cost_nano=cost,
                price=attempt.price,
                seconds=seconds,
                first_token=reply.first_token,
                chunks=reply.chunks,
                raw=reply.raw,
                durable=started.durable,
                gate=started.gate,
            )
        )

    def _fail(self, attempt: Attempt, error: CallError, began: float) -> None:
        started, partial = attempt.started, error.partial
        self._stream.emit(
            CallFinished(
                path=started.path,
                call=started.call,
                attempt=started.attempt,
                status="cancelled" if error.error_class == "cancelled" else "error",
                answer=partial.on_record() if partial else None,
                model=partial.model if partial else "",
                finish=partial.finish if partial else "error",
                usage=partial.usage if partial else Usage(),
                cost_nano=_failed_cost(error, attempt.price),
                price=attempt.price,
                error=error.message,
                error_class=error.error_class,
                seconds=time.perf_counter() - began,
                raw=partial.raw if partial else None,
                durable=started.durable,
                gate=started.gate,
            )
        )


def _cost(reply: Reply | None, price: Price | None) -> int | None:
    """The provider's own bill wins, then the price; None is unknown."""
    if reply is None:
        return None
    if reply.billed_nano is not None:
        return reply.billed_nano
    if price is None:
        return None
    return 0 if price.is_free else price.cost(reply.usage)


def _failed_cost(error: CallError, price: Price | None) -> int | None:
    if not error.sent or (price is not None and price.is_free):
        return 0
    return _cost(error.partial, price)


def _timed_out(limit: float | None, of_run: bool, partial: Reply | None) -> CallError:
    if of_run:
        told = "the run's time was used up during the call"
        return CallError("budget", told, hint="raise budget.seconds", partial=partial)
    told = f"no answer within {limit:g} s"
    return CallError("timeout", told, hint="raise the step's timeout", partial=partial)
