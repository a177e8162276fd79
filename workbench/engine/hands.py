"""Edits a person makes while stepping.

A person is part of the world outside: their edits are calls, recorded like any other, so that a replay makes
the same edits without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from workbench.engine.ask import Answer, Ask, AskModel, Stopped
from workbench.engine.control import (
    GO,
    AnswerStop,
    CallStop,
    Controller,
    EditOutput,
    EditRequest,
    Go,
    Move,
    Retry,
    Skip,
    StepStop,
    Stop,
    SwapModel,
)
from workbench.engine.fingerprint import fingerprint
from workbench.engine.recording import Recording
from workbench.engine.stream import Stream
from workbench.events import CallFinished, CallReused, CallStarted, Json
from workbench.providers.port import Message, Segment

TARGET = "stepping"


class Hands:
    """Asks the controller at each stop, after the moves that a recording holds for it."""

    def __init__(
        self,
        stream: Stream,
        recordings: tuple[Recording, ...],
        controller: Controller | None,
        number: Callable[[], int],
        outputs: Mapping[str, str],
        paused: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """``paused`` keeps the run's clock still, while the controller thinks."""
        self._paused = paused
        self._stream = stream
        self._recordings = tuple(each for each in recordings if each.has_hands)
        self._controller = controller
        self._number = number
        self._one_stop = asyncio.Lock()
        self._outputs = outputs
        self.idle = controller is None and not self._recordings and not outputs

    def gives(self, path: str) -> bool:
        """True when the output of a step instance was given ahead."""
        return path in self._outputs

    async def before_step(self, path: str, verb: str, names: Mapping[str, Json]) -> str | None:
        """The output to use instead of running the step, or None."""
        if self.idle:
            return None
        move = self._recorded(path, "step", "") or self._given(path)
        move = move or await self._ask_step(path, verb, names)
        if isinstance(move, Skip):
            return move.text
        return None

    def _given(self, path: str) -> Move | None:
        """The output given ahead, kept as an edit by hand."""
        if path not in self._outputs:
            return None
        return self._keep(path, "step", "", Skip(self._outputs[path]))

    async def _ask_step(self, path: str, verb: str, names: Mapping[str, Json]) -> Move:
        if self._controller is None:
            return GO
        async with self._one_stop:
            with self._paused():
                move = await self._controller.before_step(StepStop(path, verb, names))
        return self._keep(path, "step", "", move)

    async def before_call(self, path: str, shown: str, stop: CallStop) -> Move:
        """What to do with a call whose fingerprint is ``shown``."""
        recorded = self._recorded(path, "call", shown)
        if recorded is not None or self._controller is None:
            return recorded or GO
        async with self._one_stop:
            with self._paused():
                move = await self._controller.before_call(stop)
        return self._keep(path, "call", shown, move)

    async def after_call(self, path: str, shown: str, answer: Answer) -> Move:
        """What to do with an answer."""
        if self.idle:
            return GO
        recorded = self._recorded(path, "answer", shown)
        if recorded is not None or self._controller is None:
            return recorded or GO
        stop = AnswerStop(
            path, answer.call, answer.text, answer.data, answer.model, answer.cost_nano, answer.reused
        )  # fmt: skip
        async with self._one_stop:
            with self._paused():
                move = await self._controller.after_call(stop)
        return self._keep(path, "answer", shown, move)

    def _recorded(self, path: str, at: str, shown: str) -> Move | None:
        asked = fingerprint("hand", TARGET, {"at": at, "shown": shown})
        for recording in self._recordings:
            # an edit of a step as such says nothing of what the step asks: it stays with its own path
            found = recording.take(path, asked, elsewhere=bool(shown))
            if found is None:
                continue
            if recording.run != self._stream.run:
                source = (recording.run, found.call, found.attempt)
                self._stream.emit(
                    CallReused(
                        path=path, call=self._number(), kind="hand", target=TARGET, fingerprint=asked,
                        source=source, answer=found.answer, saved_nano=0,
                    )
                )  # fmt: skip
            return move_of((found.answer or {}).get("data") or {})
        return None

    def _keep(self, path: str, at: str, shown: str, move: Move) -> Move:
        """Put an edit on record; going on needs no record, and stopping ends the run."""
        if isinstance(move, Stop):
            raise Stopped("stopped by hand")
        if isinstance(move, Go):
            return move
        number = self._number()
        asked = fingerprint("hand", TARGET, {"at": at, "shown": shown})
        self._stream.emit(
            CallStarted(
                path=path, call=number, attempt=1, kind="hand", target=TARGET, fingerprint=asked,
                request={"at": at, "shown": shown},
            )
        )  # fmt: skip
        self._stream.emit(
            CallFinished(
                path=path, call=number, attempt=1, status="ok", finish="stop", cost_nano=0, durable=True,
                answer={"text": getattr(move, "text", ""), "data": _plain(move)},
            )
        )  # fmt: skip
        return move


def apply(move: Move, ask: Ask) -> Ask:
    """The call with messages edited by hand."""
    if isinstance(move, EditRequest) and isinstance(ask, AskModel):
        edited = [[each.role, each.text] for each in move.messages]
        return replace(ask, messages=move.messages, identity={**ask.identity, "edited": edited})
    return ask


def relocate(before: Message, after: Message) -> Message:
    """``after`` with the segments of ``before`` whose text an edit has left standing."""
    kept: list[Segment] = []
    position = 0
    for segment in before.segments:
        text = before.text[segment.start : segment.end]
        found = after.text.find(text, position) if text else -1
        if found >= 0:
            position = found + len(text)
            kept.append(replace(segment, start=found, end=position))
    return replace(before, role=after.role, text=after.text, segments=tuple(kept))


def _plain(move: Move) -> dict[str, Json]:
    match move:
        case EditRequest(messages):
            return {"move": "edit_request", "messages": [[each.role, each.text] for each in messages]}
        case SwapModel(model):
            return {"move": "swap_model", "model": model}
        case EditOutput(text):
            return {"move": "edit_output", "text": text}
        case Skip(text):
            return {"move": "skip", "text": text}
        case _:
            return {"move": "retry"}


def move_of(plain: Mapping[str, Json]) -> Move:
    """The move that an edit on record holds."""
    match plain.get("move"):
        case "edit_request":
            return EditRequest(tuple(Message(role, text) for role, text in plain["messages"]))
        case "swap_model":
            return SwapModel(plain["model"])
        case "edit_output":
            return EditOutput(plain["text"])
        case "skip":
            return Skip(plain["text"])
        case "retry":
            return Retry()
        case _:
            return GO
