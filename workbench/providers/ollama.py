"""The native protocol of Ollama: JSON a line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import AnswerReader, count, objects, string, table
from workbench.providers.attachments import with_texts
from workbench.providers.dialect import Dialect, Parser, as_texts, refuse_own, without
from workbench.providers.lines import LineParser, looks_like_lines
from workbench.providers.port import Finish, Message, ModelRequest
from workbench.providers.speech import Speech, asking_for_json, schema_of
from workbench.providers.tool_calls import written
from workbench.usage import Usage

OWN_KEYS = frozenset({"model", "messages", "stream", "format", "options"})
TOP_LEVEL = frozenset({"think", "keep_alive", "logprobs", "top_logprobs"})
"""Parameters of the request; all others are options of the model."""
FINISHES: Mapping[str, Finish] = {"stop": "stop", "length": "length", "load": "error", "unload": "error"}


@dataclass(slots=True)
class OllamaReader(AnswerReader):
    """Reads the lines of a chat, or a whole answer: both have the same shape."""

    def take(self, value: Mapping[str, Json]) -> str:
        """Read one line."""
        self.model = string(value.get("model")) or self.model
        message = table(value.get("message"))
        self.begun = self.begun or bool(message) or "response" in value
        self.reasoning.append(string(message.get("thinking")) or string(value.get("thinking")))
        for call in objects(message.get("tool_calls")):
            function = table(call.get("function"))
            opened = self.call_at(len(self.open_calls))
            opened.name, opened.id = string(function.get("name")), string(call.get("id"))
            opened.pieces = [written(function.get("arguments"))]
        if value.get("done") is True:
            self.ended = True
            self.finish = string(value.get("done_reason"))
        for key in ("prompt_eval_count", "eval_count"):
            if key in value:
                self.counts[key] = value[key]
        text = string(message.get("content")) or string(value.get("response"))
        self.text.append(text)
        return text

    @property
    def is_whole(self) -> bool:
        """Only the line that says so ends an answer."""
        return self.ended

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words."""
        known = FINISHES.get(self.finish, "stop")
        return "tool_calls" if known == "stop" and self.open_calls else known

    def usage(self) -> Usage:
        """A prompt that was in the server's cache may not be counted at all."""
        plain, output = count(self.counts, "prompt_eval_count"), count(self.counts, "eval_count")
        if plain is None and output is None:
            return Usage()
        return Usage(plain, None, None, output, None, "reported")


class OllamaDialect(Dialect):
    """Chat over HTTP."""

    kind = "ollama"

    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """``/api/chat`` below the server's address, also where that of its other face was given."""
        return f"{without(base_url, '/chat', '/v1', '/api')}/api/chat"

    def reader(self) -> AnswerReader:
        """What reads one answer."""
        return OllamaReader()

    def is_stream(self, start: bytes) -> bool | None:
        """Lines of JSON."""
        return looks_like_lines(start)

    def parser(self) -> Parser:
        """What finds the lines."""
        return LineParser()

    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send."""
        refuse_own(request, OWN_KEYS)
        messages = [_message(each) for each in request.messages]
        body: dict[str, Json] = {"model": model, "messages": messages, "stream": True}
        schema = schema_of(request)
        if schema is not None and speech.schema == "json_schema":
            body["format"] = schema
        elif schema is not None:
            if speech.schema == "json_object":
                body["format"] = "json"
            body["messages"] = [{"role": "system", "content": asking_for_json(schema)}, *messages]
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {"name": each.name, "description": each.about, "parameters": each.parameters},
                }
                for each in request.tools
            ]
        options: dict[str, Json] = {}
        for name, value in request.params.items():
            if name in TOP_LEVEL:
                body[name] = value
            elif name == "max_tokens":
                options["num_predict"] = value
            else:
                options[name] = as_texts(value) if name == "stop" else value
        if options:
            body["options"] = options
        return body

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """Without a schema where it is not understood, then in words."""
        said = error.message.lower()
        if "format" in body and any(word in said for word in ("format", "schema", "grammar")):
            return replace(speech, schema="json_object" if speech.schema == "json_schema" else "words")
        return None


def _message(message: Message) -> dict[str, Json]:
    text, others = with_texts(message.text, message.attachments)
    said: dict[str, Json] = {"role": message.role, "content": text}
    if others:
        said["images"] = [each.base64 for each in others]
    if message.calls:
        said["tool_calls"] = [
            {"function": {"name": each.name, "arguments": dict(each.given or {})}} for each in message.calls
        ]
    return said
