"""What is sent in each protocol: addresses, keys, messages, parameters, tools, files, schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.kit import CANARY, MakeProvider, question, unheard
from tests.providers.protocols import KINDS, headers, stream
from tests.providers.wire_server import JSON, Script, WireServer
from workbench.errors import CallError
from workbench.providers.attachments import Attachment
from workbench.providers.dialects import dialect_of
from workbench.providers.port import Message, ModelRequest
from workbench.providers.speech import PLAIN
from workbench.providers.tool_calls import Tool, ToolCall
from workbench.settings import Kind

SCHEMA = {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"],
    "additionalProperties": False,
}  # fmt: skip
WEATHER = Tool("weather", "of a town", SCHEMA)
PICTURE = Attachment("image/png", b"png")
TALK = (
    Message("system", "Be brief."),
    Message("user", "How is it?", attachments=(PICTURE,)),
    Message("assistant", "", calls=(ToolCall("weather", '{"a": 1}', "t1"), ToolCall("weather", "", "t2"))),
    Message("tool", "sunny", call_id="t1"),
    Message("tool", "rainy", call_id="t2"),
)


@pytest.mark.parametrize(
    ("kind", "base", "url"),
    [
        ("openai", "http://h/v1", "http://h/v1/chat/completions"),
        ("openai-responses", "http://h/v1", "http://h/v1/responses"),
        ("anthropic", "http://h", "http://h/v1/messages"),
        ("anthropic", "http://h/v1", "http://h/v1/messages"),
        ("anthropic", "http://h/anthropic", "http://h/anthropic/v1/messages"),
        ("gemini", "http://h", "http://h/v1beta/models/m:streamGenerateContent?alt=sse"),
        ("gemini", "http://h/v1", "http://h/v1/models/m:streamGenerateContent?alt=sse"),
        (
            "gemini",
            "http://h/v1/projects/p/locations/l/publishers/google",
            "http://h/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse",
        ),
        ("ollama", "http://h:11434", "http://h:11434/api/chat"),
        ("ollama", "http://h:11434/v1", "http://h:11434/api/chat"),
        ("ollama", "http://h:11434/api", "http://h:11434/api/chat"),
    ],
)
def test_addresses(kind: Kind, base: str, url: str) -> None:
    assert dialect_of(kind).url(base, "m", PLAIN) == url


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("openai", "authorization", f"Bearer {CANARY}"),
        ("openai-responses", "authorization", f"Bearer {CANARY}"),
        ("anthropic", "x-api-key", CANARY),
        ("gemini", "x-goog-api-key", CANARY),
    ],
)
async def test_keys(wire: WireServer, make: MakeProvider, kind: Kind, header: str, value: str) -> None:
    wire.answer(Script(stream(kind), headers=headers(kind)))
    reply = await make(kind=kind).reply("m", question(), unheard)
    assert wire.requests[0].headers[header] == value
    assert CANARY not in repr(reply)
    assert ("anthropic-version" in wire.requests[0].headers) == (kind == "anthropic")


def body(kind: Kind, **more: Any) -> dict[str, Any]:
    return dialect_of(kind).body("m", ModelRequest("prompt", TALK, tools=(WEATHER,), **more), PLAIN)


def test_a_talk_with_chat_completions() -> None:
    sent = body("openai")
    assert [each["role"] for each in sent["messages"]] == ["system", "user", "assistant", "tool", "tool"]
    image, text = sent["messages"][1]["content"]
    assert image["image_url"]["url"] == "data:image/png;base64,cG5n"
    assert text["text"] == "How is it?"
    first, second = sent["messages"][2]["tool_calls"]
    assert (first["id"], first["function"]["arguments"]) == ("t1", '{"a": 1}')
    assert second["function"]["arguments"] == "{}"
    assert sent["messages"][4] == {"role": "tool", "tool_call_id": "t2", "content": "rainy"}
    assert sent["tools"][0]["function"]["parameters"] == SCHEMA


def test_a_talk_with_messages() -> None:
    sent = body("anthropic", params={"stop": "x", "temperature": 0})
    assert sent["system"] == "Be brief."
    assert [each["role"] for each in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["messages"][0]["content"][0]["source"]["data"] == "cG5n"
    assert [each["input"] for each in sent["messages"][1]["content"]] == [{"a": 1}, {}]
    answers = sent["messages"][2]["content"]
    assert [(each["tool_use_id"], each["content"]) for each in answers] == [("t1", "sunny"), ("t2", "rainy")]
    assert (sent["stop_sequences"], sent["temperature"], sent["max_tokens"]) == (["x"], 0, 8192)
    assert sent["tools"] == [{"name": "weather", "description": "of a town", "input_schema": SCHEMA}]


def test_a_talk_with_gemini() -> None:
    sent = body("gemini", params={"max_tokens": 5, "stop": ["x"], "safetySettings": []})
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [each["role"] for each in sent["contents"]] == ["user", "model", "user"]
    assert sent["contents"][0]["parts"][0] == {"inlineData": {"mimeType": "image/png", "data": "cG5n"}}
    answers = [each["functionResponse"] for each in sent["contents"][2]["parts"]]
    assert [(each["id"], each["name"], each["response"]) for each in answers] == [
        ("t1", "weather", {"result": "sunny"}), ("t2", "weather", {"result": "rainy"}),
    ]  # fmt: skip
    assert sent["generationConfig"] == {"maxOutputTokens": 5, "stopSequences": ["x"]}
    assert sent["safetySettings"] == []
    assert sent["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"] == SCHEMA


def test_a_talk_with_responses() -> None:
    sent = body("openai-responses", params={"max_tokens": 5, "reasoning_effort": "low"})
    kinds = [each.get("type", each.get("role")) for each in sent["input"]]
    assert kinds == ["system", "user", "function_call", "function_call"] + ["function_call_output"] * 2
    assert sent["input"][1]["content"][0]["image_url"].startswith("data:image/png")
    assert (sent["max_output_tokens"], sent["reasoning"], sent["store"]) == (5, {"effort": "low"}, False)
    assert sent["tools"][0]["strict"] is True


def test_a_talk_with_ollama() -> None:
    sent = body("ollama", params={"max_tokens": 5, "seed": 1, "keep_alive": "5m"})
    assert sent["messages"][1]["images"] == ["cG5n"]
    assert sent["messages"][2]["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    assert (sent["options"], sent["keep_alive"]) == ({"num_predict": 5, "seed": 1}, "5m")


@pytest.mark.parametrize("kind", KINDS)
def test_params_that_are_ours(kind: Kind) -> None:
    own = {"gemini": "contents", "openai-responses": "input"}.get(kind, "messages")
    with pytest.raises(CallError, match=f"params cannot set {own}"):
        body(kind, params={own: []})


@pytest.mark.parametrize(
    ("kind", "said", "path", "steps"),
    [
        ("openai", "response_format is not supported", "response_format.type",
         ["json_schema", "json_object", None]),
        ("openai-responses", "text.format: unknown", "text.format.type",
         ["json_schema", "json_object", None]),
        ("anthropic", "output_config: Extra inputs are not permitted", "output_config.format.type",
         ["json_schema", None]),
        ("gemini", "Unknown name responseJsonSchema", "generationConfig.responseJsonSchema.type",
         ["object", None, None]),
        ("ollama", "invalid format", "format", [SCHEMA, "json", None]),
    ],
)  # fmt: skip
async def test_a_schema_where_none_is_understood(
    wire: WireServer, make: MakeProvider, kind: Kind, said: str, path: str, steps: list[Any]
) -> None:
    """Each refusal is answered by asking in another way, at last in words; the next request knows it."""
    refusal = Script(json.dumps({"error": {"message": said}}).encode(), 400, JSON)
    good = Script(stream(kind, ('{"a"', ": 1}")), headers=headers(kind))
    wire.answer(*[refusal] * (len(steps) - 1), good)
    provider = make(kind=kind)
    reply = await provider.reply("m", question(schema=SCHEMA), unheard)
    assert reply.data == {"a": 1}
    assert [at(each.json, path) for each in wire.requests] == steps
    last = json.dumps(wire.requests[-1].json)
    assert "Answer with JSON only" in last
    await provider.reply("m", question(schema=SCHEMA), unheard)
    assert len(wire.requests) == len(steps) + 1


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


async def test_a_limit_that_is_too_high_for_a_model(wire: WireServer, make: MakeProvider) -> None:
    said = "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for m"
    refusal = Script(json.dumps({"type": "error", "error": {"message": said}}).encode(), 400, JSON)
    wire.answer(refusal, Script(stream("anthropic"), headers=headers("anthropic")))
    await make(kind="anthropic").reply("m", question(), unheard)
    assert [each.json["max_tokens"] for each in wire.requests] == [8192, 4096]


async def test_a_limit_of_the_users_own_is_kept(wire: WireServer, make: MakeProvider) -> None:
    said = "max_tokens: 9000 > 4096, which is the maximum"
    wire.answer(Script(json.dumps({"error": {"message": said}}).encode(), 400, JSON))
    with pytest.raises(CallError, match="9000 > 4096"):
        await make(kind="anthropic").reply("m", question(params={"max_tokens": 9000}), unheard)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("kind", ["openai", "openai-responses"])
async def test_a_model_that_may_not_stream(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    said = "Your organization must be verified to stream this model."
    refusal = Script(json.dumps({"error": {"message": said, "param": "stream"}}).encode(), 400, JSON)
    whole = {
        "openai": {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]},
        "openai-responses": {
            "object": "response", "status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
        },
    }[kind]  # fmt: skip
    wire.answer(refusal, Script(json.dumps(whole).encode(), headers=JSON))
    assert (await make(kind=kind).reply("m", question(), unheard)).text == "Hi"
    assert [each.json["stream"] for each in wire.requests] == [True, False]
