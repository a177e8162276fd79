"""Asks the ``human`` steps of a recipe at the terminal."""

from __future__ import annotations

from workbench.cli.blocks import Span, flat, line
from workbench.cli.conversation import Conversation


class TerminalPerson:
    """The person at the terminal; ctrl+d puts the run aside."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk

    async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
        """The answer; None when the person would rather answer later."""
        async with self._talk.turn():
            self._talk.show(
                flat(Span("? ", "bold yellow"), Span(path, "bold"), Span("  (ctrl+d: answer later)", "dim")),
                line(question, indent=2),
                *(flat(f"{number}  {choice}", indent=4) for number, choice in enumerate(choices, 1)),
            )
            return await self._answer(choices)

    async def _answer(self, choices: tuple[str, ...]) -> str | None:
        while True:
            answer = await self._talk.ask("answer: " if not choices else "choice: ")
            if answer is None or not choices:
                return answer
            chosen = choice_of(answer, choices)
            if chosen is not None:
                return chosen
            self._talk.show(flat(f"one of: {', '.join(choices)}, or its number"))


def choice_of(answer: str, choices: tuple[str, ...]) -> str | None:
    """The choice meant by ``answer``: its words, or its number from 1."""
    wanted = answer.strip()
    for choice in choices:
        if choice.casefold() == wanted.casefold():
            return choice
    if wanted.isdecimal() and 0 < int(wanted) <= len(choices):
        return choices[int(wanted) - 1]
    return None
