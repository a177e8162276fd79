"""Answers given ahead to the questions of a run that waits for a person."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engine.control import Person


class AnswersAhead:
    """Answers from what was given, each once; asks ``otherwise`` for the rest."""

    def __init__(self, answers: Mapping[str, str], otherwise: Person | None = None) -> None:
        self._answers = dict(answers)
        self._otherwise = otherwise

    async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
        """The answer given for the step, or the other person's."""
        if path in self._answers:
            return self._answers.pop(path)
        return await self._otherwise.ask(path, question, choices) if self._otherwise else None
