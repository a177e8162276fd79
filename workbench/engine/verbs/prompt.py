"""``prompt``: ask a model for text, for JSON with ``output:``, or for calls of ``tools:``."""

from __future__ import annotations

from dataclasses import replace

from workbench.engine.ask import AskModel
from workbench.engine.attaching import attached, contents
from workbench.engine.running import Work
from workbench.engine.verbs.offering import identities, offered, plain_calls
from workbench.engine.verbs.texts import parsed, rendered_message
from workbench.events import Json
from workbench.providers.port import Message, ModelRequest
from workbench.recipe.output_schema import json_schema


async def perform(work: Work) -> dict[str, Json]:
    """``text``, ``data`` with ``output:``, and ``calls`` with ``tools:``, which nobody has made yet."""
    step, running = work.step, work.running
    assert step.prompt is not None
    name, role = running.role(step)
    system: tuple[Message, ...] = ()
    if step.system is not None:
        system = (rendered_message("system", running.recipe.text(step.system), work.scope),)
    question = rendered_message("user", running.recipe.text(step.prompt), work.scope)
    files = await attached(work) if step.attach else ()
    messages = (*system, question, *work.corrections)
    schema = json_schema(step.output) if step.output is not None else None
    identity: dict[str, Json] = {"messages": [[each.role, each.text] for each in messages]}
    if schema is not None:
        identity["schema"] = schema
    if role.params:
        identity["params"] = role.params
    if files:
        identity["attachments"] = [each.identity for each in files]
    if step.tools:
        identity["tools"] = identities(work)

    async def build() -> ModelRequest:
        asked = messages
        if files:
            asked = (*system, replace(question, attachments=contents(files)), *work.corrections)
        tools = await offered(work) if step.tools else ()
        return ModelRequest("prompt", asked, schema=schema, params=role.params, tools=tools)

    answer = await work.ask(
        AskModel(work.path, "model", name, identity, work.timeout, step.effects, role=role, build=build)
    )
    result: dict[str, Json] = {"text": answer.text, "data": answer.data}
    if answer.data is None and schema is not None and not answer.calls:
        result["data"] = parsed(answer.text)
    if step.tools:
        result["calls"] = plain_calls(answer.calls)
    return result
