"""The generateContent protocol of Gemini, at Google's own address and at Vertex."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.answer import AnswerReader, apart, count, items, objects, string, table
from workbench.providers.attachments import Attachment
from workbench.providers.dialect import Dialect, as_texts, refuse_own, refuses_streams, split_system
from workbench.providers.json_paths import put
from workbench.providers.port import Finish, Message, ModelRequest
from workbench.providers.speech import Speech, asking_for_json, schema_of
from workbench.providers.tool_calls import ToolCall, written
from workbench.usage import Usage

OWN_KEYS = frozenset({"contents", "systemInstruction", "system_instruction"})
FINISHES: Mapping[str, Finish] = {
    "STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter", "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter", "PROHIBITED_CONTENT": "content_filter", "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter", "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter", "MODEL_ARMOR": "content_filter", "LANGUAGE": "content_filter",
}  # fmt: skip
"""Every other reason is an answer that failed."""
NUMBERED: Mapping[int, str] = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Reasons of servers that send numbers for words."""
PARAMS: Mapping[str, str] = {
    "max_tokens": "maxOutputTokens", "top_p": "topP", "top_k": "topK", "stop": "stopSequences",
    "presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty", "n": "candidateCount",
}  # fmt: skip
TOP_LEVEL = frozenset({"safetySettings", "tools", "toolConfig", "cachedContent", "labels", "serviceTier"})
"""Parameters that do not belong to the generation's own settings."""
_FORMAT = re.compile(r"schema|response_?mime_?type|json mode|structured")


@dataclass(slots=True)
class GeminiReader(AnswerReader):
    """Reads the chunks of a stream, or a whole answer: both have the same shape."""

    parts: list[dict[str, Json]] = field(default_factory=list)
    """The content as it came, since signed thoughts go back unchanged."""
    arguments: dict[str, Json] = field(default_factory=dict)
    """What the call that still goes on is called with."""
    goes_on: bool = False

    def take(self, value: Mapping[str, Json]) -> str:
        """Read one chunk."""
        value = table(value.get("response")) or value  # some gateways put a wrapper around it
        self.model = string(value.get("modelVersion")) or self.model
        self.reply_id = string(value.get("responseId")) or self.reply_id
        self.counts.update(
            {key: each for key, each in table(value.get("usageMetadata")).items() if each is not None}
        )
        self._blocked(table(value.get("promptFeedback")))
        added = []
        for number, candidate in enumerate(objects(value.get("candidates"))):
            if candidate.get("index", number) in (0, None):
                added.append(self._candidate(candidate))
        return "".join(added)

    @property
    def outcome(self) -> Finish:
        """How the answer ended, in our words."""
        known = FINISHES.get(self.finish, "error" if self.finish else "stop")
        return "tool_calls" if known == "stop" and self.open_calls else known

    def usage(self) -> Usage:
        """Thoughts and what tools fed in are counted apart here; cached tokens are among the prompt's."""
        prompt, answer = count(self.counts, "promptTokenCount"), count(self.counts, "candidatesTokenCount")
        thoughts, fed = (
            count(self.counts, "thoughtsTokenCount"),
            count(self.counts, "toolUsePromptTokenCount"),
        )
        total = count(self.counts, "totalTokenCount")
        if prompt is None and answer is None:
            return Usage()
        if prompt is not None:
            prompt += fed or 0
        output: int | None = (answer or 0) + (thoughts or 0)
        if answer is None and thoughts is None and (total is None or total != prompt):
            output = None  # a prompt that was blocked has no answer, which the total shows
        plain, cached, _ = apart(prompt, count(self.counts, "cachedContentTokenCount"), None)
        return Usage(plain, cached, None, output, thoughts, "reported")

    def turn(self) -> Json:
        """All parts, with their signatures."""
        return list(self.parts) or None

    def _blocked(self, feedback: Mapping[str, Json]) -> None:
        """A prompt that was refused has no candidates."""
        reason = string(feedback.get("blockReason"))
        if reason:
            self.begun = True
            self.finish = "MODEL_ARMOR" if reason == "MODEL_ARMOR" else "SAFETY"
            self.note = string(feedback.get("blockReasonMessage")) or f"the prompt was blocked: {reason}"

    def _candidate(self, candidate: Mapping[str, Json]) -> str:
        self.begun = True
        given = candidate.get("finishReason")
        finish = NUMBERED.get(given, "OTHER") if isinstance(given, int) and given else string(given)
        if finish and finish != "FINISH_REASON_UNSPECIFIED":
            self.finish = finish
            self.note = string(candidate.get("finishMessage")) or finish
            if finish not in FINISHES:
                self.error_class = "malformed" if "CALL" in finish else "server"
        content = table(candidate.get("content"))
        return "".join([self._part(part) for part in objects(content.get("parts"))])

    def _part(self, part: dict[str, Json]) -> str:
        call = part.get("functionCall")
        if isinstance(call, dict):
            self._call(call, part)
            return ""
        self.parts.append(part)
        text = string(part.get("text"))
        if part.get("thought"):
            self.reasoning.append(text)
            return ""
        if text:
            self.text.append(text)
        return text

    def _call(self, call: Mapping[str, Json], part: dict[str, Json]) -> None:
        """A call, whole; or the next piece of one whose arguments come in parts."""
        if not self.goes_on:
            opened = self.call_at(len(self.open_calls))
            opened.name, opened.id = string(call.get("name")), string(call.get("id"))
            self.arguments = dict(table(call.get("args")))
            self.parts.append({**part, "functionCall": {**call, "args": self.arguments}})
        opened = self.call_at(len(self.open_calls) - 1)
        for piece in objects(call.get("partialArgs")):
            self._argument(piece)
        self.goes_on = call.get("willContinue") is True
        opened.pieces = [written(self.arguments)]

    def _argument(self, piece: Mapping[str, Json]) -> None:
        path = string(piece.get("jsonPath"))
        for key in ("stringValue", "numberValue", "boolValue"):
            if key in piece:
                put(self.arguments, path, piece[key])
                return
        if "nullValue" in piece:
            put(self.arguments, path, None)


