"""Questions on stderr, answers from stdin: one question at a time, while the progress stands still."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from workbench.cli.blocks import Block, Span, flat
from workbench.cli.display import Display
from workbench.cli.output import is_terminal, tell, tell_prompt

END_OF_TEXT = "."


class AnswerLines(Protocol):
    """Where answers come from."""

    async def line(self) -> str | None:
        """The next line, or None at the end."""


class Conversation:
    """Talks with the person at the terminal, or with the lines piped in their place."""

    def __init__(self, answers: AnswerLines, display: Display) -> None:
        self._answers = answers
        self._display = display
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have the terminal alone for a while."""
        async with self._one_at_a_time:
            with self._display.paused():
                yield

    def show(self, *blocks: Block) -> None:
        """Say something."""
        tell(*blocks)

    async def ask(self, prompt: str) -> str | None:
        """One line of answer; None when nobody answers any more."""
        tell_prompt(prompt)
        answer = await self._answers.line()
        if answer is None:
            tell(flat(""))
        elif not is_terminal(sys.stdin):
            tell(flat(answer))  # a terminal shows what is typed, a pipe does not
        return answer

    async def ask_text(self, what: str) -> str | None:
        """Several lines of answer, ended by a line that holds one dot."""
        self.show(flat(Span(f"{what}; a line with a single dot ends it", "dim")))
        lines: list[str] = []
        while (text := await self._answers.line()) is not None and text != END_OF_TEXT:
            lines.append(text)
        return None if text is None and not lines else "\n".join(lines)
