"""Answers that several runs share: what one of them asked, the others need not ask again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from workbench.engine.recording import RecordedCall, Recording, ends_by_call


class Pool:
    """The answers that runs of one case got for themselves, by step instance and question."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], list[RecordedCall]] = {}
        self._runs: dict[int, str] = {}
        """The run of each answer, by the answer's identity."""

    def add(self, run: str, calls: Iterable[RecordedCall]) -> None:
        """Take in what a run was answered; what it reused itself is here already."""
        for first, last in ends_by_call(calls):
            if last.status == "ok" and first.kind != "hand":
                self._answers.setdefault((first.path, first.fingerprint), []).append(last)
                self._runs[id(last)] = run

    def of(self, path: str, fingerprint: str) -> list[RecordedCall]:
        """The answers to a question at a step instance."""
        return self._answers.get((path, fingerprint), [])

    def run_of(self, call: RecordedCall) -> str:
        """The run that an answer was given to."""
        return self._runs[id(call)]


class Shared(Recording):
    """One run's view of a pool: the same question asked again gets the next answer."""

    def __init__(self, pool: Pool) -> None:
        super().__init__("", (), finished_only=True)
        self._pool = pool
        self._taken: Counter[tuple[str, str]] = Counter()

    def peek(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The call that would answer, left in place."""
        answers, taken = self._pool.of(path, fingerprint), self._taken[path, fingerprint]
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
