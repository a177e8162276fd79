"""``human``: ask a person; the run waits, or is put aside until they answer."""

from __future__ import annotations

from workbench.engine.ask import AskPerson
from workbench.engine.running import Work
from workbench.events import Json
from workbench.recipe.expressions import render


async def perform(work: Work) -> dict[str, Json]:
    """``answer`` (and ``text``, the same)."""
    step = work.step
    assert step.human is not None
    question = render(work.running.recipe.text(step.human), work.scope.values).text
    identity: dict[str, Json] = {"question": question, "choices": list(step.choices)}
    answer = await work.ask(
        AskPerson(
            work.path, "human", "person", identity, work.timeout, question=question, choices=step.choices
        )
    )
    return {"answer": answer.text, "text": answer.text}
