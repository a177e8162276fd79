"""A stepper that remembers the stops it came past, so that one can go back to any of them.

Going back only looks: the run keeps standing where it stands.  The first move made at an earlier stop is what
starts a new line; its stepper makes the remembered moves by itself until it is there.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.engine.control import GO, AnswerStop, CallStop, Go, Move, Skip, StepStop, Stop
from workbench.events import Event, StepStarted
from workbench.study.pacing import Pace
from workbench.tui.conditions import Watch
from workbench.tui.stepper import Halt, StepMode, Stepper

KEPT = 1_000
"""Stops one can go back to; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class StopKey:
    """Which stop it is, the same in every line: its kind, its step instance, and the how manieth there."""

    kind: Literal["call", "answer"]
    path: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A stop that was passed, and how many steps had started by then."""

    key: StopKey
    stop: Halt
    steps: int


@dataclass(slots=True)
class Return:
    """The way back to a stop: the moves to make again before it, and the one to make there."""

    target: StopKey
    moves: dict[StopKey, Move] = field(default_factory=dict)
    at_target: Move | None = None
    """None stands still there."""
    later: frozenset[str] = frozenset()
    """Step instances passed at the target or after it."""
    inherited: dict[tuple[str, str], deque[Move]] = field(default_factory=dict)
    """Edits that the old line had itself taken over from a recording, by kind and step instance."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Outputs that the old line was given for steps it did not run."""

    def inherit(self, at: str, path: str, move: Move) -> None:
        """Take an edit on record over, unless what follows from the target decides about it anew."""
        if at == "step":
            if isinstance(move, Skip):
                self.outputs[path] = move.text
            return
        asked_before_target = path == self.target.path and (at, self.target.kind) == ("call", "answer")
        if path not in self.later or asked_before_target:
            self.inherited.setdefault((at, path), deque()).append(move)

    def known(self, key: StopKey, recorded: bool) -> Move | None:
        """The move to make at a stop before the target; None where nothing is known of it."""
        made = self.moves.get(key)
        if made is not None:
            return made
        waiting = self.inherited.get((key.kind, key.path))
        if waiting and (key.kind == "answer" or not recorded):
            return waiting.popleft()
        return GO if recorded else None


class TravelStepper(Stepper):
    """A controller that can be walked back.  ``on_branch`` is told when a move is made at an earlier stop."""

    def __init__(
        self,
        mode: StepMode = "run",
        pace: Pace | None = None,
        on_change: Callable[[], None] = lambda: None,
        back: Return | None = None,
    ) -> None:
        self._real: Halt | None = None
        self.passed: deque[Passed] = deque(maxlen=KEPT)
        self.looking: int | None = None
        """Which passed stop is looked at; None is where the run really stands."""
        self.watch = Watch()
        """The conditions under which it stands still."""
        self.on_branch: Callable[[Return, StepMode], None] | None = None
        self._back = back
        self._given: Mapping[str, str] = back.outputs if back is not None else {}
        self._moves: dict[StopKey, Move] = {}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._steps = 0
        super().__init__(mode, pace, on_change)

    # -- where it stands ----------------------------------------------------------------------------

    @property
    def halt(self) -> Halt | None:
        """Where it stands still, or the earlier stop that is looked at."""
        return self._real if self.looking is None else self.passed[self.looking].stop

    @halt.setter
    def halt(self, stop: Halt | None) -> None:
        self._real = stop

    @property
    def returning(self) -> bool:
        """True while remembered moves are being made."""
        return self._back is not None

    @property
    def present(self) -> int:
        """The number of the place where the run really is: its newest stop, or its end behind that."""
        return len(self.passed) - (self._real is not None)

    def look_back(self, by: int) -> bool:
        """Look at an earlier stop (or a later one again); False where there is none."""
        return self.look_at((self.present if self.looking is None else self.looking) - by)

    def look_at(self, number: int) -> bool:
        """Look at a passed stop by its number.  The run must stand still, or have ended."""
        if not 0 <= number <= self.present:
            return False
        self.looking = None if number == self.present else number
        self.on_change()
        return True

    def receive(self, event: Event) -> None:
        """Count the steps, and keep an eye on the conditions."""
        self._steps += isinstance(event, StepStarted)
        self.watch.receive(event)

    # -- asked by the engine ------------------------------------------------------------------------

    async def before_step(self, stop: StepStop) -> Move:
        """Steps pass, but for those that the old line was given an output for."""
        given = self._given.get(stop.path)
        return GO if given is None else Skip(given)

    async def before_call(self, stop: CallStop) -> Move:
        """Halt with the request rendered and nothing sent; or make the remembered move."""
        return await self._at("call", stop)

    async def after_call(self, stop: AnswerStop) -> Move:
        """Halt with the answer there and not yet used; or make the remembered move."""
        return await self._at("answer", stop)

    async def _at(self, kind: Literal["call", "answer"], stop: Any) -> Move:
        self._seen[kind, stop.path] += 1
        key = StopKey(kind, stop.path, self._seen[kind, stop.path])
        self.passed.append(Passed(key, stop, self._steps))
        move = await self._decide(key, stop)
        if not isinstance(move, Go):
            self._moves[key] = move
        return move

    async def _decide(self, key: StopKey, stop: Any) -> Move:
        back = self._back
        if back is not None:
            if key == back.target:
                self._back = None
                return back.at_target or await self._wait(stop)
            known = back.known(key, stop.recorded if isinstance(stop, CallStop) else stop.reused)
            if known is not None:
                return known
        elif self.watch.holds_at(stop):
            return await self._wait(stop)
        ask = super().before_call if isinstance(stop, CallStop) else super().after_call
        return await ask(stop)

    async def _wait(self, stop: Halt) -> Move:
        """Stand still; the time of a playback stands still too."""
        if self.pace is not None:
            self.pace.hold()
        try:
            return await super()._wait(stop)
        finally:
            if self.pace is not None:
                self.pace.release()

    # -- moved by hand ------------------------------------------------------------------------------

    def go(self, mode: StepMode) -> None:
        """Go on in a mode; from an earlier stop, in a new line."""
        if self.looking is None:
            super().go(mode)
        else:
            self._branch(GO, mode)

    def answer(self, move: Move) -> None:
        """Go on with a move; from an earlier stop, in a new line."""
        if self.looking is None or isinstance(move, Stop):
            self.looking = None
            super().answer(move)
        else:
            self._branch(move, self.mode)

    def stop(self) -> bool:
        """Stop the run where it really stands; False when it does not stand still."""
        self.looking = None
        return super().stop()

    def _branch(self, move: Move, mode: StepMode) -> None:
        if self.looking is None or self.on_branch is None:
            return
        keys = [each.key for each in self.passed]
        later = set(keys[self.looking :])
        moves = {key: made for key, made in self._moves.items() if key not in later}
        self.on_branch(Return(keys[self.looking], moves, move, frozenset(key.path for key in later)), mode)
