"""Trying a step alone: a fork at it that is stopped once the step has answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.engine.control import GO, AnswerStop, CallStop, Move, StepStop, Stop
from workbench.errors import WorkbenchError
from workbench.events import CallFinished, Event, GateChecked, Json, StepFinished
from workbench.study.bench import Bench
from workbench.study.change import Change
from workbench.tui import presentation as show
from workbench.tui.ink import Line, cells, fit, ink, join, spread
from workbench.usage import add_known


@dataclass(slots=True)
class Attempted:
    """What one try gave; the recorded answer is one too."""

    name: str
    text: str = ""
    model: str = ""
    cost_nano: int = 0
    cost_known: bool = True
    seconds: float = 0.0
    gates: list[tuple[str, bool, float | None]] = field(default_factory=list)
    error: str = ""
    ended: bool = False

    def figures(self) -> tuple[Line, ...]:
        """What stands beside the answer: its gates, model, cost and time."""
        if not self.ended:
            return ((), (), (), ())
        gates = [
            ink((f"{show.glyph('done' if passed else 'failed')} {name}", "good" if passed else "bad"))
            for name, passed, _ in self.gates
        ]
        return (
            join(gates),
            ink((show.short_model(self.model), "dim")),
            ink(show.cost(self.cost_nano, self.cost_known)),
            ink((show.seconds(self.seconds), "dim")),
        )

    def row(self, rooms: Sequence[int], width: int) -> Line:
        """One row of the list of tries; its figures stand in columns as wide as ``rooms``."""
        said = self.error or (show.one_line(self.text, 200) if self.ended else "…")
        left = (*fit(ink(" ", (self.name, "bold")), 11), *ink((said, "bad" if self.error else "")))
        columns = [
            fit(figure, room) if number < 2 else ((" " * (room - cells(figure)), ""), *figure)
            for number, (figure, room) in enumerate(zip(self.figures(), rooms, strict=True))
            if room
        ]
        right = (("  ", ""), *join(columns), (" ", ""))
        return spread(fit(left, max(20, width - cells(right))), right, width)


def figure_rooms(tries: Sequence[Attempted]) -> list[int]:
    """How wide each column of figures is, so that they stand beneath each other."""
    return [max(map(cells, column)) for column in zip(*(each.figures() for each in tries), strict=True)]


class OnlyStep:
    """Controller and listener of a try: lets the step pass, and stops the run at the first call after it."""

    def __init__(self, path: str, result: Attempted) -> None:
        self._path = path
        self.result = result

    def _inside(self, path: str) -> bool:
        rest = path.removeprefix(self._path)
        return path.startswith(self._path) and rest[:1] in ("", "/", "[", "#")

    async def before_step(self, stop: StepStop) -> Move:
        """Steps pass; calls are what counts."""
        return GO

    async def before_call(self, stop: CallStop) -> Move:
        """Only the step's own calls are made; recorded ones cost nothing."""
        return GO if stop.recorded or self._inside(stop.path) else Stop()

    async def after_call(self, stop: AnswerStop) -> Move:
        """Every answer is used."""
        return GO

    def receive(self, event: Event) -> None:
        """Take what the step gives."""
        result = self.result
        match event:
            case CallFinished() if self._inside(event.path):
                added, known = add_known(event.cost_nano)
                result.cost_nano += added
                result.cost_known = result.cost_known and known
                result.seconds += event.seconds
                if event.status == "cancelled":
                    return
                result.model = event.model or result.model
                if event.path == self._path and event.answer:
                    result.text = str(event.answer.get("text") or "")
                    result.gates.clear()
            case GateChecked() if event.path == self._path:
                result.gates.append((event.label, event.passed, event.score))
            case StepFinished() if event.path == self._path:
                result.text = text_of(event.output) or result.text
                result.error = event.error or ""
                result.ended = True


def text_of(output: Json) -> str:
    """What a step's output says, as text."""
    if isinstance(output, Mapping):
        if output.get("skipped"):
            return "(skipped: its condition does not hold)"
        for key in ("text", "answer"):
            if isinstance(output.get(key), str):
                return str(output[key])
    return "" if output is None else show.value_text(output)


async def try_step(
    bench: Bench, run: str, place: tuple[str, str | None], change: Change, result: Attempted
) -> None:
    """Run one step alone on what a past run gave it; what comes is put into ``result``.

    ``place`` is the step, and where the run is forked: None when the run does not have the step.
    """
    path, at = place
    only = OnlyStep(path, result)
    around: dict[str, Any] = {"controller": only, "listeners": [only]}
    try:
        if at is None:
            done = await bench.rerun(run, change, **around)
        else:
            done = await bench.fork(run, at, change, **around)
    except WorkbenchError as error:
        result.error, result.ended = error.message, True
        return
    if not result.ended:
        result.error, result.ended = done.error or "it was not reached", True
