"""One attempt at a call: reserved, written as started, made, priced, settled, written as finished.

An attempt runs as a task of its own, out of reach of the step that waits for it: when a sibling fails, what
was sent may still land and be recorded instead of being paid for and thrown away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from workbench.engine.ask import Beside
from workbench.engine.stream import Stream
from workbench.errors import CallError, LedgerError
from workbench.events import CallFinished, CallKind, CallStarted, Json
from workbench.guard.budget import Budget, Held
from workbench.guard.fitting import Wanted
from workbench.guard.limits import MICRO, Amounts
from workbench.guard.over import OverBudget, cut_short
from workbench.providers.interrupted import carried
from workbench.providers.port import Reply
from workbench.recipe.expressions import ExpressionError
from workbench.usage import Price, Usage

GRACE_WHEN_OVERTAKEN = 10.0
"""Seconds that a run's end waits for the answer of whom another overtook."""


class Overtaken(CallError):
    """An answer that came when another attempt at the same call had answered: it is recorded, not used."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt needs: how it is announced, what it may cost, how it is made."""

    started: CallStarted
    perform: Callable[[], Awaitable[Reply]]
    price: Price | None
    wanted: Wanted
    bounded: Callable[[int], Attempt] | None = None
    """The same with an answer of at most so many tokens."""
    has_other: bool = False
    """Whether another is asked when no budget holds it."""
    beside: bool = False
    """Nobody needs its answer: when no budget holds it, it is not made."""
    check: Beside | None = None
    """What gates say of its answer, which is kept with it."""


@dataclass(slots=True)
class _Flight:
    """An attempt in flight."""

    task: asyncio.Task[None]
    kind: CallKind
    sent: bool = False
    overtaken: str = ""
    """The model that answered before it, when one did: its own answer is recorded and not used."""


RaiseLimit = Callable[[str, OverBudget], Awaitable[bool]]
"""Asks a person whether a level may spend more, for a step instance; True when it may."""


Made = tuple[Reply, int | None, float]
"""A reply, its cost in nano-dollars (None is unknown), and the seconds it took."""


