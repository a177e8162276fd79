"""The one door: everything a run asks of the world outside goes through it, and it writes it down.

In this order: route, hand edits, recorded answer, budget reserved, attempt (retry, fallback, time limit),
price, settle, write, answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from workbench.engine.around import Around
from workbench.engine.ask import Answer, Ask, AskModel, AskOther, AskPerson, Stopped, Waiting
from workbench.engine.attempts import Attempt, Attempts
from workbench.engine.control import CallStop, Controller, EditOutput, Person, Retry, Skip, SwapModel
from workbench.engine.fingerprint import fingerprint
from workbench.engine.hands import Hands, apply
from workbench.engine.model_calls import ModelCalls, patience
from workbench.engine.raising import Raising
from workbench.engine.requests import estimated, with_edits
from workbench.engine.reuse import Reuse, Rules
from workbench.engine.routes import Routes
from workbench.engine.shadows import FindProvider, Shadows
from workbench.engine.stream import Stream
from workbench.errors import CallError
from workbench.events import (
    CallFinished,
    CallStarted,
    CallStatus,
    Candidate,
    HumanAsked,
    Json,
)
from workbench.guard.budget import Budget
from workbench.guard.fitting import Wanted
from workbench.providers.port import Message, ModelInfo, Reply
from workbench.routing.policies import Decision, swapped
from workbench.usage import FREE


class Door:
    """Makes the calls of one run."""

    def __init__(
        self,
        stream: Stream,
        providers: FindProvider,
        budget: Budget,
        rules: Rules,
        controller: Controller | None = None,
        person: Person | None = None,
        last_call: int = 0,
        around: Around | None = None,
    ) -> None:
        self._stream = stream
        self._providers = providers
        self.budget = budget
        self._person = person
        self._raising = Raising(self._ask_limit, budget)
        self._attempts = Attempts(stream, budget, self._raising.ask)
        self._last_call = last_call
        self._asked: dict[str, int] = {}
        self._infos: dict[str, ModelInfo] = {}
        """Of the models that are available."""
        self._stopping = False
        self._one_person = asyncio.Lock()
        self._reuse = Reuse(stream, rules, self._number)
        around = around or Around()
        self.routes = Routes(around, self._info, budget, self._reuse)
        shadows = Shadows(stream, providers, self._attempts, around.rates, self._number)
        self._models = ModelCalls(
            stream, providers, self._attempts, self.routes, around.rates, budget, shadows
        )
        self.hands = Hands(
            stream, rules.recordings, controller, self._number, rules.outputs, self._paused
        )  # fmt: skip

    async def call(self, ask: Ask) -> Answer:
        """The answer to ``ask``; raises CallError, Waiting, Stopped or Divergence."""
        while True:
            if self._stopping:
                raise Stopped("the run is stopping")
            answer, shown = await self._answer(ask)
            if self.hands.idle:
                return answer
            move = await self.hands.after_call(ask.path, shown, answer)
            if isinstance(move, EditOutput):
                return replace(answer, text=move.text, data=None)
            if not isinstance(move, Retry):
                return answer

    def recorded_request(self, path: str) -> Mapping[str, Json]:
        """The request that a recording holds of a step instance's next call; empty when it holds none."""
        return self._reuse.recorded_request(path)

    async def close(self, grace: float, *, models: bool = True) -> None:
        """Start nothing new; wait up to ``grace`` seconds for what is in flight, then cancel it.

        Without ``models`` no model's answer is waited for.
        """
        self._stopping = self._models.stopping = True
        await self._attempts.land(grace, models=models)
        await self._models.shadows.close()

    def let_go(self) -> None:
        """The run has ended: the door holds its parts no more, nor do they each other through it.

        Such circles of a batch's runs would lie in memory until Python looks for them, all at once.
        """
        vars(self).clear()

    async def _answer(self, ask: Ask) -> tuple[Answer, str]:
        self._asked[ask.path] = self._asked.get(ask.path, 0) + 1
        decision = self.routes.first(ask) if isinstance(ask, AskModel) else None
        shown = self._fingerprint(ask, decision)
        if not self.hands.idle:
            messages = await self._messages(ask)
            move = await self.hands.before_call(ask.path, shown, self._stop(ask, decision, shown, messages))
            if isinstance(move, Skip):
                return Answer(self._number(), move.text, None, model="by hand"), shown
            if isinstance(move, SwapModel) and decision is not None:
                decision = swapped(decision, move.model, self._info)
            ask = apply(move, ask)
        asked = shown if self.hands.idle else self._fingerprint(ask, decision)
        turn = self._reuse.turn(ask.path, asked)
        if turn is None:
            recorded = self._reuse.answer(ask, decision, asked)
            return recorded or await self._live(ask, decision, asked), shown
        async with turn as waited:
            recorded = self._reuse.answer(ask, decision, asked, waited)
            return recorded or await self._live(ask, decision, asked), shown

    # --- live calls ----------------------------------------------------------------------------------

    async def _live(self, ask: Ask, decision: Decision | None, asked: str) -> Answer:
        left = self._reuse.last_attempt(ask.path, asked)
        number, tried = left if left is not None else (self._number(), 0)
        if isinstance(ask, AskModel):
            assert decision is not None
            return await self._ask_models(ask, decision, (number, tried), asked)
        if isinstance(ask, AskPerson):
            return await self._ask_person(ask, (number, tried + 1), asked)
        assert isinstance(ask, AskOther)
        return await self._ask_other(ask, (number, tried + 1), asked)

    async def _ask_models(
        self, ask: AskModel, decision: Decision, numbers: tuple[int, int], asked: str
    ) -> Answer:
        request = await ask.build()
        if ask.messages is not None:
            request = replace(request, messages=with_edits(request.messages, ask.messages))
        request = replace(request, key=f"{self._stream.run}/{ask.path}/{self._asked[ask.path]}")
        return await self._models.ask(ask, decision, numbers, request, asked)

    async def _ask_other(self, ask: AskOther, numbers: tuple[int, int], asked: str) -> Answer:
        number, attempt = numbers
        started = CallStarted(
            path=ask.path, call=number, attempt=attempt, kind=ask.kind, target=ask.target,
            fingerprint=asked,
            request={**ask.identity, "messages": [{"role": "user", "text": ask.shown}]},
            durable=ask.effects, effects=ask.effects, gate=ask.gate,
        )  # fmt: skip

        async def perform() -> Reply:
            text, data = await ask.perform()
            return Reply(text, data, model=ask.target)

        timeout, spare, step = patience(ask, budget=self.budget, routes=self.routes)
        wanted = Wanted(ask.path, ask.target, seconds=timeout, spare=spare, step=step)
        reply, cost, seconds = await self._attempts.make(Attempt(started, perform, FREE, wanted))
        return Answer(number, reply.text, reply.data, "", cost, seconds=seconds)

    async def _ask_person(self, ask: AskPerson, numbers: tuple[int, int], asked: str) -> Answer:
        number, attempt = numbers
        self._stream.emit(
            CallStarted(
                path=ask.path, call=number, attempt=attempt, kind="human", target="person",
                fingerprint=asked, durable=True,
                request={"choices": list(ask.choices), "messages": [{"role": "user", "text": ask.question}]},
            )
        )  # fmt: skip
        self._stream.emit(HumanAsked(path=ask.path, call=number, question=ask.question, choices=ask.choices))
        text: str | None = None
        status: CallStatus = "cancelled"
        try:
            async with self._one_person, asyncio.timeout(ask.timeout):
                with self._paused():
                    text = await self._asked_person(ask)
            status = "waiting" if text is None else "ok"
        except TimeoutError:
            status = "error"
            raise CallError("timeout", f"nobody answered within {ask.timeout:g} s", sent=False) from None
        finally:
            self._finish_person(ask, numbers, text, status)
        if text is None:
            raise Waiting(ask.path)
        return Answer(number, text, None, "person", 0)

    async def _asked_person(self, ask: AskPerson) -> str | None:
        return await self._person.ask(ask.path, ask.question, ask.choices) if self._person else None

    async def _ask_limit(self, ask: AskPerson) -> Answer:
        """A person's answer on a limit, given now or when the run asked before."""
        asked = self._fingerprint(ask, None)
        return self._reuse.answer(ask, None, asked) or await self._live(ask, None, asked)

    def _finish_person(
        self, ask: AskPerson, numbers: tuple[int, int], text: str | None, status: CallStatus
    ) -> None:
        late = status == "error"
        self._stream.emit(
            CallFinished(
                path=ask.path, call=numbers[0], attempt=numbers[1], finish="stop", status=status, cost_nano=0,
                answer=None if text is None else {"text": text, "data": None}, model="person", durable=True,
                error="nobody answered in time" if late else None, error_class="timeout" if late else None,
            )
        )  # fmt: skip

    # --- small things --------------------------------------------------------------------------------

    @contextmanager
    def _paused(self) -> Iterator[None]:
        """The run's clock stands still, and who looks on is told where."""
        self._attempts.tell(at_once=True)
        with self.budget.clock.paused():
            yield
        self._attempts.tell(at_once=True)

    def _number(self) -> int:
        self._last_call += 1
        return self._last_call

    def _info(self, model: str) -> ModelInfo:
        known = self._infos.get(model)
        if known is not None:
            return known
        try:
            provider, name = self._providers(model)
        except CallError as error:
            return ModelInfo(model, available=False, reason=error.message)
        info = provider.info(name)
        if info.available:
            self._infos[model] = info
        return info

    def _fingerprint(self, ask: Ask, decision: Decision | None) -> str:
        return fingerprint(ask.kind, decision.chosen if decision else ask.target, ask.identity)

    async def _messages(self, ask: Ask) -> tuple[Message, ...]:
        """The request as messages for people; a replay may lack the data to build them."""
        if isinstance(ask, AskOther):
            return (Message("user", ask.shown),)
        if isinstance(ask, AskPerson):
            return (Message("user", ask.question),)
        assert isinstance(ask, AskModel)
        if ask.messages is not None:
            return ask.messages
        try:
            return (await ask.build()).messages
        except CallError:
            return (Message("user", str(ask.identity.get("text", ""))),)

    def _candidates(
        self, ask: Ask, decision: Decision | None, messages: tuple[Message, ...]
    ) -> tuple[Candidate, ...]:
        if decision is None or not isinstance(ask, AskModel):
            return ()
        found = estimated(decision.candidates, messages, ask.role.params)
        return self.routes.health.told(ask.role, ask.path, found)

    def _stop(
        self, ask: Ask, decision: Decision | None, shown: str, messages: tuple[Message, ...]
    ) -> CallStop:
        return CallStop(
            path=ask.path, call=self._last_call + 1, kind=ask.kind,
            target=decision.chosen if decision else ask.target, messages=messages, request=ask.identity,
            candidates=self._candidates(ask, decision, messages), reason=decision.reason if decision else "",
            recorded=self._reuse.holds(ask.path, shown),
        )  # fmt: skip
