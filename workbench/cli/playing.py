"""A past run played on the command line: its answers come when they came, in the rhythm they streamed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from workbench.engine.control import GO, AnswerStop, CallStop, Move, StepStop
from workbench.ledger.read_rhythm import Beat
from workbench.safe_text import safe_text
from workbench.study.pacing import Pace


class Player:
    """A controller that lets a replay take its time, and says each answer as it streams."""

    def __init__(self, beats: Iterable[Beat], speed: float) -> None:
        self._pace = Pace(beats, self._say, speed)
        self._path = ""
        self._said: dict[str, int] = {}

    async def before_step(self, stop: StepStop) -> Move:
        """Go on."""
        return GO

    async def before_call(self, stop: CallStop) -> Move:
        """Go on."""
        return GO

    async def after_call(self, stop: AnswerStop) -> Move:
        """Go on when the answer was complete; what did not stream is said whole."""
        self._said[stop.path] = 0
        await self._pace.play(stop.path, stop.text)
        self._say(stop.path, stop.text[self._said[stop.path] :])
        return GO

    def _say(self, path: str, text: str) -> None:
        if not text:
            return
        self._said[path] = self._said.get(path, 0) + len(text)
        if path != self._path:
            print(f"{chr(10) if self._path else ''}[{path}]", file=sys.stderr)
            self._path = path
        print(safe_text(text), end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the last line."""
        if self._path:
            print(file=sys.stderr)
