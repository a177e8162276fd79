"""Stepping: halts a run at its stops and waits there for a hand.

Modes: ``run`` goes on to the next breakpoint, ``next`` to the next step's call, ``step`` to the next stop of
any kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from workbench.engine.control import GO, AnswerStop, CallStop, Move, StepStop, Stop
from workbench.study.pacing import Pace
from workbench.tui.paths import node

StepMode = Literal["run", "next", "step"]
Halt = CallStop | AnswerStop


class Stepper:
    """A controller for one run.  ``halt`` is where it stands still just now, if it does."""

    def __init__(
        self, mode: StepMode = "run", pace: Pace | None = None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self.mode: StepMode = mode
        self.pace = pace
        self.breakpoints: set[str] = set()
        self.halt: Halt | None = None
        self.on_change = on_change
        self._move: asyncio.Future[Move] | None = None
        self._left = ""
        """The step whose stops ``next`` runs past."""

    # -- asked by the engine ------------------------------------------------------------------------

    async def before_step(self, stop: StepStop) -> Move:
        """Steps are stopped at their calls, where there is something to see."""
        return GO

    async def before_call(self, stop: CallStop) -> Move:
        """Halt with the request rendered and nothing sent."""
        halts = (
            self.mode == "step"
            or (self.mode == "next" and stop.path != self._left)
            or self.has_breakpoint(node(stop.path))
        )
        return await self._wait(stop) if halts else GO

    async def after_call(self, stop: AnswerStop) -> Move:
        """Halt with the answer there and not yet used."""
        if self.pace is not None and stop.reused:
            await self.pace.play(stop.path, stop.text)
        return await self._wait(stop) if self.mode == "step" else GO

    # -- moved by hand ------------------------------------------------------------------------------

    def has_breakpoint(self, path: str) -> bool:
        """True when ``path`` or a group it is in is a breakpoint."""
        return any(path == each or path.startswith(f"{each}/") for each in self.breakpoints)

    def toggle(self, path: str) -> bool:
        """Set a breakpoint at a node, or take it away; True when it is set now."""
        self.breakpoints ^= {path}
        self.on_change()
        return path in self.breakpoints

    def go(self, mode: StepMode) -> None:
        """Go on in a mode."""
        self.mode = mode
        self.answer(GO)

    def answer(self, move: Move) -> None:
        """Go on with a move from where the run halts; does nothing where it does not."""
        if self._move is None or self._move.done():
            self.on_change()
            return
        self._left = self.halt.path if self.halt is not None else ""
        self._move.set_result(move)

    def stop(self) -> bool:
        """Stop the run at its halt; False when it is not halted."""
        if self.halt is None:
            return False
        self.answer(Stop())
        return True

    async def _wait(self, stop: Halt) -> Move:
        self.halt, self._move = stop, asyncio.get_running_loop().create_future()
        self.on_change()
        try:
            return await self._move
        finally:
            self.halt = self._move = None
            self.on_change()
