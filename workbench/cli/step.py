"""Stepping in the terminal: shows where the run stands at each stop, and asks how it goes on."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal

from workbench.cli import render_stops
from workbench.cli.blocks import Span, flat
from workbench.cli.conversation import Conversation
from workbench.cli.editor import edited
from workbench.cli.output import is_terminal
from workbench.cli.person import choice_of
from workbench.engine.control import (
    GO,
    AnswerStop,
    CallStop,
    EditOutput,
    EditRequest,
    Move,
    Retry,
    Skip,
    StepStop,
    Stop,
    SwapModel,
)
from workbench.errors import UsageError

BY_HAND = "by hand"
"""Where the engine says that an answer came from when a call was skipped."""
Pace = Literal["each stop", "next step", "to the end"]
Choice = Callable[[], Awaitable[Move | None]]
"""Makes the move of a key; None asks again."""


class Stepper:
    """A controller that asks at the terminal.  Enter goes on; every other key is one letter."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._pace: Pace = "each stop"
        self._left = ""
        """The step that the person has seen enough of."""

    async def before_step(self, stop: StepStop) -> Move:
        """Steps are stopped at their calls, where there is something to see."""
        return GO

    async def before_call(self, stop: CallStop) -> Move:
        """Show the rendered request and the decision."""
        if self._passes(stop.path):
            return GO
        choices: dict[str, Choice] = {"k": self._skip, "v": lambda: self._view(stop)}
        if stop.kind == "model":
            choices["e"] = lambda: self._edit_request(stop)
            choices["m"] = lambda: self._swap(stop)
        async with self._talk.turn():
            self._talk.show(*render_stops.before_call(stop))
            return await self._move(stop.path, "".join(choices), choices)

    async def after_call(self, stop: AnswerStop) -> Move:
        """Show the answer, before it is used; not one that was typed here."""
        if self._passes(stop.path) or stop.model == BY_HAND:
            return GO
        choices: dict[str, Choice] = {"o": lambda: self._edit_output(stop), "r": self._retry}
        async with self._talk.turn():
            self._talk.show(*render_stops.after_call(stop))
            return await self._move(stop.path, "or", choices)

    def _passes(self, path: str) -> bool:
        """True when the run goes past this stop without asking."""
        if self._pace == "next step" and path != self._left:
            self._pace = "each stop"
        return self._pace != "each stop"

    async def _move(self, path: str, keys: str, choices: dict[str, Choice]) -> Move:
        while True:
            answer = await self._talk.ask(render_stops.keys(keys))
            key = "x" if answer is None else answer.strip().lower()
            if key in ("", "n", "c", "x"):
                return self._pass_on(key, path)
            if key not in choices:
                self._talk.show(*render_stops.help_lines(keys))
                continue
            try:
                move = await choices[key]()
            except UsageError as error:
                self._talk.show(flat(Span(error.message, "red"), f"  {error.hint}"))
                continue
            if move is not None:
                return move

    def _pass_on(self, key: str, path: str) -> Move:
        if key == "x":
            return Stop()
        if key == "n":
            self._pace, self._left = "next step", path
        elif key == "c":
            self._pace = "to the end"
        return GO

    async def _skip(self) -> Move | None:
        text = await self._text("the output to use instead", "")
        return None if text is None else Skip(text)

    async def _retry(self) -> Move:
        return Retry()

    async def _view(self, stop: CallStop) -> None:
        self._talk.show(*render_stops.whole_request(stop))

    async def _edit_request(self, stop: CallStop) -> Move | None:
        index = len(stop.messages) - 1
        if index:
            roles = tuple(f"{number} {each.role}" for number, each in enumerate(stop.messages, 1))
            answer = await self._talk.ask(f"which message ({', '.join(roles)}): ")
            if answer is None or not answer.strip().isdecimal() or not 0 < int(answer) <= len(roles):
                return None
            index = int(answer) - 1
        message = stop.messages[index]
        text = await self._text(f"the {message.role} message", message.text)
        if text is None or text == message.text:
            self._unchanged()
            return None
        changed = [*stop.messages]
        changed[index] = replace(message, text=text, segments=())
        return EditRequest(tuple(changed))

    async def _edit_output(self, stop: AnswerStop) -> Move | None:
        text = await self._text("the answer to use", stop.text)
        if text is None or text == stop.text:
            self._unchanged()
            return None
        return EditOutput(text)

    def _unchanged(self) -> None:
        self._talk.show(flat(Span("nothing was changed", "dim")))

    async def _swap(self, stop: CallStop) -> Move | None:
        known = tuple(each.model for each in stop.candidates)
        listed = "  ".join(f"{number} {model}" for number, model in enumerate(known, 1))
        answer = await self._talk.ask(f"model ({listed}, or provider/model): ")
        if not answer or not answer.strip():
            return None
        model = choice_of(answer, known) or answer.strip()
        if "/" not in model:
            raise UsageError(f"a model is named provider/model, not {model!r}")
        return SwapModel(model)

    async def _text(self, what: str, present: str) -> str | None:
        """A text from the person's editor, or line by line where there is no terminal."""
        if is_terminal(sys.stdin):
            return await edited(present)
        return await self._talk.ask_text(what)
