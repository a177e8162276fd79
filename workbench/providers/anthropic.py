"""The Messages protocol of Anthropic, and of servers that speak it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.capabilities import Capabilities
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import (
    AnswerReader,
    count,
    first_count,
    guessed,
    objects,
    place,
    string,
    table,
)  # fmt: skip
from workbench.providers.attachments import Attachment
from workbench.providers.dialect import Dialect, as_texts, has_version, refuse_own, split_system, without
from workbench.providers.port import Finish, Message, ModelRequest
from workbench.providers.speech import Speech, asking_for_json, schema_of
from workbench.providers.structured import whole
from workbench.providers.tool_calls import ToolCall, written
from workbench.usage import Usage

VERSION = "2023-06-01"
DEFAULT_LIMIT = 8192
"""The protocol wants a limit of the answer's length in every request."""
OWN_KEYS = frozenset({"model", "messages", "system", "stream", "output_config", "output_format"})
FINISHES: Mapping[str, Finish] = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
    "model_context_window_exceeded": "length", "pause_turn": "length",
    "tool_use": "tool_calls", "refusal": "refused",
}  # fmt: skip
FIELDS: Mapping[str, str] = {
    "text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature",
}  # fmt: skip
"""The field of a block that each kind of event adds to."""
_MOST = re.compile(r"max_tokens: \d+ > (\d+)")


@dataclass(slots=True)
class AnthropicReader(AnswerReader):
    """Reads message_start, content_block_* and message_delta events, or a whole message."""

    blocks: dict[int, dict[str, Json]] = field(default_factory=dict)
    """The content as it began, since signed thinking goes back unchanged."""
    pieces: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    """What was added to a field of a block."""
    inputs: dict[int, list[str]] = field(default_factory=dict)
    """What tools are called with, as text."""

    def take(self, value: Mapping[str, Json]) -> str:
        """Read one event, or a whole message."""
        kind = value.get("type")
        if kind == "content_block_delta":
            at = place(value.get("index"), max(self.blocks, default=0))
            return self._delta(at, table(value.get("delta")))
        if kind == "content_block_start":
            return self._block(place(value.get("index"), len(self.blocks)), table(value.get("content_block")))
        if kind == "message_start":
            return self._second() if self.blocks else self._message(table(value.get("message")))
        if kind == "message_delta":
            self._ending(table(value.get("delta")), value.get("usage"))
        elif kind == "message_stop":
            self.ended = True
        elif kind == "message" or (kind is None and "content" in value):
            self.ended = bool(value.get("stop_reason"))
            return self._message(value)
        return ""

    @property
    def is_whole(self) -> bool:
        """Only message_stop ends a stream."""
        return self.ended

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words."""
        known = FINISHES.get(self.finish) or guessed(self.finish)
        return known or ("tool_calls" if self.open_calls else "stop")

    def usage(self) -> Usage:
        """Cached tokens are not among the input here; the counts of the last event hold."""
        plain, output = count(self.counts, "input_tokens"), count(self.counts, "output_tokens")
        if plain is None and output is None:
            return Usage()
        cached = count(self.counts, "cache_read_input_tokens")
        cache_write = count(self.counts, "cache_creation_input_tokens")
        thinking = first_count(
            self.counts.get("output_tokens_details"), "thinking_tokens", "reasoning_tokens"
        )
        return Usage(plain, cached, cache_write, output, thinking, "reported")

    def turn(self) -> Json:
        """All content blocks, with their signatures."""
        content: list[Json] = []
        for number, begun in sorted(self.blocks.items()):
            block = dict(begun)
            for (of, name), pieces in self.pieces.items():
                if of == number:
                    block[name] = whole([string(block.get(name)), *pieces])
            if number in self.inputs:
                call = ToolCall("", whole(self.inputs[number]))
                block["input"] = dict(call.given or {})
            if block.get("type") != "text" or block.get("text"):
                content.append(block)
        return content or None

    def _second(self) -> str:
        """Another message begins where one is under way: which of the two it is, nobody can say."""
        self.ended, self.finish, self.error_class = True, "error", "malformed"
        self.note = "a second message began in the middle of the first"
        return ""

    def _message(self, message: Mapping[str, Json]) -> str:
        self.begun = True
        self.model = string(message.get("model")) or self.model
        self.reply_id = string(message.get("id")) or self.reply_id
        self._ending(message, message.get("usage"))
        content = message.get("content")
        blocks = objects([{"type": "text", "text": content}] if isinstance(content, str) else content)
        added = [self._block(number, block) for number, block in enumerate(blocks)]
        return "".join(added)

    def _ending(self, ending: Mapping[str, Json], usage: Json) -> None:
        self.finish = string(ending.get("stop_reason")) or self.finish
        details = table(ending.get("stop_details"))
        self.note = string(details.get("explanation")) or string(details.get("category")) or self.note
        # The counts are those of the whole answer so far, never to be added up.
        self.counts.update({key: each for key, each in table(usage).items() if each is not None})

    def _block(self, number: int, block: Mapping[str, Json]) -> str:
        self.begun = True
        self.blocks[number] = dict(block)
        kind = block.get("type")
        if kind == "text":
            text = string(block.get("text"))
            self.text.append(text)
            return text
        if kind == "thinking":
            self.reasoning.append(string(block.get("thinking")))
        elif kind == "tool_use":
            call = self.call_at(number)
            call.name, call.id = string(block.get("name")), string(block.get("id"))
            if block.get("input"):
                call.pieces.append(written(block.get("input")))
        return ""

    def _delta(self, number: int, delta: Mapping[str, Json]) -> str:
        self.begun = True
        kind = string(delta.get("type"))
        if kind == "input_json_delta":
            self._input(number, string(delta.get("partial_json")))
        elif kind in FIELDS:
            name = FIELDS[kind]
            added = string(delta.get(name))
            self.pieces.setdefault((number, name), []).append(added)
            if name == "thinking":
                self.reasoning.append(added)
            elif name == "text":
                self.text.append(added)
                return added
        return ""

    def _input(self, number: int, piece: str) -> None:
        """Part of what a tool is called with: ours, or one of the provider's own."""
        if not piece:
            return
        pieces = self.inputs.setdefault(number, [])
        pieces.append(piece)
        if self.blocks.get(number, {}).get("type") == "tool_use":
            self.call_at(number).pieces = pieces  # not after what the block began with: that is the same


