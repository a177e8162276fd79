"""Calls to models: a turn at the provider, the attempts, and who is asked when one fails."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from functools import partial

from workbench.engine.ask import Answer, Ask, AskModel
from workbench.engine.attempts import Attempt, Attempts, Made, Overtaken
from workbench.engine.fingerprint import fingerprint
from workbench.engine.hedging import first_good, unheard
from workbench.engine.requests import estimated, longest_answer, most_asked, on_record, tokens_of
from workbench.engine.role_health import SHORT_WAIT
from workbench.engine.routes import Routes
from workbench.engine.shadows import FindProvider, Shadows
from workbench.engine.shortening import Cut, order_of, shortened, told, window_for
from workbench.engine.stream import Stream
from workbench.errors import CallError, ErrorClass
from workbench.events import CallStarted, Delta, Json, RateLimited, RouteDecided
from workbench.guard.budget import Budget
from workbench.guard.fitting import Wanted
from workbench.guard.over import OverBudget, no_turn
from workbench.providers.port import ModelRequest
from workbench.providers.rates import Rates, Turn
from workbench.providers.retry import retrying
from workbench.routing.policies import Decision

SHORTER = 0.7
"""Of its tokens, what a request keeps when a server found it too long and did not say how long it may be."""
MOST_SHORTENINGS = 4


class _Over(Exception):
    """The tries at a model are over: it rests by now, or its provider had no turn in time."""

    def __init__(self, error: CallError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(slots=True)
class ModelCalls:
    """What the calls of one run share."""

    stream: Stream
    providers: FindProvider
    attempts: Attempts
    routes: Routes
    rates: Rates
    budget: Budget
    shadows: Shadows
    stopping: bool = False
    """Nothing new may start."""

    async def ask(
        self,
        ask: AskModel,
        decision: Decision,
        numbers: tuple[int, int],
        request: ModelRequest,
        asked: str,
    ) -> Answer:
        """The answer of the decided model, or of one it falls back to; ``numbers``: call and last try.

        ``asked`` is the fingerprint of the question to the decided model.
        """
        shadow = self.routes.shadow(ask, request.key)
        if shadow and shadow != decision.chosen:
            self.shadows.start(shadow, ask, request, numbers[0])
        return await _Call(self, ask, request, decision, *numbers, {decision.chosen: asked}).answer()


@dataclass(slots=True)
class _Call:
    """One call: whom it asks now, and how often it has tried."""

    run: ModelCalls
    ask: AskModel
    request: ModelRequest
    decision: Decision
    number: int
    tried: int
    fingerprints: dict[str, str]
    """Of the question to each model that it was put to."""
    failed: dict[str, str] = field(default_factory=dict)
    room: int | None = None
    """Tokens that the request may have, learnt from a refusal."""
    shortenings: int = 0
    last: CallError | None = None
    """What the model that is asked now failed with before."""
    won: int = 0
    """The try that answered before another did."""

    async def answer(self) -> Answer:
        while True:
            try:
                reply, cost, seconds = await retrying(self._attempt, before_retry=self._before_retry)
            except CallError as error:
                self._fall(error)
            except _Over as over:
                self._fall(over.error)
            else:
                named = reply.model or self.decision.chosen
                return Answer(
                    self.number, reply.text, reply.data, named, cost, target=self.decision.chosen,
                    calls=reply.tool_calls, turn=reply.turn, seconds=seconds,
                )  # fmt: skip

    def _fall(self, error: CallError) -> None:
        """Go on with another candidate, or a shorter request; raises the error when there is neither."""
        if error.error_class == "too_long" and self._goes_on_shorter():
            return
        self.failed[self.decision.chosen] = f"failed ({error.error_class})"
        following = self.run.routes.after(self.ask, self.decision, error, self.failed)
        if following is None or self.run.stopping:
            raise error
        self.decision, self.last = following, None

    def _goes_on_shorter(self) -> bool:
        """Whether a request that was too long is asked again: of a larger model, or cut as the role says."""
        failed = {**self.failed, self.decision.chosen: "failed (too_long)"}
        larger = self.run.routes.larger(self.ask, self.decision, failed)
        if self.run.stopping:
            return False
        if larger is not None:
            self.decision, self.last, self.failed = larger, None, failed
            return True
        order = order_of(self.ask.role)
        room = window_for(self._shorter(self.decision.chosen)[0], SHORTER)
        if order is None or self.shortenings == MOST_SHORTENINGS:
            return False
        _, cuts = shortened(self.request, room, order)
        if not cuts or cuts == self._shorter(self.decision.chosen)[1]:
            return False
        self.room, self.last = room, None
        self.shortenings += 1
        return True

    def _shorter(self, target: str) -> tuple[ModelRequest, tuple[Cut, ...]]:
        """The request as it fits the model, where the role says what to leave out."""
        order = order_of(self.ask.role)
        if order is None:
            return self.request, ()
        known = [each for each in (self.room, self.run.routes.window(target)) if each is not None]
        if not known:
            return self.request, ()
        return shortened(self.request, min(known), order)

    async def _before_retry(self, _: int, error: CallError, wait: float) -> None:
        """Ends the tries at a model that rests, or where a wait is too long: another is there, or no time."""
        self.run.routes.health.before_retry(self.ask.role, self.decision.chosen, error)
        because = f"{self.decision.chosen}: {error.message}"
        late = self.run.budget.no_time(self._time_wanted(), wait, because)
        if late is not None or (error.retry_after or 0.0) > SHORT_WAIT or self._is_short(error, wait):
            failed = {**self.failed, self.decision.chosen: "asks for a wait"}
            if self.run.routes.after(self.ask, self.decision, error, failed) is not None:
                raise error
        if late is not None:
            raise self._late(late)

    def _is_short(self, error: CallError, wait: float) -> bool:
        """Whether one more try that times out would leave another candidate less than its full time."""
        left = self.run.budget.left(self.ask.path, self.ask.target).seconds
        if error.error_class != "timeout" or left is None or self.ask.timeout is None:
            return False
        return left - wait < 2 * self.ask.timeout

    async def _attempt(self) -> Made:
        """One attempt, at the provider's turn; others may have found out meanwhile that the model rests."""
        waited = 0.0
        while True:
            self._decide_again()
            turn, seconds = await self._turn()
            waited += seconds
            if not seconds:
                return await self._made(turn, waited)
            asked = self.decision.chosen
            try:
                self._decide_again()
            except _Over:
                turn.give_back()
                raise
            if self.decision.chosen == asked:
                return await self._made(turn, waited)
            turn.give_back()

    def _decide_again(self) -> None:
        """Whom to ask at this moment."""
        try:
            self.decision = self.run.routes.now(
                self.ask, self.decision, self.failed, again=self.last is not None
            )
        except CallError as resting:
            raise _Over(self.last or resting) from None
        target = self.decision.chosen
        denied = self.run.routes.denied(self.ask, target)
        if denied:
            hint = "give the role a candidate that is cleared, or clear it in workbench.toml: [clearances]"
            raise _Over(self._refuse("denied", f"{target} is {denied}", hint))
        incapable = self.run.routes.incapable(self.ask, target)
        if incapable:
            hint = f'give the role one that can, or say in workbench.toml that it can: [models."{target}"]'
            raise _Over(self._refuse("bad_request", f"{target} {incapable}", hint))

    def _refuse(self, error_class: ErrorClass, why: str, hint: str) -> CallError:
        """Put on record that the model gets nothing."""
        error = CallError(error_class, f"{why}: nothing was sent to it", sent=False, hint=hint)
        self._put_on_record(error)
        return error

    def _late(self, error: OverBudget) -> OverBudget:
        """An attempt for which no time is left: on record where the run goes on without it."""
        if self.run.attempts.goes_on(self.ask.path, error):
            self._put_on_record(error)
        return error

    def _put_on_record(self, error: CallError) -> None:
        """An attempt that is not made, and why."""
        self.tried += 1
        target = self.decision.chosen
        self._announce(self.decision, self.tried)
        started = CallStarted(
            path=self.ask.path, call=self.number, attempt=self.tried, kind="model", target=target,
            fingerprint=self._fingerprint(target), gate=self.ask.gate,
            request=on_record(self.request, self.ask.identity),
        )  # fmt: skip
        self.run.attempts.refuse(started, error)

    async def _turn(self) -> tuple[Turn, float]:
        """A turn at the chosen model's provider, and how many seconds it was waited for."""
        target, tokens = self.decision.chosen, tokens_of(self.request)
        turn = self.run.rates.take(target, tokens)
        if turn is not None:
            return turn, 0.0
        began = time.perf_counter()
        told = self.run.rates.why(target, tokens)
        self.run.stream.emit(
            RateLimited(path=self.ask.path, call=self.number, target=target, reason=told.reason,
                        seconds=told.seconds)
        )  # fmt: skip
        budget = self.run.budget
        try:
            share, by = budget.time_left(self._time_wanted())
        except OverBudget as over:
            raise _Over(self._late(over)) from None
        left = budget.left(self.ask.path, self.ask.target).seconds
        limit = min((each for each in (left, share) if each is not None), default=None)
        try:
            async with asyncio.timeout(limit):
                turn = await self.run.rates.turn(target, tokens)
        except TimeoutError:
            late = by if limit == share else budget.late(self.ask.path, self.ask.target)
            if late is None:
                raise _Over(_no_turn(told.reason, limit or 0.0)) from None
            raise _Over(self._late(no_turn(late, limit or 0.0, told.reason))) from None
        return turn, time.perf_counter() - began

    async def _made(self, turn: Turn, waited: float) -> Made:
        """The attempt, and beside it a second one where the role hedges and the first is slow."""
        self.tried += 1
        after = self.run.routes.hedge_after(self.ask, self.decision.chosen)
        if after is None:
            return await self._make(self.decision, self.tried, turn, waited)
        first = asyncio.create_task(self._make(self.decision, self.tried, turn, waited))
        racing = {first: (self.decision, self.tried)}
        try:
            await asyncio.wait(racing, timeout=after)
            if not first.done() and (second := self._second(after)) is not None:
                racing[second[0]] = second[1:]
            winner = await first_good(racing)
            made = winner.result()
        except BaseException:
            for task in racing:
                task.cancel()
            raise
        self.decision, self.won = racing[winner]
        for task in racing:
            if task is not winner:
                task.add_done_callback(unheard)
        return made

    def _second(self, after: float) -> tuple[asyncio.Task[Made], Decision, int] | None:
        """A second attempt in flight, when there is someone to ask at once."""
        decision = self.run.routes.hedged(self.ask, self.decision, self.failed, after)
        turn = self.run.rates.take(decision.chosen, tokens_of(self.request)) if decision is not None else None
        if decision is None or turn is None or self.run.stopping:
            return None
        self.tried += 1
        made = self._make(decision, self.tried, turn, 0.0)
        return asyncio.create_task(made), decision, self.tried

    async def _make(self, decision: Decision, tried: int, turn: Turn, waited: float) -> Made:
        """One attempt at one model; its ending counts for the model's health and its provider's rates."""
        request, cuts = self._shorter(decision.chosen)
        cuts = (*(Cut(each["what"], each["tokens"]) for each in request.left_out), *cuts)
        if cuts:
            decision = replace(decision, reason=f"{decision.reason}; {told(cuts)}")
        self._announce(decision, tried)
        role, target = self.ask.role, decision.chosen
        asked = self.run.routes.health.asked(role, target)
        try:
            request = request if tried == request.attempt else replace(request, attempt=tried)
            attempt = self._attempt_at(target, tried, request, _beside(waited, cuts))
            made = await self.run.attempts.make(attempt)
        except Overtaken as late:
            self.run.routes.health.ended(role, target, None, asked)
            turn.done(late.partial)
            raise
        except BaseException as error:
            self.run.routes.health.ended(role, target, error, asked)
            if isinstance(error, CallError):
                self.last = error
                turn.failed(error)
            turn.done(None)
            raise
        self.run.routes.health.ended(role, target, None, asked)
        turn.done(made[0])
        return made

    def _attempt_at(self, target: str, tried: int, request: ModelRequest, beside: dict[str, Json]) -> Attempt:
        """The attempt to be made; ``beside`` is kept with the request."""
        ask, budget = self.ask, self.run.budget
        provider, model = self.run.providers(target)
        price = self.run.routes.info(target).price
        wanted = Wanted(
            ask.path, target, ask.target, price, most_asked(request) if budget.limits_something else 1,
            longest_answer(request.params), "max_tokens" not in request.params,
            *patience(ask, budget=budget, routes=self.run.routes),
        )  # fmt: skip
        started = CallStarted(
            path=ask.path, call=self.number, attempt=tried, kind="model", target=target,
            fingerprint=self._fingerprint(target), request=on_record(request, ask.identity) | beside,
            durable=price is None or not price.is_free, effects=ask.effects, gate=ask.gate,
        )  # fmt: skip
        return Attempt(
            started, partial(provider.reply, model, request, partial(self._streamed, tried)), price, wanted,
            partial(self._bounded, target, tried, request, beside),
            ask.role.fallback is not None and "budget" in ask.role.fallback.on,
        )  # fmt: skip

    def _time_wanted(self) -> Wanted:
        """What of its time the next attempt may take."""
        ask, run = self.ask, self.run
        seconds, spare, step = patience(ask, budget=run.budget, routes=run.routes)
        return Wanted(ask.path, self.decision.chosen, ask.target, seconds=seconds, spare=spare, step=step)

    def _bounded(
        self, target: str, tried: int, request: ModelRequest, beside: dict[str, Json], most: int
    ) -> Attempt:
        """The same with an answer of at most so many tokens."""
        shorter = replace(request, params={**request.params, "max_tokens": most})
        return self._attempt_at(target, tried, shorter, beside)

    def _streamed(self, tried: int, text: str) -> None:
        if self.run.stream.listening and self.won in (0, tried):
            self.run.stream.show(Delta(path=self.ask.path, call=self.number, attempt=tried, text=text))

    def _fingerprint(self, target: str) -> str:
        known = self.fingerprints.get(target)
        if known is None:
            known = self.fingerprints[target] = fingerprint("model", target, self.ask.identity)
        return known

    def _announce(self, decision: Decision, tried: int) -> None:
        request = self.request
        self.run.stream.emit(
            RouteDecided(
                path=self.ask.path, call=self.number, attempt=tried, role=decision.role,
                policy=decision.policy, chosen=decision.chosen, reason=decision.reason,
                candidates=self.run.routes.health.told(
                    self.ask.role, self.ask.path,
                    estimated(decision.candidates, request.messages, request.params),
                ),
                gate=self.ask.gate,
            )
        )  # fmt: skip


def patience(ask: Ask, *, budget: Budget, routes: Routes) -> tuple[float | None, float, str]:
    """How long an attempt may take by its step, what of the run's time to leave, for which step."""
    step = budget.goes_on(ask.path)
    return ask.timeout, routes.spare(ask.path, ask.target) if step else 0.0, step


def _beside(waited: float, cuts: tuple[Cut, ...]) -> dict[str, Json]:
    """What is kept with a request besides what was asked."""
    found: dict[str, Json] = {"waited_for_rate": round(waited, 3)} if waited else {}
    return found | ({"left_out": [cut.plain() for cut in cuts]} if cuts else {})


def _no_turn(reason: str, limit: float) -> CallError:
    told = f"no turn within {limit:g} s: {reason}"
    return CallError("timeout", told, hint="raise the step's timeout or the provider's limits", sent=False)
