"""A recording: the calls of past runs, used to answer calls again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Protocol

from workbench.errors import ErrorClass
from workbench.events import CallKind, CallStatus, Json
from workbench.usage import Usage


class RecordedCall(Protocol):
    """One recorded attempt, as the ledger's reader hands it out."""

    @property
    def path(self) -> str:
        """The step instance that asked."""

    @property
    def call(self) -> int:
        """The call's number in its run."""

    @property
    def attempt(self) -> int:
        """Which try it was, from 1."""

    @property
    def kind(self) -> CallKind:
        """What was asked: a model, a tool, …"""

    @property
    def target(self) -> str:
        """Who was asked."""

    @property
    def status(self) -> CallStatus:
        """How the attempt ended."""

    @property
    def fingerprint(self) -> str:
        """What was asked."""

    @property
    def answer(self) -> Mapping[str, Json] | None:
        """``{"text", "data"}``, or None."""

    @property
    def model(self) -> str:
        """The model as it named itself."""

    @property
    def usage(self) -> Usage:
        """Tokens."""

    @property
    def cost_nano(self) -> int | None:
        """What it cost; None is unknown."""

    @property
    def seconds(self) -> float | None:
        """How long it took."""

    @property
    def error(self) -> str | None:
        """What went wrong."""

    @property
    def error_class(self) -> ErrorClass | None:
        """Its class."""


class Recording:
    """Answers calls from recorded ones with an equal fingerprint.

    The same question asked again at the same step instance gets the next recorded answer.  ``run`` names the
    run the calls were made in.  ``finished_only`` leaves out calls that ended in an error, so that they are
    asked again.
    """

    def __init__(self, run: str, calls: Iterable[RecordedCall], *, finished_only: bool) -> None:
        self.run = run
        self._answers: dict[tuple[str, str], deque[RecordedCall]] = {}
        self.has_hands = False
        for first, last in _by_call(calls):
            if (
                last.status == "ok"
                or last.status == "reused"
                or (last.status == "error" and not finished_only)
            ):
                self._answers.setdefault((first.path, first.fingerprint), deque()).append(last)
                self.has_hands = self.has_hands or first.kind == "hand"

    def peek(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The recorded call that would answer, left in place."""
        waiting = self._answers.get((path, fingerprint))
        return waiting[0] if waiting else None

    def take(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The recorded call that answers, or None; each answers once."""
        waiting = self._answers.get((path, fingerprint))
        return waiting.popleft() if waiting else None

    def asked_at(self, path: str) -> RecordedCall | None:
        """A recorded call of a step instance that nobody has asked for: what a replay expected there."""
        return next((queue[0] for (at, _), queue in self._answers.items() if at == path and queue), None)


def _by_call(calls: Iterable[RecordedCall]) -> list[tuple[RecordedCall, RecordedCall]]:
    """The first and last attempt of each call, in the order of the calls."""
    ends: dict[int, tuple[RecordedCall, RecordedCall]] = {}
    for each in calls:
        first, last = ends.get(each.call, (each, each))
        ends[each.call] = (
            each if each.attempt < first.attempt else first,
            each if each.attempt >= last.attempt else last,
        )
    return [ends[number] for number in sorted(ends)]
