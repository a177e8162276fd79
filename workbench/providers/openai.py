"""The chat-completions protocol, of OpenAI and every server that speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import AnswerReader
from workbench.providers.attachments import Attachment
from workbench.providers.chat import ChatReader
from workbench.providers.dialect import Dialect, refuse_own, refuses_streams, without
from workbench.providers.keys import Keys
from workbench.providers.port import Message, ModelRequest
from workbench.providers.server import ServerProvider
from workbench.providers.speech import Speech, asking_for_json, is_strict, schema_of
from workbench.providers.tool_calls import ToolCall
from workbench.settings import ProviderSettings, Settings

OWN_KEYS = frozenset({"model", "messages", "stream", "stream_options", "response_format", "n"})
"""Parameters that a recipe cannot set: they are what this module writes."""


class ChatDialect(Dialect):
    """Chat completions over HTTP."""

    kind = "openai"
    takes = ("image/", "audio/", "application/pdf")
    whole_without_marker = True

    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """``/chat/completions`` below the address."""
        return without(base_url, "/chat/completions") + "/chat/completions"

    def reader(self) -> AnswerReader:
        """What reads one answer."""
        return ChatReader()

    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send."""
        refuse_own(request, OWN_KEYS)
        messages = [_message(each) for each in request.messages]
        body: dict[str, Json] = {"model": model, "messages": messages, "stream": speech.stream}
        if speech.usage and speech.stream:
            body["stream_options"] = {"include_usage": True}
        for name, value in request.params.items():
            body[speech.limit if name == "max_tokens" else name] = value
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {"name": each.name, "description": each.about, "parameters": each.parameters},
                }
                for each in request.tools
            ]
        _ask_for_schema(body, schema_of(request), speech)
        return body

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """Other names for what was refused, then a schema in words, then no stream."""
        said = error.message.lower()
        if "max_completion_tokens" in said and "max_tokens" in body:
            return replace(speech, limit="max_completion_tokens")
        if "stream_options" in said and "stream_options" in body:
            return replace(speech, usage=False)
        named = any(
            word in said for word in ("response_format", "json_schema", "json_object", "schema", "structured")
        )
        if named and "response_format" in body:
            return replace(speech, schema="json_object" if speech.schema == "json_schema" else "words")
        if speech.stream and refuses_streams(said):
            return replace(speech, stream=False)
        return None


class OpenAIProvider(ServerProvider):
    """One OpenAI-compatible server."""

    def __init__(self, section: ProviderSettings, settings: Settings, keys: Keys) -> None:
        super().__init__(section, settings, keys, ChatDialect())


def _ask_for_schema(body: dict[str, Json], schema: Mapping[str, Json] | None, speech: Speech) -> None:
    """Ask for structured output as far as the model understands it; the rest in words."""
    if schema is None:
        return
    if speech.schema == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": is_strict(schema)},
        }
        return
    if speech.schema == "json_object":
        body["response_format"] = {"type": "json_object"}
    body["messages"] = [{"role": "system", "content": asking_for_json(schema)}, *body["messages"]]


def _message(message: Message) -> dict[str, Json]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    if isinstance(message.turn, dict):
        return message.turn
    content: Json = message.text
    if message.attachments:
        content = [*map(_attachment, message.attachments), {"type": "text", "text": message.text}]
    said: dict[str, Json] = {"role": message.role, "content": content}
    if message.calls:
        said["tool_calls"] = [_call(each) for each in message.calls]
    return said


def _call(call: ToolCall) -> dict[str, Json]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _attachment(attachment: Attachment) -> dict[str, Json]:
    if attachment.is_text:
        return {"type": "text", "text": attachment.text}
    if attachment.is_image:
        return {"type": "image_url", "image_url": {"url": attachment.address}}
    if attachment.media_type.startswith("audio/"):
        kind = attachment.media_type.rpartition("/")[2].removeprefix("x-").replace("mpeg", "mp3")
        return {"type": "input_audio", "input_audio": {"data": attachment.base64, "format": kind}}
    file = {"filename": attachment.name or "file", "file_data": attachment.address}
    return {"type": "file", "file": file}
