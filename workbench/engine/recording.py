"""A recording: the calls of past runs, used to answer calls again."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
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
    def request(self) -> Mapping[str, Json]:
        """The request as it is kept."""

    @property
    def answer(self) -> Mapping[str, Json] | None:
        """``{"text", "data"}`` and what else was said, or None."""

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

    @property
    def finish(self) -> str:
        """How it ended; ``limit`` where a limit was in the way and the run went on."""


class Recording:
    """Answers calls from recorded ones with an equal fingerprint.

    The same question asked again at the same step instance gets the next recorded answer.  ``run`` names the
    run the calls were made in.  ``finished_only`` leaves out calls that ended in an error, so that they are
    asked again; ``keeps`` leaves out the calls of step instances it denies.  With ``steps``, the step names
    of the recipe that asks, a question may also be answered by what was asked elsewhere: under another index
    of the same step, or by a step that has gone since (renamed, say).  ``hands=False`` forgets what a person
    edited while stepping.
    """

    def __init__(
        self,
        run: str,
        calls: Iterable[RecordedCall],
        *,
        finished_only: bool,
        keeps: Callable[[str], bool] | None = None,
        steps: frozenset[str] | None = None,
        hands: bool = True,
    ) -> None:
        self.run = run
        self.has_hands = False
        self.of_this_recipe = steps is None
        self._keeps = keeps
        self._steps = steps
        self._answers: dict[str, dict[str, deque[RecordedCall]]] = {}
        self._left: dict[str, dict[int, RecordedCall]] = {}
        """By step instance: the calls that have not answered yet."""
        self._unfinished: dict[tuple[str, str], deque[RecordedCall]] = {}
        for first, last in ends_by_call(calls):
            if (keeps is not None and not keeps(first.path)) or (first.kind == "hand" and not hands):
                continue
            self._left.setdefault(first.path, {})[first.call] = first
            if last.status in ANSWERED or (last.status in ENDED_OTHERWISE and not finished_only):
                self._answers.setdefault(first.fingerprint, {}).setdefault(first.path, deque()).append(last)
                self.has_hands = self.has_hands or first.kind == "hand"
            else:
                self._unfinished.setdefault((first.path, first.fingerprint), deque()).append(last)

    def peek(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The recorded call that would answer, left in place."""
        queue = self._queue(path, fingerprint)
        return queue[0] if queue else None

    def take(self, path: str, fingerprint: str, *, elsewhere: bool = True) -> RecordedCall | None:
        """The recorded call that answers, or None; each answers once.  ``elsewhere``: of another path too."""
        queue = self._queue(path, fingerprint, elsewhere)
        if not queue:
            return None
        taken = queue.popleft()
        self._left[taken.path].pop(taken.call, None)
        return taken

    def source(self, call: RecordedCall) -> tuple[str, int, int]:
        """Where a call taken from here stands on record: run, call, attempt."""
        return self.run, call.call, call.attempt

    def take_unfinished(self, path: str, fingerprint: str) -> RecordedCall | None:
        """The last attempt at a call that did not end well: a run that goes on makes the next one."""
        queue = self._unfinished.get((path, fingerprint))
        return queue.popleft() if queue else None

    def asked_at(self, path: str) -> RecordedCall | None:
        """The first call of a step instance that has not answered yet: what a replay expects there."""
        return next(iter(self._left.get(path, {}).values()), None)

    def left(self) -> list[RecordedCall]:
        """All calls that have not answered, in the order they were made."""
        calls = [call for of_path in self._left.values() for call in of_path.values()]
        return sorted(calls, key=lambda each: each.call)

    def _queue(self, path: str, fingerprint: str, elsewhere: bool = True) -> deque[RecordedCall] | None:
        if self._keeps is not None and not self._keeps(path):
            return None  # what is to be done anew is not answered by what was asked elsewhere either
        by_path = self._answers.get(fingerprint)
        if by_path is None:
            return None
        own = by_path.get(path)
        if own or self._steps is None or not elsewhere:
            return own
        root = root_of(path)
        for other, queue in by_path.items():
            if queue and (root_of(other) == root or root_of(other) not in self._steps):
                return queue
        return None


ANSWERED: frozenset[CallStatus] = frozenset({"ok", "reused"})
ENDED_OTHERWISE: frozenset[CallStatus] = frozenset({"error", "waiting"})


def root_of(path: str) -> str:
    """The top-level step of a step instance: ``draft`` of ``draft#2``, ``checks`` of ``checks[1]/tone``."""
    return re.split(r"[/\[#]", path, maxsplit=1)[0]


def ends_by_call(calls: Iterable[RecordedCall]) -> list[tuple[RecordedCall, RecordedCall]]:
    """The first attempt of each call and the one that ended it, in the order of the calls.

    That is the one that answered, else the last.  What was asked in the shadow of a call answers nothing.
    """
    ends: dict[int, tuple[RecordedCall, RecordedCall]] = {}
    for each in calls:
        if each.kind == "shadow":
            continue
        first, last = ends.get(each.call, (each, each))
        later = (each.status in ANSWERED, each.attempt) >= (last.status in ANSWERED, last.attempt)
        ends[each.call] = (each if each.attempt < first.attempt else first, each if later else last)
    return [ends[number] for number in sorted(ends)]
