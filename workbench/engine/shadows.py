"""Calls in the shadow of others: another model gets the same request, its answer is kept and never used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workbench.engine.ask import AskModel
from workbench.engine.attempts import Attempt, Attempts
from workbench.engine.fingerprint import fingerprint
from workbench.engine.requests import longest_answer, most_asked, on_record, tokens_of
from workbench.engine.stream import Stream
from workbench.errors import CallError
from workbench.events import CallStarted
from workbench.guard.fitting import Wanted
from workbench.providers.port import ModelRequest, Provider
from workbench.providers.rates import Rates

FindProvider = Callable[[str], tuple[Provider, str]]
"""From ``provider/model`` to the provider and its own name for the model."""


@dataclass(slots=True)
class Shadows:
    """The shadows of one run.  They are made once, are paid from the run's budget, and hold nobody up."""

    stream: Stream
    providers: FindProvider
    attempts: Attempts
    rates: Rates
    number: Callable[[], int]
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, model: str, ask: AskModel, request: ModelRequest, of: int) -> None:
        """Ask ``model`` what call number ``of`` asks."""
        task = asyncio.create_task(self._make(model, ask, request, of))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Forget those that have not been sent; what was in flight has landed."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, model: str, ask: AskModel, request: ModelRequest, of: int) -> None:
        tokens = tokens_of(request)
        turn = self.rates.take(model, tokens) or await self.rates.turn(model, tokens)
        reply = None
        try:
            provider, name = self.providers(model)
            price = provider.info(name).price
            number = self.number()
            share = ask.role.shadow.share if ask.role.shadow is not None else 1.0
            asked = replace(request, key=f"{request.key}/shadow", attempt=1)
            started = CallStarted(
                path=ask.path, call=number, attempt=1, kind="shadow", target=model, gate="shadow",
                fingerprint=fingerprint("shadow", model, ask.identity),
                request={**on_record(asked, ask.identity), "shadow_of": of, "share": share},
                durable=price is None or not price.is_free,
            )  # fmt: skip
            wanted = Wanted(
                ask.path, model, ask.target, price, most_asked(asked), longest_answer(asked.params),
                seconds=ask.timeout,
            )  # fmt: skip
            attempt = Attempt(
                started,
                lambda: provider.reply(name, asked, _unheard),
                price,
                wanted,
                beside=True,
                check=ask.check,
            )
            reply, _, _ = await self.attempts.make(attempt)
        except CallError as error:
            turn.failed(error)  # it is on record; nobody waits for it
        finally:
            turn.done(reply)


def _unheard(text: str) -> None:
    """Pieces of an answer that nobody reads."""
