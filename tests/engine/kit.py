"""What the engine's tests use: a recipe from text, a scripted model, and the events that came of a run."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from workbench.engine.control import Controller, Person
from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.engine.run import Ending, Start, Surroundings, run_recipe
from workbench.errors import CallError
from workbench.events import CallFinished, CallReused, CallStarted, Event
from workbench.guard.budget import Budget
from workbench.ledger.rows import CallRow
from workbench.providers.port import ModelInfo, ModelRequest, OnDelta, Reply
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.usage import FREE, Price, Usage

E = TypeVar("E", bound=Event)
Script = Callable[[str, ModelRequest], Reply | Awaitable[Reply]]


@dataclass
class FakeProvider:
    """A provider whose models answer by a function; it keeps what it was asked."""

    script: Script
    price: Price | None = FREE
    name: str = "fake"
    asked: list[tuple[str, ModelRequest]] = field(default_factory=list)

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        self.asked.append((model, request))
        answer = self.script(model, request)
        reply = answer if isinstance(answer, Reply) else await answer
        on_delta(reply.text)
        return reply

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(f"fake/{model}", price=self.price)

    def models(self) -> Sequence[ModelInfo]:
        return ()

    async def close(self) -> None:
        return None

    def find(self, target: str) -> tuple[FakeProvider, str]:
        """What the engine is given: finds the provider of a model."""
        prefix, _, model = target.partition("/")
        if prefix != self.name:
            raise CallError("bad_request", f"no provider {prefix}", sent=False)
        return self, model

    @property
    def prompts(self) -> list[str]:
        return [request.messages[-1].text for _, request in self.asked]


def echo(model: str, request: ModelRequest) -> Reply:
    """Answers with the last message in upper case; two tokens in, one out."""
    return Reply(request.messages[-1].text.upper(), usage=Usage(input=2, output=1, state="reported"))


def slow(seconds: float, script: Script = echo) -> Script:
    async def answer(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(seconds)
        reply = script(model, request)
        return reply if isinstance(reply, Reply) else await reply

    return answer


@dataclass
class Events:
    """A listener that keeps everything, and a record that is durable at once."""

    all: list[Event] = field(default_factory=list)

    def receive(self, event: Event) -> None:
        self.all.append(event)

    async def durable(self) -> None:
        return None

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.all if isinstance(event, kind)]


def recipe(folder: Path, text: str, files: Mapping[str, str] | None = None) -> Recipe:
    """A recipe of ``models: {m: fake/a}`` and what ``text`` adds."""
    head = "schema: workbench/v1\nname: t\n"
    body = textwrap.dedent(text)
    if "models:" not in body:
        head += "models: {m: fake/a}\n"
    folder.mkdir(exist_ok=True, parents=True)
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(content), encoding="utf-8")
    path = folder / "recipe.yaml"
    path.write_text(head + body, encoding="utf-8")
    return load(path)


@dataclass
class Outcome:
    ending: Ending
    events: Events
    provider: FakeProvider

    @property
    def outputs(self) -> Mapping[str, Any]:
        assert self.ending.status == "done", self.ending
        return self.ending.outputs

    @property
    def calls(self) -> int:
        return len(self.events.of(CallStarted))

    def recording(self, *, finished_only: bool = False, run: str = "first") -> Recording:
        return Recording(run, rows(self.events.all), finished_only=finished_only)


async def run(  # noqa: PLR0913
    recipe: Recipe,
    inputs: Mapping[str, Any] | None = None,
    *,
    script: Script = echo,
    price: Price | None = FREE,
    rules: Rules | None = None,
    controller: Controller | None = None,
    person: Person | None = None,
    budget: Budget | None = None,
    events: Events | None = None,
    name: str = "first",
    **start: Any,
) -> Outcome:
    """Run a recipe with a scripted provider and keep all that happened."""
    provider = FakeProvider(script, price)
    events = events or Events()
    around = Surroundings(provider.find, events, (), controller, person, rules or Rules(), budget or Budget())
    ending = await run_recipe(Start(name, recipe, inputs or {}, **start), around)
    return Outcome(ending, events, provider)


def rows(events: Sequence[Event]) -> list[CallRow]:
    """The attempts of a run as the ledger would hand them out."""
    started = {(e.call, e.attempt): e for e in events if isinstance(e, CallStarted)}
    found: list[CallRow] = []
    for event in events:
        if isinstance(event, CallFinished):
            begun = started[event.call, event.attempt]
            found.append(_row(begun, event, begun.kind, begun.target, begun.fingerprint, event.attempt))
        elif isinstance(event, CallReused):
            found.append(_row(event, event, event.kind, event.target, event.fingerprint, 1))
    return found


def _row(begun: Any, ended: Any, kind: Any, target: str, fingerprint: str, attempt: int) -> CallRow:
    return CallRow(
        path=ended.path, call=ended.call, attempt=attempt, kind=kind, target=target,
        status=getattr(ended, "status", "reused"), fingerprint=fingerprint, started=begun.at,
        seconds=ended.seconds, request={}, answer=ended.answer, model=ended.model,
        finish=getattr(ended, "finish", ""), usage=ended.usage,
        cost_nano=getattr(ended, "cost_nano", 0), price=None, first_token=None, chunks=(), raw=None,
        error=ended.error, error_class=ended.error_class, source=None,
    )  # fmt: skip
