"""``judge``: score a text by a rubric."""

from __future__ import annotations

from workbench.engine.ask import AskModel, unbuilt
from workbench.engine.judging import judge_messages, judged
from workbench.engine.running import Work
from workbench.engine.verbs.texts import rendered_message
from workbench.events import Json


async def perform(work: Work) -> dict[str, Json]:
    """``score`` (0..1), ``reason`` (and ``text``, the same)."""
    step, running = work.step, work.running
    assert step.judge is not None and step.rubric is not None
    name, role = running.role(step)
    messages = judge_messages(
        rendered_message("user", running.recipe.text(step.rubric), work.scope),
        rendered_message("user", running.recipe.text(step.judge), work.scope),
    )
    ask = AskModel(work.path, "model", name, {}, work.timeout, role=role, build=unbuilt)
    verdict = await judged(work.ask, ask, messages, work.corrections)
    return {"score": verdict.score, "reason": verdict.reason, "text": verdict.reason}
