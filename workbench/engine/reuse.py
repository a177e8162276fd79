"""Answers calls from recordings: reuse, strict replay, and plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from workbench.engine.ask import Answer, Ask, Waiting
from workbench.engine.recording import RecordedCall, Recording
from workbench.engine.shared import Shared
from workbench.engine.stream import Stream
from workbench.errors import CallError, Divergence
from workbench.events import CallPlanned, CallReused, Json
from workbench.guard.over import recorded_limit
from workbench.providers.tool_calls import calls_of
from workbench.routing.policies import Decision


@dataclass(frozen=True, slots=True)
class Rules:
    """How the door treats a run: the recordings that answer, and whether anything else may."""

    recordings: tuple[Recording, ...] = ()
    strict: bool = False
    """Answer from the recordings only; a call they do not hold is a Divergence."""
    dry: bool = False
    """Say what would be asked, and ask nobody: a call that is not recorded leaves its step waiting."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Outputs given ahead, by step instance: those steps are not run."""


class Reuse:
    """The recorded side of the door."""

    def __init__(self, stream: Stream, rules: Rules, number: Callable[[], int]) -> None:
        self._stream = stream
        self._rules = rules
        self._number = number
        self._shared = next((each for each in rules.recordings if isinstance(each, Shared)), None)

    def turn(self, path: str, fingerprint: str) -> AbstractAsyncContextManager[float] | None:
        """Where runs share answers: the time when no other asks the same, with the seconds waited for it."""
        return None if self._shared is None else self._shared.turn(path, fingerprint)

    def holds(self, path: str, fingerprint: str) -> bool:
        """True when a recording will answer this."""
        return any(each.peek(path, fingerprint) for each in self._rules.recordings)

    def recorded_request(self, path: str) -> Mapping[str, Json]:
        """The request of the first call of a step instance that has not answered yet."""
        found = (each.asked_at(path) for each in self._rules.recordings)
        return next((each.request for each in found if each is not None), {})

    def prefers(self, path: str, fingerprint: str, moody: bool) -> bool:
        """True when a recording decides whom to ask: it answers this, and nothing else may, or should.

        ``moody`` says that the policy may decide otherwise from one time to the next.
        """
        rules = self._rules
        return any(
            (rules.strict or moody or each.run == self._stream.run) and each.peek(path, fingerprint)
            for each in rules.recordings
        )

    @property
    def records(self) -> bool:
        """True when there is a recording at all."""
        return bool(self._rules.recordings)

    @property
    def only(self) -> bool:
        """True when a recording of the same recipe is all there is: what it does not hold was not asked."""
        return self._rules.strict and all(each.of_this_recipe for each in self._rules.recordings)

    def last_attempt(self, path: str, fingerprint: str) -> tuple[int, int] | None:
        """Call and attempt at which this run left this question without an answer, when it goes on."""
        for recording in self._rules.recordings:
            found = (
                recording.take_unfinished(path, fingerprint) if recording.run == self._stream.run else None
            )
            if found is not None:
                return found.call, found.attempt
        return None

    def answer(self, ask: Ask, decision: Decision | None, asked: str, waited: float = 0.0) -> Answer | None:
        """The recorded answer to ``asked``, or None when it is to be asked for real.

        Raises what was recorded where that is a failure, Divergence in a strict replay, and Waiting in a
        plan where a call would be made.
        """
        found = self._take(ask.path, asked)
        if self._rules.dry:
            self._planned(ask, decision, asked, found)
        if found is None:
            if self._rules.dry:
                raise Waiting(ask.path)
            if self._rules.strict:
                raise self._divergence(ask, decision)
            return None
        recording, recorded = found
        own = recording.run == self._stream.run
        number = recorded.call if own else self._number()
        if not own and not self._rules.dry:
            self._stream.emit(
                CallReused(
                    path=ask.path, call=number, kind=ask.kind, target=recorded.target, fingerprint=asked,
                    source=recording.source(recorded), answer=recorded.answer,
                    model=recorded.model, usage=recorded.usage, saved_nano=recorded.cost_nano,
                    seconds=recorded.seconds or 0.0, waited=waited, error=recorded.error,
                    error_class=recorded.error_class, effects=ask.effects, gate=ask.gate,
                )
            )  # fmt: skip
        return _as_answered(number, recorded, ask.path)

    def _take(self, path: str, asked: str) -> tuple[Recording, RecordedCall] | None:
        for recording in self._rules.recordings:
            found = recording.take(path, asked)
            if found is not None:
                return recording, found
        return None

    def _planned(
        self,
        ask: Ask,
        decision: Decision | None,
        asked: str,
        found: tuple[Recording, RecordedCall] | None,
    ) -> None:
        source = found[0].source(found[1]) if found else None
        self._stream.emit(
            CallPlanned(
                path=ask.path, kind=ask.kind, target=decision.chosen if decision else ask.target,
                fingerprint=asked, identity=ask.identity, reuse=found is not None, effects=ask.effects,
                source=source, candidates=decision.candidates if decision else (),
            )
        )  # fmt: skip

    def _divergence(self, ask: Ask, decision: Decision | None) -> Divergence:
        target = decision.chosen if decision else ask.target
        at = [(each.run, each.asked_at(ask.path)) for each in self._rules.recordings]
        run, expected = next(((run, call) for run, call in at if call is not None), ("", None))
        if expected is None:
            told = "the recording holds no further call of this step"
        elif expected.target != target:
            told = f"the recording asked {expected.target} there"
        else:
            told = "the recording asked something else there"
        return Divergence(
            ask.path,
            f"step {ask.path} asks {target} something that was not recorded: {told}",
            hint="a replay calls nobody; rerun makes new calls where something changed",
            asked=(ask.kind, target, ask.identity),
            expected=(run, expected.call) if expected else None,
        )


def _as_answered(number: int, recorded: RecordedCall, path: str) -> Answer:
    """A recorded ending as the same ending now."""
    if recorded.status == "waiting":
        raise Waiting(path)
    if recorded.finish == "limit":
        raise recorded_limit(recorded.error or "budget")
    if recorded.error_class is not None:
        raise CallError(recorded.error_class, recorded.error or recorded.error_class)
    answer = recorded.answer or {}
    text, data = answer.get("text") or "", answer.get("data")
    return Answer(
        number, text, data, recorded.model, recorded.cost_nano, reused=True, target=recorded.target,
        calls=calls_of(answer), turn=answer.get("turn"), seconds=recorded.seconds or 0.0,
    )  # fmt: skip
