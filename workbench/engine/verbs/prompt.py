"""``prompt``: ask a model for text, for JSON with ``output:``, or for calls of ``tools:``."""

from __future__ import annotations

from workbench.engine.running import Work
from workbench.engine.verbs.asking import question
from workbench.engine.verbs.offering import plain_calls
from workbench.engine.verbs.texts import parsed
from workbench.events import Json


async def perform(work: Work) -> dict[str, Json]:
    """``text``, ``data`` with ``output:``, and ``calls`` with ``tools:``, which nobody has made yet."""
    assert work.step.prompt is not None
    asked = await question(work, work.step.prompt)
    answer = await work.ask(asked.ask(asked.role))
    result: dict[str, Json] = {"text": answer.text, "data": answer.data}
    if answer.data is None and asked.schema is not None and not answer.calls:
        result["data"] = parsed(answer.text)
    if work.step.tools:
        result["calls"] = plain_calls(answer.calls)
    return result
