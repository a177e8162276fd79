"""``prompt``: ask a model for text, or for JSON with ``output:``."""

from __future__ import annotations

from workbench.engine.ask import AskModel
from workbench.engine.running import Work
from workbench.engine.verbs.texts import parsed, rendered_message
from workbench.events import Json
from workbench.providers.port import Message, ModelRequest
from workbench.recipe.output_schema import json_schema


async def perform(work: Work) -> dict[str, Json]:
    """``text``, and ``data`` with ``output:``."""
    step, running = work.step, work.running
    assert step.prompt is not None
    name, role = running.role(step)
    messages: tuple[Message, ...] = ()
    if step.system is not None:
        messages = (rendered_message("system", running.recipe.text(step.system), work.scope),)
    messages += (rendered_message("user", running.recipe.text(step.prompt), work.scope), *work.corrections)
    schema = json_schema(step.output) if step.output is not None else None
    identity: dict[str, Json] = {"messages": [[each.role, each.text] for each in messages]}
    if schema is not None:
        identity["schema"] = schema
    if role.params:
        identity["params"] = role.params

    async def build() -> ModelRequest:
        return ModelRequest("prompt", messages, schema=schema, params=role.params)

    answer = await work.ask(
        AskModel(work.path, "model", name, identity, work.timeout, step.effects, role=role, build=build)
    )
    data = answer.data if answer.data is not None or schema is None else parsed(answer.text)
    return {"text": answer.text, "data": data}