class Attempts:
    """Makes attempts and keeps those in flight."""

    def __init__(self, stream: Stream, budget: Budget, raise_limit: RaiseLimit) -> None:
        self._stream = stream
        self._budget = budget
        self._raise_limit = raise_limit
        self._in_flight: dict[tuple[int, int], _Flight] = {}
        """By the numbers of call and attempt."""

    async def make(self, attempt: Attempt) -> Made:
        """The reply, its cost and its time; raises CallError: Overtaken, when another had answered before."""
        landed: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        started = attempt.started
        task = asyncio.create_task(self._land_in(landed, attempt))
        self._in_flight[started.call, started.attempt] = _Flight(task, started.kind)
        return await landed

    def refuse(self, started: CallStarted, error: CallError) -> None:
        """Put an attempt on record that is not made."""
        self._stream.emit(started)
        nothing = Attempt(started, _nothing, None, Wanted(started.path, started.target))
        self._fail(nothing, error, time.perf_counter())

    async def land(self, grace: float, *, models: bool = True) -> None:
        """Wait up to ``grace`` seconds for what is in flight, then cancel the rest; all of it is recorded.

        Whom another overtook gets at most ``GRACE_WHEN_OVERTAKEN``.  Without ``models`` their answers are not
        waited for: each connection is closed at once.
        """
        flights = list(self._in_flight.values())
        if not flights:
            return
        for each in flights:
            if each.kind == "model" and not models:
                each.task.cancel()
        short = [each.task for each in flights if each.overtaken]
        others = [each.task for each in flights if not each.overtaken]
        await asyncio.gather(_land(short, min(grace, GRACE_WHEN_OVERTAKEN)), _land(others, grace))

    async def _land_in(self, landed: asyncio.Future[Made], attempt: Attempt) -> None:
        """Make the attempt for whoever still waits for it."""
        try:
            made = await self._make(attempt, landed)
        except asyncio.CancelledError:
            landed.cancel()
            raise
        except Exception as error:
            if not landed.done():
                landed.set_exception(error)
        else:
            if not landed.done():
                landed.set_result(made)
        finally:
            self._in_flight.pop((attempt.started.call, attempt.started.attempt), None)

    async def _make(self, attempt: Attempt, landed: asyncio.Future[Made]) -> Made:
        held = await self._hold(attempt)
        paid, began = Amounts(), time.perf_counter()
        try:
            if landed.cancelled():  # while it waited for others, the run stopped
                raise asyncio.CancelledError
            if held.answer is not None and attempt.bounded is not None:
                attempt = attempt.bounded(held.answer)
            self._in_flight[attempt.started.call, attempt.started.attempt].sent = True
            self._stream.emit(attempt.started)
            await self._stream.durable()
            paid, began = held.amounts, time.perf_counter()
            reply, cost, seconds = await self._perform(attempt, held)
            paid = _paid(held, cost, reply.usage, seconds)
            self._budget.learn(held, attempt.wanted, reply.usage, cost)
            if self._overtaken(attempt.started):
                late = Overtaken("cancelled", "this answer is not used", partial=reply)
                self._fail(attempt, late, began)
                raise late
            self._overtake_others(attempt.started)
            self._finish(attempt, reply, cost, seconds)
            return reply, cost, seconds
        except CallError as error:
            usage = error.partial.usage if error.partial else Usage()
            paid = _paid(held, _failed_cost(error, attempt.price), usage, time.perf_counter() - began)
            raise
        finally:
            self._budget.settle(held, paid)
            self.tell()

    async def _hold(self, attempt: Attempt) -> Held:
        """Set aside what the attempt may take; where a limit is in the way, a person may raise it."""
        while True:
            try:
                return await self._budget.hold(attempt.wanted)
            except OverBudget as error:
                if attempt.beside:
                    raise
                path = attempt.started.path
                error.account.refused = True
                if error.on_exceed == "ask" and await self._raise_limit(path, error):
                    continue
                if attempt.has_other or self.goes_on(path, error):
                    self.refuse(attempt.started, error)
                raise

    def goes_on(self, path: str, error: OverBudget) -> bool:
        """Whether the run goes on without a call that no budget holds: a replay of it must know why."""
        return error.on_exceed == "cheaper" or not error.ends_run(path) or bool(self._budget.goes_on(path))

    def tell(self, *, at_once: bool = False) -> None:
        """Say how the budget stands, to whom it may concern; not too often, unless ``at_once``."""
        used = self._budget.news(at_once=at_once) if self._stream.listening else None
        if used is not None:
            self._stream.show(used)

    async def _perform(self, attempt: Attempt, held: Held) -> Made:
        began = time.perf_counter()
        try:
            reply = await (_within(held.seconds, attempt) if held.seconds is not None else attempt.perform())
        except TimeoutError as late:
            error = _timed_out(held, carried(late))
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
            if held.answer is None or reply.finish != "length":
                return reply, _cost(reply, attempt.price), time.perf_counter() - began
            assert held.bound is not None
            error = cut_short(held.bound, held.answer, reply)
        self._fail(attempt, error, began)
        raise error

    def _finish(self, attempt: Attempt, reply: Reply, cost: int | None, seconds: float) -> None:
        started = attempt.started
        self._stream.emit(
            CallFinished(
                path=started.path,
                call=started.call,
                attempt=started.attempt,
                status="ok",
                answer={**reply.on_record(), **_verdicts(attempt, reply, cost, seconds)},
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

    def _overtake_others(self, answered: CallStarted) -> None:
        """Whoever was asked beside it goes on, if sent: to learn what it costs, and for nothing else."""
        for beside in (answered.attempt - 1, answered.attempt + 1):
            found = self._in_flight.get((answered.call, beside))
            if found is not None:
                found.overtaken = answered.target
                if not found.sent:
                    found.task.cancel()

    def _overtaken(self, started: CallStarted) -> str:
        """The model that answered before an attempt; empty for none."""
        found = self._in_flight.get((started.call, started.attempt))
        return found.overtaken if found is not None else ""

    def _fail(self, attempt: Attempt, error: CallError, began: float) -> None:
        started, partial = attempt.started, error.partial
        overtaken = self._overtaken(started)
        # a limit in its way limits nobody: the run has its answer
        if overtaken and error.error_class in ("cancelled", "budget"):
            told = f"{overtaken} answered first: {error.message}"
            error = CallError("cancelled", told, partial=partial, sent=error.sent)
        self._stream.emit(
            CallFinished(
                path=started.path,
                call=started.call,
                attempt=started.attempt,
                status="cancelled" if error.error_class == "cancelled" else "error",
                answer=partial.on_record() if partial else None,
                model=partial.model if partial else "",
                finish=_finish_of(error, started.path),
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


async def _land(tasks: Collection[asyncio.Task[None]], grace: float) -> None:
    """Wait so many seconds for tasks, then cancel them."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _within(seconds: float, attempt: Attempt) -> Reply:
    async with asyncio.timeout(seconds):
        return await attempt.perform()


async def _nothing() -> Reply:
    """What a refused attempt would do."""
    return Reply("")


def _verdicts(attempt: Attempt, reply: Reply, cost: int | None, seconds: float) -> dict[str, Json]:
    """What gates say of an answer that is not used; nothing where they cannot."""
    if attempt.check is None:
        return {}
    try:
        return {"gates": attempt.check(reply, cost, seconds)}
    except (ExpressionError, CallError):
        return {}


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


def _timed_out(held: Held, partial: Reply | None) -> CallError:
    if held.by is not None:
        held.by.partial = partial
        return held.by
    return CallError(
        "timeout", f"no answer within {held.seconds:g} s", hint="raise the step's timeout", partial=partial
    )


def _finish_of(error: CallError, path: str) -> str:
    """``limit`` marks a limit that did not end the run: what a replay must know of it."""
    if isinstance(error, OverBudget) and not error.ends_run(path):
        return "limit"
    return error.partial.finish if error.partial else "error"


def _paid(held: Held, cost: int | None, usage: Usage, seconds: float) -> Amounts:
    """What an attempt took; what is unknown counts as what was set aside for it."""
    if cost == 0 and usage.input is None:
        return Amounts(0, 0, 1, round(seconds * MICRO))
    if usage.input is None or usage.output is None:
        tokens = held.amounts.tokens
    else:
        tokens = (usage.input_total or 0) + usage.output
    return Amounts(held.amounts.nano if cost is None else cost, tokens, 1, round(seconds * MICRO))