class AnthropicDialect(Dialect):
    """Messages over HTTP."""

    kind = "anthropic"
    takes = ("image/", "application/pdf")
    cannot = Capabilities(embeddings=False)
    content = ("messages", "system")

    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """``/v1/messages`` below the address, which may hold the version already."""
        base = without(base_url, "/messages")
        return f"{base}/messages" if has_version(base) else f"{base}/v1/messages"

    def key(self, key: str) -> dict[str, str]:
        """The key has a header of its own."""
        return {"x-api-key": key}

    def headers(self) -> dict[str, str]:
        """The version that this module speaks."""
        return {"anthropic-version": VERSION}

    def reader(self) -> AnswerReader:
        """What reads one answer."""
        return AnthropicReader()

    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send."""
        refuse_own(request, OWN_KEYS)
        system, messages = split_system(request.messages)
        schema = schema_of(request)
        body: dict[str, Json] = {
            "model": model,
            "max_tokens": speech.most or DEFAULT_LIMIT,
            "stream": speech.stream,
        }
        if schema is not None and speech.schema == "json_schema":
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        elif schema is not None:
            system = "\n\n".join(filter(None, (system, asking_for_json(schema))))
        if system:
            body["system"] = system
        body["messages"] = merged([_message(each) for each in messages])
        if request.tools:
            body["tools"] = [
                {"name": each.name, "description": each.about, "input_schema": each.parameters}
                for each in request.tools
            ]
        for name, value in request.params.items():
            if name == "stop":
                body["stop_sequences"] = as_texts(value)
            elif name == "max_tokens" and speech.most and isinstance(value, int):
                body[name] = min(value, speech.most)
            else:
                body[name] = value
        return body

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """A smaller limit where ours was too large; a schema in words where no other is understood."""
        said = error.message.lower()
        most = _MOST.search(said)
        if most and speech.most is None and body.get("max_tokens") == DEFAULT_LIMIT:
            return replace(speech, most=int(most[1]))
        named = any(
            word in said for word in ("output_config", "output_format", "schema", "structured", "format")
        )
        if named and "output_config" in body:
            return replace(speech, schema="words")
        return None


def merged(messages: list[dict[str, Json]]) -> list[Json]:
    """Neighbours of one role as one message: answers to several calls belong together."""
    joined: list[dict[str, Json]] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1]["content"] += message["content"]
        else:
            joined.append(message)
    return list(joined)


def _message(message: Message) -> dict[str, Json]:
    if message.role == "tool":
        answer = {"type": "tool_result", "tool_use_id": message.call_id, "content": message.text}
        return {"role": "user", "content": [answer]}
    if message.turn is not None:
        return {"role": message.role, "content": message.turn}
    content: list[Json] = [_attachment(each) for each in message.attachments]
    if message.text:
        content.append({"type": "text", "text": message.text})
    content += [_call(each) for each in message.calls]
    return {"role": message.role, "content": content}


def _call(call: ToolCall) -> dict[str, Json]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.given or {})}


def _attachment(attachment: Attachment) -> dict[str, Json]:
    source: dict[str, Json]
    if attachment.url:
        source = {"type": "url", "url": attachment.url}
    elif attachment.is_text:
        source = {
            "type": "text",
            "media_type": "text/plain",
            "data": attachment.content.decode("utf-8", "replace"),
        }
    else:
        source = {"type": "base64", "media_type": attachment.media_type, "data": attachment.base64}
    return {"type": "image" if attachment.is_image else "document", "source": source}
