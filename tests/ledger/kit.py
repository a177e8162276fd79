"""Builds streams of events as the engine emits them, and hands them to a writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    GateChecked,
    HumanAsked,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.ledger.writer import Writer
from workbench.usage import Price, Usage

PRICE = Price(1_000_000_000, 4_000_000_000, source="test")
USAGE = Usage(100, 20, 0, 50, 0, "reported")
START = 1_700_000_000_000_000


class Story:
    """The events of one run, numbered and dated one second apart."""

    def __init__(
        self, run: str = "run-a", receive: Callable[[Event], None] | None = None, seq: int = 0
    ) -> None:
        self.run = run
        self.events: list[Event] = []
        self._receive = receive
        self._seq = seq

    def tell(self, event: Event) -> None:
        """Number, date and send one event."""
        self._seq += 1
        for name, value in (("run", self.run), ("seq", self._seq), ("at", START + self._seq * 1_000_000)):
            object.__setattr__(event, name, value)
        self.events.append(event)
        if self._receive is not None:
            self._receive(event)

    def start(self, **given: Any) -> Story:
        """The run starts."""
        fields: dict[str, Any] = {
            "recipe": "triage", "recipe_hash": "ab" * 16, "recipe_path": "recipes/triage/recipe.yaml",
            "files": {"recipe.yaml": "name: triage\n"}, "file_hashes": {"recipe.yaml": "cd" * 16},
            "inputs": {"ticket": "My invoice is wrong"},
        }  # fmt: skip
        self.tell(RunStarted(**{**fields, **given}))
        return self

    def resume(self, **given: Any) -> Story:
        """The run goes on."""
        self.tell(RunResumed(**given))
        return self

    def ask(self, path: str, call: int, text: str = "Say hello", *, attempt: int = 1, **given: Any) -> Story:
        """A model is chosen and an attempt leaves."""
        self.tell(
            RouteDecided(
                path=path, call=call, attempt=attempt, role="writer", policy="fixed", chosen="acme/big",
                reason="first candidate",
                candidates=(
                    Candidate("acme/big", chosen=True, price=PRICE, estimate_nano=5),
                    Candidate("acme/small", reason="not needed", seconds=0.5, score=0.25),
                ),
            )
        )  # fmt: skip
        fields: dict[str, Any] = {
            "kind": "model", "target": "acme/big", "fingerprint": f"{call:032x}", "durable": True,
            "request": {"task": "prompt", "messages": [{"role": "user", "text": text}]},
        }  # fmt: skip
        self.tell(CallStarted(path=path, call=call, attempt=attempt, **{**fields, **given}))
        return self

    def answer(self, path: str, call: int, text: str = "Hello", *, attempt: int = 1, **given: Any) -> Story:
        """The attempt ends."""
        fields: dict[str, Any] = {
            "status": "ok", "answer": {"text": text, "data": None}, "model": "acme/big-1", "finish": "stop",
            "usage": USAGE, "cost_nano": 320_000, "price": PRICE, "seconds": 1.25, "durable": True,
        }  # fmt: skip
        self.tell(CallFinished(path=path, call=call, attempt=attempt, **{**fields, **given}))
        return self

    def begin(self, path: str, verb: str = "prompt") -> Story:
        """A step starts."""
        self.tell(StepStarted(path=path, verb=verb, role="writer" if verb == "prompt" else None))
        return self

    def end(
        self, path: str, output: Any = None, status: str = "done", verb: str = "prompt", **given: Any
    ) -> Story:
        """A step ends."""
        self.tell(StepFinished(path=path, verb=verb, status=status, output=output, **given))  # type: ignore[arg-type]
        return self

    def gate(self, path: str, name: str = "length", *, passed: bool = True, **given: Any) -> Story:
        """An output is checked."""
        self.tell(GateChecked(path=path, call=None, gate=name, passed=passed, **given))
        return self

    def step(self, path: str, call: int, text: str = "Say hello", said: str = "Hello") -> Story:
        """A whole step with one call."""
        self.begin(path).ask(path, call, text).answer(path, call, said)
        return self.end(path, {"status": "done", "text": said})

    def person(self, path: str, call: int, question: str, choices: Sequence[str] = ()) -> Story:
        """A person is asked and nobody is there."""
        self.begin(path, "human")
        request = {"choices": list(choices), "messages": [{"role": "user", "text": question}]}
        started = CallStarted(
            path=path, call=call, attempt=1, kind="human", target="person", fingerprint=f"{call:032x}",
            request=request, durable=True,
        )  # fmt: skip
        self.tell(started)
        self.tell(HumanAsked(path=path, call=call, question=question, choices=tuple(choices)))
        waiting = CallFinished(path=path, call=call, attempt=1, status="waiting", cost_nano=0, durable=True)
        self.tell(waiting)
        return self.end(path, None, "waiting", "human")

    def finish(self, status: str = "done", **given: Any) -> Story:
        """The run ends."""
        self.tell(RunFinished(status=status, **given))  # type: ignore[arg-type]
        return self


def write(writer: Writer, *stories: Story) -> None:
    """Hand whole stories to a writer and wait until they are kept."""
    for story in stories:
        for event in story.events:
            writer.receive(event)
    writer.flush()
