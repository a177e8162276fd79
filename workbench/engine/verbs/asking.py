"""A question to a model as ``prompt`` and ``agent`` put it: texts, files, a schema, tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.engine.ask import AskModel
from workbench.engine.attaching import Attached, attached, contents
from workbench.engine.running import Work
from workbench.engine.verbs.offering import identities, offered
from workbench.engine.verbs.texts import rendered_message
from workbench.events import Json
from workbench.providers.port import Message, ModelRequest
from workbench.recipe.model import Role, Text
from workbench.recipe.output_schema import json_schema


@dataclass(frozen=True, slots=True)
class Question:
    """What a step asks, before anybody answered."""

    work: Work
    name: str
    role: Role
    system: tuple[Message, ...]
    asked: Message
    files: tuple[Attached, ...]
    schema: dict[str, Json] | None

    def ask(self, role: Role, said: Sequence[Message] = ()) -> AskModel:
        """The call, after what was ``said`` since; of a role that may know better by now whom to ask."""
        work = self.work
        effects = work.step.effects and work.step.agent is None  # an agent's are those of its tools

        messages = (*self.system, self.asked, *work.corrections, *said)

        async def build() -> ModelRequest:
            sent = messages
            if self.files:
                asked = replace(self.asked, attachments=contents(self.files))
                sent = (*self.system, asked, *work.corrections, *said)
            tools = await offered(work) if work.step.tools else ()
            return ModelRequest("prompt", sent, schema=self.schema, params=role.params, tools=tools)

        return AskModel(
            work.path,
            "model",
            self.name,
            self._identity(messages),
            work.timeout,
            effects,
            role=role,
            build=build,
        )

    def _identity(self, messages: Sequence[Message]) -> dict[str, Json]:
        """What the fingerprint covers."""
        identity: dict[str, Json] = {"messages": [[each.role, each.text] for each in messages]}
        if self.schema is not None:
            identity["schema"] = self.schema
        if self.role.params:
            identity["params"] = self.role.params
        if self.files:
            identity["attachments"] = [each.identity for each in self.files]
        if self.work.step.tools:
            identity["tools"] = identities(self.work)
        calls = [[call.name, call.arguments] for message in messages for call in message.calls]
        return {**identity, "calls": calls} if calls else identity


async def question(work: Work, text: Text) -> Question:
    """The question of a step whose verb holds ``text``."""
    step, running = work.step, work.running
    name, role = running.role(step)
    system: tuple[Message, ...] = ()
    if step.system is not None:
        system = (rendered_message("system", running.recipe.text(step.system), work.scope),)
    asked = rendered_message("user", running.recipe.text(text), work.scope)
    files = await attached(work) if step.attach else ()
    schema = json_schema(step.output) if step.output is not None else None
    return Question(work, name, role, system, asked, files, schema)
