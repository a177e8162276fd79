"""The Responses protocol of OpenAI, and of servers that speak it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import AnswerReader, apart, count, first_count, objects, place, string, table
from workbench.providers.attachments import Attachment
from workbench.providers.chat import usage_of
from workbench.providers.dialect import Dialect, refuse_own, refuses_streams, without
from workbench.providers.faults import class_in
from workbench.providers.port import Finish, Message, ModelRequest
from workbench.providers.speech import Speech, asking_for_json, is_strict, schema_of
from workbench.providers.tool_calls import ToolCall, written
from workbench.usage import Usage

OWN_KEYS = frozenset({"model", "input", "stream", "text"})
UNFINISHED: Mapping[str, Finish] = {
    "max_output_tokens": "length", "max_tokens": "length", "content_filter": "content_filter",
}  # fmt: skip
ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled",
    "response.done"})  # fmt: skip
BACKGROUND = frozenset({"queued", "in_progress"})
"""How an answer stands that is not made yet."""
FINISHED = frozenset({"completed", "done"})
CONTINUED = frozenset({"message", "reasoning", "function_call"})
"""Items that go back when the conversation goes on."""


@dataclass(slots=True)
class ResponsesReader(AnswerReader):
    """Reads response.* events, or a whole response."""

    reason: str = ""
    """Why an answer is incomplete."""
    output: list[dict[str, Json]] = field(default_factory=list)
    """The items of the answer as they came."""
    places: dict[str, int] = field(default_factory=dict)
    """Where each item stands, by its id: some servers leave the number out."""
    thoughts: set[tuple[int, int]] = field(default_factory=set)
    """Parts of reasoning that came in pieces, by item and part."""

    def take(self, value: Mapping[str, Json]) -> str:
        """Read one event, or a whole response."""
        kind = string(value.get("type"))
        if not kind.startswith("response."):
            return self._whole(value) if value.get("object") == "response" or "output" in value else ""
        if kind in ENDINGS:
            return self._end(table(value.get("response")), kind.removeprefix("response."))
        item = self._place(value)
        if kind in ("response.created", "response.in_progress", "response.queued"):
            self._head(table(value.get("response")))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._item(item, table(value.get("item")), kind.endswith("done"))
        elif kind.startswith("response.function_call_arguments"):
            self._arguments(item, kind.endswith(".delta"), value)
        elif kind.endswith(".delta"):
            part = place(value.get("content_index"), place(value.get("summary_index"), 0))
            return self._delta(kind, (item, part), string(value.get("delta")))
        elif kind == "response.output_text.done" and not self.text:
            return self._delta("response.output_text.delta", (item, 0), string(value.get("text")))
        return ""

    @property
    def is_whole(self) -> bool:
        """Only one of the closing events ends a stream."""
        return self.ended

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words."""
        if any(self.refusal):
            return "refused"
        if self.finish == "incomplete":
            return UNFINISHED.get(self.reason, "length")
        if self.finish not in FINISHED:
            return "error"
        return "tool_calls" if self.open_calls else "stop"

    def usage(self) -> Usage:
        """Cached tokens are among the input, reasoning is among the output."""
        before, after = self.counts.get("input_tokens_details"), self.counts.get("output_tokens_details")
        output = count(self.counts, "output_tokens")
        prompt = count(self.counts, "input_tokens")
        if prompt is None and output is None:
            return usage_of(self.counts)
        written_ = first_count(before, "cache_write_tokens", "cache_creation_tokens")
        plain, cached, cache_write = apart(prompt, count(before, "cached_tokens"), written_)
        return Usage(plain, cached, cache_write, output, count(after, "reasoning_tokens"), "reported")

    def turn(self) -> Json:
        """The items that go back, reasoning with its seal."""
        kept: list[Json] = [each for each in self.output if string(each.get("type")) in CONTINUED]
        return kept or None

    def _head(self, response: Mapping[str, Json]) -> None:
        self.begun = True
        self.model = string(response.get("model")) or self.model
        self.reply_id = string(response.get("id")) or self.reply_id
        usage = response.get("usage")
        if isinstance(usage, dict) and usage:
            self.counts = usage

    def _end(self, response: Mapping[str, Json], told: str = "completed") -> str:
        """The closing event holds the whole answer again; what came in pieces is not taken twice.

        ``told`` is how it ended where it does not say so itself.  An end of nothing is none.
        """
        self.ended = self.begun or bool(response)
        self._head(response)
        self.finish = string(response.get("status")) or told
        if told in FINISHED and self.finish in BACKGROUND:
            self.finish = told
        self.reason = string(table(response.get("incomplete_details")).get("reason"))
        self.note = string(table(response.get("error")).get("message")) or self.reason
        if not self.note and self.finish not in FINISHED:
            self.note = f"the answer is {self.finish}"
        if response.get("error"):
            self.error_class = class_in(response)
        self.output = list(objects(response.get("output"))) or self.output
        if any(item.get("type") == "function_call" for item in self.output):
            self.open_calls.clear()
        for number, item in enumerate(self.output):
            self._closed(number, item)
        if not any(self.refusal):
            self.refusal.append(_spoken(self.output, "refusal"))
        return self._rest(_spoken(self.output, "text") or string(response.get("output_text")))

    def _rest(self, spoken: str) -> str:
        """What the whole answer says beyond the pieces that came; where they disagree, it is right."""
        heard = "".join(self.text)
        if not spoken.startswith(heard):
            self.text = [spoken or heard]
            return ""
        self.text.append(spoken[len(heard) :])
        return self.text[-1]

    def _place(self, value: Mapping[str, Json]) -> int:
        """The item that an event is about."""
        name = string(value.get("item_id")) or string(table(value.get("item")).get("id"))
        number = place(value.get("output_index"), -1)
        if number < 0:
            number = self.places.get(name, max(self.places.values(), default=-1) + 1 if name else 0)
        if name:
            self.places[name] = number
        return number

    def _whole(self, response: Mapping[str, Json]) -> str:
        if response.get("status") in BACKGROUND:
            self._head(response)
            raise CallError(
                "bad_request", f"the answer is made in the background, not there yet: {response['status']}",
                hint="take `background` out of the role's params: answers made later are not fetched",
            )  # fmt: skip
        return self._end(response)

    def _item(self, number: int, item: dict[str, Json], done: bool) -> None:
        self.begun = True
        if done:
            self.output.append(item)
        if item.get("type") == "function_call":
            self._call(number, item)

    def _call(self, number: int, item: Mapping[str, Json]) -> None:
        call = self.call_at(number)
        call.name = string(item.get("name")) or call.name
        call.id = string(item.get("call_id")) or call.id
        if item.get("arguments"):
            call.pieces = [written(item["arguments"])]

    def _arguments(self, number: int, piece: bool, value: Mapping[str, Json]) -> None:
        call = self.call_at(number)
        if piece:
            call.pieces.append(string(value.get("delta")))
        elif value.get("arguments"):
            call.pieces = [written(value["arguments"])]

    def _delta(self, kind: str, at: tuple[int, int], text: str) -> str:
        self.begun = True
        if kind == "response.output_text.delta":
            self.text.append(text)
            return text
        if kind == "response.refusal.delta":
            self.refusal.append(text)
        elif "reasoning" in kind:
            if at not in self.thoughts and self.reasoning:
                self.reasoning.append("\n\n")
            self.thoughts.add(at)
            self.reasoning.append(text)
        return ""

    def _closed(self, number: int, item: dict[str, Json]) -> None:
        """A call or thoughts of a whole answer."""
        kind = item.get("type")
        if kind == "function_call":
            self._call(number, item)
        elif kind == "reasoning":
            shown = [*objects(item.get("summary")), *objects(item.get("content"))]
            self._thoughts([string(each.get("text")) for each in shown])

    def _thoughts(self, texts: list[str]) -> None:
        if any(texts) and not self.reasoning:
            self.reasoning.append("\n\n".join(texts))


