"""Answers that several runs share: what one of them asks, the others wait for and need not ask again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from workbench.engine.recording import RecordedCall, Recording, ends_by_call
from workbench.errors import ErrorClass
from workbench.events import CallFinished, CallKind, CallStarted, CallStatus, Event, Json
from workbench.usage import Usage

Question = tuple[str, str]
"""A step instance and the fingerprint of what it asks."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that answered, as a run that is under way told it."""

    path: str
    call: int
    attempt: int
    kind: CallKind
    target: str
    fingerprint: str
    request: Mapping[str, Json]
    answer: Mapping[str, Json] | None
    model: str
    usage: Usage
    cost_nano: int | None
    seconds: float
    finish: str
    status: CallStatus = "ok"
    error: str | None = None
    error_class: ErrorClass | None = None


class Pool:
    """The answers that runs of one case got for themselves, by step instance and question."""

    def __init__(self) -> None:
        self._answers: dict[Question, list[RecordedCall]] = {}
        self._runs: dict[int, str] = {}
        """The run of each answer, by the answer's identity."""
        self.asking: dict[tuple[Question, int], asyncio.Event] = {}
        """Who asks for which answer to a question at present, set when that is over."""

    def add(self, run: str, calls: Iterable[RecordedCall]) -> None:
        """Take in what a run on record was answered; what it reused itself is here already."""
        for first, last in ends_by_call(calls):
            if last.status == "ok" and first.kind != "hand":
                self.put(run, (first.path, first.fingerprint), last)

    def put(self, run: str, question: Question, answer: RecordedCall) -> None:
        """Take in one answer."""
        self._answers.setdefault(question, []).append(answer)
        self._runs[id(answer)] = run

    def of(self, question: Question) -> list[RecordedCall]:
        """The answers to a question at a step instance."""
        return self._answers.get(question, [])

    def run_of(self, call: RecordedCall) -> str:
        """The run that an answer was given to."""
        return self._runs[id(call)]


class Telling:
    """Hears a run's events and puts its answers into the pool as they come."""

    def __init__(self, pool: Pool, run: str) -> None:
        self._pool = pool
        self._run = run
        self._first: dict[int, CallStarted] = {}
        """The first attempt of each call: what was asked."""
        self._last: dict[int, CallStarted] = {}

    def receive(self, event: Event) -> None:
        """Keep what was asked, and the answer."""
        if isinstance(event, CallStarted) and event.kind not in ("hand", "shadow"):
            self._first.setdefault(event.call, event)
            self._last[event.call] = event
        elif isinstance(event, CallFinished) and event.status == "ok" and event.call in self._first:
            first, asked = self._first.pop(event.call), self._last.pop(event.call)
            answer = Heard(
                event.path, event.call, event.attempt, asked.kind, asked.target, asked.fingerprint,
                asked.request, event.answer, event.model, event.usage, event.cost_nano, event.seconds,
                event.finish,
            )  # fmt: skip
            self._pool.put(self._run, (first.path, first.fingerprint), answer)


class Shared(Recording):
    """One run's view of a pool: the same question asked again gets the next answer."""

    def __init__(self, pool: Pool) -> None:
        super().__init__("", (), finished_only=True)
        self._pool = pool
        self._taken: Counter[Question] = Counter()

    @asynccontextmanager
    async def turn(self, path: str, fingerprint: str) -> AsyncIterator[float]:
        """The time to answer or ask a question: when no other run asks the same.

        Gives the seconds for which another run was waited for.  Who fails to get an answer leaves the
        question to the next.
        """
        question = (path, fingerprint)
        number, began = self._taken[question], time.monotonic()
        key, waited = (question, number), 0.0
        while len(self._pool.of(question)) <= number and (other := self._pool.asking.get(key)) is not None:
            await other.wait()
            waited = time.monotonic() - began
        if len(self._pool.of(question)) > number:
            yield waited
            return
        over = self._pool.asking[key] = asyncio.Event()
        try:
            yield waited
        finally:
            if len(self._pool.of(question)) > number == self._taken[question]:
                self._taken[question] += 1  # its own answer is not one for its next question
            del self._pool.asking[key]
            over.set()

    def peek(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The call that would answer, left in place."""
        answers, taken = self._pool.of((path, fingerprint)), self._taken[path, fingerprint]
        return answers[taken] if taken < len(answers) else None

    def take(self, path: str, fingerprint: str, *, elsewhere: bool = True) -> RecordedCall | None:
        """The call that answers, or None; each answers once."""
        found = self.peek(path, fingerprint)
        if found is not None:
            self._taken[path, fingerprint] += 1
        return found

    def source(self, call: RecordedCall) -> tuple[str, int, int]:
        """Where a call taken from here stands on record."""
        return self._pool.run_of(call), call.call, call.attempt
