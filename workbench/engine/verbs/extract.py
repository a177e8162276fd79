"""``extract``: read typed data out of a text, by a schema."""

from __future__ import annotations

from dataclasses import replace

from workbench.engine.ask import AskModel
from workbench.engine.attaching import attached, contents
from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text, parsed, rendered_message
from workbench.events import Json
from workbench.providers.port import Message, ModelRequest
from workbench.recipe.output_schema import json_schema

INSTRUCTION = (
    "Read the fields of the schema out of the text of the next message. "
    "Use only what the text says; use null for what it does not say. Answer with JSON only."
)


async def perform(work: Work) -> dict[str, Json]:
    """``data`` as the schema says, and ``text``, the same as JSON text."""
    step, running = work.step, work.running
    assert step.extract is not None and step.output is not None
    name, role = running.role(step)
    schema = json_schema(step.output)
    message = rendered_message("user", running.recipe.text(step.extract), work.scope)
    identity: dict[str, Json] = {"task": "extract", "text": message.text, "schema": schema}
    if role.params:
        identity["params"] = role.params
    files = await attached(work) if step.attach else ()
    if files:
        identity["attachments"] = [each.identity for each in files]
    if work.corrections:
        identity["corrections"] = [[each.role, each.text] for each in work.corrections]

    async def build() -> ModelRequest:
        read = replace(message, attachments=contents(files))
        messages = (Message("system", INSTRUCTION), read, *work.corrections)
        return ModelRequest("extract", messages, text=message.text, schema=schema, params=role.params)

    answer = await work.ask(
        AskModel(work.path, "model", name, identity, work.timeout, step.effects, role=role, build=build)
    )
    data = answer.data if answer.data is not None else parsed(answer.text)
    return {"data": data, "text": as_text(data)}