class GeminiDialect(Dialect):
    """generateContent over HTTP."""

    kind = "gemini"
    takes = ("image/", "audio/", "video/", "application/pdf")
    content = ("contents", "systemInstruction")

    def url(self, base_url: str, model: str, speech: Speech) -> str:
        """Below the address; one without a path gets the version that is current."""
        base = base_url if urlsplit(base_url).path.strip("/") else f"{base_url}/v1beta"
        name = model if "/" in model else f"models/{model}"
        method = "streamGenerateContent?alt=sse" if speech.stream else "generateContent"
        return f"{base}/{quote(name, safe='/@.-_')}:{method}"

    def key(self, key: str) -> dict[str, str]:
        """The key has a header of its own."""
        return {"x-goog-api-key": key}

    def reader(self) -> AnswerReader:
        """What reads one answer."""
        return GeminiReader()

    def body(self, model: str, request: ModelRequest, speech: Speech) -> dict[str, Json]:
        """The JSON to send."""
        refuse_own(request, OWN_KEYS)
        system, messages = split_system(request.messages)
        generation: dict[str, Json] = {}
        body: dict[str, Json] = {}
        for name, value in request.params.items():
            if name in TOP_LEVEL:
                body[name] = value
            else:
                generation[PARAMS.get(name, name)] = as_texts(value) if name == "stop" else value
        schema = schema_of(request)
        if schema is not None:
            system = "\n\n".join(filter(None, (system, _json_asked(generation, schema, speech))))
        names = {call.id: call.name for message in messages for call in message.calls}
        contents = merged([_message(each, names) for each in messages])
        body = {"contents": contents, **body}
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        if generation:
            body["generationConfig"] = generation
        if request.tools:
            declared = [
                {"name": each.name, "description": each.about, "parametersJsonSchema": each.parameters}
                for each in request.tools
            ]
            body["tools"] = [*items(body.get("tools")), {"functionDeclarations": declared}]
        return body

    def adapted(self, speech: Speech, body: Mapping[str, Json], error: CallError) -> Speech | None:
        """Without a schema where it is not understood, then in words."""
        said = error.message.lower()
        if "responseMimeType" in table(body.get("generationConfig")) and _FORMAT.search(said):
            return replace(speech, schema="json_object" if speech.schema == "json_schema" else "words")
        if speech.stream and refuses_streams(said):
            return replace(speech, stream=False)
        return None


def _json_asked(generation: dict[str, Json], schema: Mapping[str, Json], speech: Speech) -> str:
    """Ask for JSON as far as the model understands it; the rest in words."""
    if speech.schema == "words":
        return asking_for_json(schema)
    generation["responseMimeType"] = "application/json"
    if speech.schema == "json_schema":
        generation["responseJsonSchema"] = schema
        return ""
    return asking_for_json(schema)


def merged(contents: list[dict[str, Json]]) -> list[Json]:
    """Neighbours of one role as one: answers to several calls belong together, in their order."""
    joined: list[dict[str, Json]] = []
    for content in contents:
        if joined and joined[-1]["role"] == content["role"]:
            joined[-1]["parts"] = [*joined[-1]["parts"], *content["parts"]]
        else:
            joined.append(content)
    return list(joined)


def _message(message: Message, names: Mapping[str, str]) -> dict[str, Json]:
    role = "model" if message.role == "assistant" else "user"
    if message.role == "tool":
        answer: dict[str, Json] = {
            "name": names.get(message.call_id, ""),
            "response": {"result": message.text},
        }
        if not message.call_id.startswith("call_"):
            answer["id"] = message.call_id
        return {"role": role, "parts": [{"functionResponse": answer}]}
    if message.turn is not None:
        return {"role": role, "parts": message.turn}
    parts: list[Json] = [_attachment(each) for each in message.attachments]
    if message.text:
        parts.append({"text": message.text})
    parts += [_call(each) for each in message.calls]
    return {"role": role, "parts": parts}


def _call(call: ToolCall) -> dict[str, Json]:
    return {"functionCall": {"name": call.name, "args": dict(call.given or {})}}


def _attachment(attachment: Attachment) -> dict[str, Json]:
    if attachment.url:
        return {"fileData": {"mimeType": attachment.media_type, "fileUri": attachment.url}}
    return {"inlineData": {"mimeType": attachment.media_type, "data": attachment.base64}}