def _spoken(output: list[dict[str, Json]], key: str) -> str:
    """What the messages of a whole answer say, or how they refuse."""
    contents = [item.get("content") for item in output if item.get("type") == "message"]
    parts = [part for content in contents for part in objects(content)]
    plain = [string(content) for content in contents if key == "text"]
    return "".join([*plain, *(string(part.get(key)) for part in parts)])


class ResponsesDialect(Dialect):
    """Responses over HTTP."""

    kind = "openai-responses"
    takes = ("image/", "application/pdf")
    content = ("input",)

    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """``/responses`` below the address."""
        return without(base_url, "/responses") + "/responses"

    def reader(self) -> AnswerReader:
        """What reads one answer."""
        return ResponsesReader()

    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send; nothing is stored at the provider unless params say so."""
        refuse_own(request, OWN_KEYS)
        given = [item for message in request.messages for item in _items(message)]
        body: dict[str, Json] = {"model": model, "input": given, "stream": speech.stream, "store": False}
        schema = schema_of(request)
        if schema is not None and speech.schema == "json_schema":
            body["text"] = {
                "format": {
                    "type": "json_schema",
                    "name": "answer",
                    "schema": schema,
                    "strict": is_strict(schema),
                }
            }
        elif schema is not None:
            if speech.schema == "json_object":
                body["text"] = {"format": {"type": "json_object"}}
            body["input"] = [{"role": "system", "content": asking_for_json(schema)}, *given]
        if request.tools:
            body["tools"] = [
                {
                    "type": "function", "name": each.name, "description": each.about,
                    "parameters": each.parameters, "strict": is_strict(each.parameters),
                }
                for each in request.tools
            ]  # fmt: skip
        for name, value in request.params.items():
            if name == "reasoning_effort":
                body["reasoning"] = {"effort": value}
            else:
                body["max_output_tokens" if name == "max_tokens" else name] = value
        return body

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """Without a schema where it is not understood, then in words."""
        said = error.message.lower()
        named = any(
            word in said for word in ("text.format", "json_schema", "json_object", "schema", "structured")
        )
        if named and "text" in body:
            return replace(speech, schema="json_object" if speech.schema == "json_schema" else "words")
        if speech.stream and refuses_streams(said):
            return replace(speech, stream=False)
        return None


def _items(message: Message) -> list[Json]:
    """A message as items of input."""
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.call_id, "output": message.text}]
    if isinstance(message.turn, list):
        return message.turn
    content: Json = message.text
    if message.attachments:
        text: list[Json] = [{"type": "input_text", "text": message.text}] if message.text else []
        content = [*map(_attachment, message.attachments), *text]
    said: list[Json] = [{"role": message.role, "content": content}] if content else []
    return [*said, *map(_call, message.calls)]


def _call(call: ToolCall) -> dict[str, Json]:
    arguments = call.arguments or "{}"
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}


def _attachment(attachment: Attachment) -> dict[str, Json]:
    if attachment.is_text:
        return {"type": "input_text", "text": attachment.text}
    if attachment.is_image:
        return {"type": "input_image", "image_url": attachment.address}
    if attachment.url:
        return {"type": "input_file", "file_url": attachment.url}
    return {"type": "input_file", "filename": attachment.name or "file", "file_data": attachment.address}
