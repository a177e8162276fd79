"""A conversation whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.cli.conversation import Conversation
from workbench.cli.display import Quiet


class Script:
    """Answers line by line; None once they are used up."""

    def __init__(self, answers: Iterable[str]) -> None:
        self._answers = iter(answers)

    async def line(self) -> str | None:
        return next(self._answers, None)


def conversation(*answers: str) -> Conversation:
    return Conversation(Script(answers), Quiet())
