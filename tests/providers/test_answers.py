"""Answers that are more than text: calls, thinking, refusals, blocks, what goes back to the provider."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.kit import MakeProvider, question, unheard
from tests.providers.protocols import KINDS, framed, headers
from tests.providers.wire_server import JSON, Script, WireServer, chunk
from workbench.errors import CallError
from workbench.providers.dialects import dialect_of
from workbench.providers.json_paths import put
from workbench.providers.lines import LineParser
from workbench.providers.port import Message, ModelRequest, Reply
from workbench.providers.speech import PLAIN
from workbench.providers.sse import EventParser
from workbench.providers.tool_calls import ToolCall
from workbench.settings import Kind


def read(kind: Kind, *values: Any) -> Any:
    """A reader that has taken these events."""
    reader = dialect_of(kind).reader()
    for value in values:
        reader.take(value)
    return reader


async def asked(wire: WireServer, make: MakeProvider, kind: Kind, *events: Any) -> Reply:
    wire.answer(Script(framed(kind, events), headers=headers(kind)))
    return await make(kind=kind).reply("m", question(), unheard)


async def refused(wire: WireServer, make: MakeProvider, kind: Kind, *events: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        await asked(wire, make, kind, *events)
    return caught.value


def deltas(*calls: dict[str, Any]) -> list[Any]:
    return [{"choices": [{"delta": {"tool_calls": [each]}}]} for each in calls]


@pytest.mark.parametrize(
    "pieces",
    [
        [
            {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}},
            {"index": 1, "id": "b", "function": {"name": "g", "arguments": ""}},
            {"index": 0, "function": {"arguments": ": 1}"}},
        ],
        [  # all numbered 0
            {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x": 1}'}},
            {"index": 0, "id": "b", "function": {"name": "g", "arguments": None}},
        ],
        [  # not numbered
            {"id": "a", "function": {"name": "f", "arguments": {"x": 1}}},
            {"id": "b", "function": {"name": "g"}},
        ],
        [
            {"id": "a", "function": {"name": "f", "arguments": '{"x"'}},
            {"function": {"arguments": ": 1}"}},
            {"id": "b", "function": {"name": "g", "arguments": ""}},
        ],
    ],
)
def test_calls_in_chat(pieces: list[dict[str, Any]]) -> None:
    first, second = read("openai", *deltas(*pieces)).calls()
    assert (first.name, first.id, first.given) == ("f", "a", {"x": 1})
    assert (second.name, second.id, second.given) == ("g", "b", {})


def test_the_older_form_of_a_call() -> None:
    reader = read("openai", {"choices": [{"message": {"function_call": {"name": "f", "arguments": "{}"}}}]})
    assert [each.name for each in reader.calls()] == ["f"]
    assert reader.outcome == "tool_calls"


def test_arguments_that_were_cut() -> None:
    assert ToolCall("f", '{"x": ').given is None
    assert ToolCall("f", "[1]").given is None
    assert ToolCall("f", "null").given == {}


async def test_calls_that_were_not_asked_for_are_an_answer(wire: WireServer, make: MakeProvider) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    reply = await asked(wire, make, "openai", *deltas(call), chunk(finish="tool_calls"))
    assert (reply.finish, reply.tool_calls) == ("tool_calls", (ToolCall("f", "{}", "a"),))


def test_thinking_goes_back_signed() -> None:
    events = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "S"}},
        {"type": "content_block_start", "index": 1,
         "content_block": {"type": "redacted_thinking", "data": "R"}},
        {"type": "content_block_start", "index": 2,
         "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}},
        {"type": "content_block_delta", "index": 2,
         "delta": {"type": "input_json_delta", "partial_json": '{"x": 1}'}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]  # fmt: skip
    reader = read("anthropic", *events)
    assert reader.turn() == [
        {"type": "thinking", "thinking": "Hm", "signature": "S"},
        {"type": "redacted_thinking", "data": "R"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}},
    ]
    assert ("".join(reader.reasoning), reader.outcome) == ("Hm", "tool_calls")
    message = Message("assistant", "", turn=reader.turn())
    body = dialect_of("anthropic").body("m", ModelRequest("prompt", (message,)), PLAIN)
    assert body["messages"][0]["content"] == reader.turn()


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("end_turn", "stop"), ("max_tokens", "length"), ("pause_turn", "length"), ("tool_use", "tool_calls")],
)
def test_how_messages_end(reason: str, finish: str) -> None:
    assert read("anthropic", {"type": "message_delta", "delta": {"stop_reason": reason}}).outcome == finish


def test_counts_of_messages_replace_each_other() -> None:
    reader = read(
        "anthropic",
        {"type": "message_start", "message": {"usage": {"input_tokens": 9, "cache_read_input_tokens": 5}}},
        {"type": "message_delta", "delta": {}, "usage": {"input_tokens": 9, "output_tokens": 3}},
        {"type": "message_delta", "delta": {}, "usage": {"input_tokens": 9, "output_tokens": 8}},
    )
    usage = reader.usage()
    assert (usage.input, usage.cached, usage.output) == (9, 5, 8)


@pytest.mark.parametrize(
    ("answer", "error_class", "said"),
    [
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "content_filter", "the prompt was blocked: SAFETY"),
        ({"promptFeedback": {"blockReason": "MODEL_ARMOR", "blockReasonMessage": "by rule 7"}},
         "content_filter", "by rule 7"),
        ({"candidates": [{"finishReason": "SAFETY"}]}, "content_filter", "SAFETY"),
        ({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "print("}]},
         "malformed", "print("),
        ({"candidates": [{"finishReason": "UNEXPECTED_TOOL_CALL"}]}, "malformed", "UNEXPECTED_TOOL_CALL"),
        ({"candidates": [{"finishReason": "OTHER"}]}, "server", "OTHER"),
        ({"candidates": [{"finishReason": "A_NEW_REASON"}]}, "server", "A_NEW_REASON"),
    ],
)  # fmt: skip
async def test_what_gemini_withholds(
    wire: WireServer, make: MakeProvider, answer: Any, error_class: str, said: str
) -> None:
    counted = {**answer, "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}}
    for body in (framed("gemini", [counted]), json.dumps(counted).encode(), json.dumps([counted]).encode()):
        wire.answer(Script(body, headers=JSON))
        with pytest.raises(CallError, match=said.replace("(", "\\(")) as caught:
            await make(kind="gemini").reply("m", question(), unheard)
        assert caught.value.error_class == error_class
        assert caught.value.partial is not None
        assert (caught.value.partial.usage.input, caught.value.partial.usage.output) == (4, 0)


async def test_all_of_an_answer_spent_on_thinking(wire: WireServer, make: MakeProvider) -> None:
    counts = {"promptTokenCount": 4, "thoughtsTokenCount": 9, "totalTokenCount": 13}
    answer = {"candidates": [{"content": {}, "finishReason": "MAX_TOKENS"}], "usageMetadata": counts}
    reply = await asked(wire, make, "gemini", answer)
    assert (reply.text, reply.finish, reply.usage.output, reply.usage.reasoning) == ("", "length", 9, 9)


def test_arguments_in_parts() -> None:
    def part(**call: Any) -> Any:
        return {"candidates": [{"content": {"parts": [{"functionCall": call}]}}]}

    reader = read(
        "gemini",
        part(name="f", willContinue=True),
        part(
            partialArgs=[{"jsonPath": "$.a", "stringValue": "Bos", "willContinue": True}], willContinue=True
        ),
        part(partialArgs=[{"jsonPath": "$.a", "stringValue": "ton"}], willContinue=True),
        part(partialArgs=[{"jsonPath": "$.b[1].c", "numberValue": 2}], willContinue=True),
        part(),
        part(name="g", args={"x": None}),
    )
    first, second = reader.calls()
    assert (first.name, first.id, first.given) == ("f", "call_1", {"a": "Boston", "b": [None, {"c": 2}]})
    assert (second.name, second.id, second.given) == ("g", "call_2", {"x": None})


def test_signed_thoughts_go_back() -> None:
    parts = [
        {"text": "Hm", "thought": True},
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "S"},
    ]
    reader = read("gemini", {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]})
    assert reader.turn() == parts
    assert ("".join(reader.reasoning), reader.outcome) == ("Hm", "tool_calls")


@pytest.mark.parametrize(
    ("ending", "error_class", "said"),
    [
        ({"type": "response.failed", "response": {"status": "failed", "error": {"message": "oops"}}},
         "server", "oops"),
        ({"type": "response.incomplete", "response": {
            "status": "incomplete", "incomplete_details": {"reason": "content_filter"}}},
         "content_filter", "content_filter"),
        ({"type": "response.completed", "response": {"status": "completed", "output": [
            {"type": "message", "content": [{"type": "refusal", "refusal": "I will not"}]}]}},
         "refused", "I will not"),
        ({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}, "rate_limit", "slow down"),
    ],
)  # fmt: skip
async def test_how_responses_fail(
    wire: WireServer, make: MakeProvider, ending: Any, error_class: str, said: str
) -> None:
    error = await refused(wire, make, "openai-responses", ending)
    assert (error.error_class, said in error.message) == (error_class, True)


async def test_a_response_cut_by_its_limit(wire: WireServer, make: MakeProvider) -> None:
    whole = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}
    reply = await asked(wire, make, "openai-responses", {"type": "response.incomplete", "response": whole})
    assert reply.finish == "length"


async def test_a_response_that_is_still_under_way(wire: WireServer, make: MakeProvider) -> None:
    for status in ("queued", "in_progress"):
        body = f'{{"object": "response", "id": "r1", "status": "{status}", "output": []}}'
        wire.answer(Script(body.encode(), headers=JSON))
        with pytest.raises(CallError, match=f"in the background.*{status}") as caught:
            await make(kind="openai-responses").reply("m", question(), unheard)
        assert (caught.value.error_class, "background" in caught.value.hint) == ("bad_request", True)


@pytest.mark.parametrize("kind", KINDS)
@given(value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "type", "choices", "delta", "message", "content", "index", "tool_calls", "function", "candidates",
            "parts", "functionCall", "partialArgs", "jsonPath", "usage", "usageMetadata", "response", "item",
            "output", "done", "text", "input_tokens", "prompt_tokens", "promptTokenCount", "content_block",
        ]), inner, max_size=4),
    max_leaves=15,
))  # fmt: skip
def test_no_event_of_any_shape_breaks_a_reader(kind: Kind, value: Any) -> None:
    reader = dialect_of(kind).reader()
    for each in (value, {"type": "content_block_delta", "delta": value}, {"candidates": [value]},
                 {"type": "response.completed", "response": value}, {"choices": [{"delta": value}]},
                 {"type": "message_start", "message": value}, {"message": value, "done": True}):  # fmt: skip
        if isinstance(each, dict):
            assert isinstance(reader.take(each), str)
    reader.calls(), reader.turn(), reader.usage(), reader.bill({}), reader.outcome


@given(st.text(max_size=20), st.integers() | st.text(max_size=3))
def test_no_path_breaks_an_object(path: str, value: Any) -> None:
    target: dict[str, Any] = {"a": [1], "b": {"c": "x"}}
    for each in (path, f"$.{path}", f"$.a{path}", "$.a[99999999]", "$.a.x", "$.b.c[0]"):
        put(target, each, value)
    json.dumps(target)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=6),
    st.data(),
)
def test_lines_however_they_are_cut(texts: list[str], data: st.DataObject) -> None:
    body = "".join(f"{each}\n" for each in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    parser, found = LineParser(), []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        found += parser.feed(body[start:end])
    assert parser.close() is None
    wanted = [each.removeprefix("\ufeff") if at == 0 else each for at, each in enumerate(texts)]
    assert [each.data for each in found] == [each.strip(" \t\r") for each in wanted if each.strip(" \t\r")]


@pytest.mark.parametrize("parser", [LineParser, EventParser])
def test_nothing_comes_from_nothing(parser: type[LineParser] | type[EventParser]) -> None:
    made = parser()
    assert made.feed(b"") == []
    assert made.close() is None


async def test_an_error_may_come_with_counts(wire: WireServer, make: MakeProvider) -> None:
    whole = {
        "object": "response", "status": "failed", "output": [], "error": {"message": "oops"},
        "usage": {"input_tokens": 4, "output_tokens": 0},
    }  # fmt: skip
    wire.answer(Script(json.dumps(whole).encode(), headers=JSON))
    with pytest.raises(CallError, match="oops") as caught:
        await make(kind="openai-responses").reply("m", question(), unheard)
    assert caught.value.partial is not None
    assert caught.value.partial.usage.input == 4


async def test_what_was_read_is_on_record_beside_the_bytes(wire: WireServer, make: MakeProvider) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    thought = {"id": "c9", "choices": [{"delta": {"reasoning": "Hm"}}]}
    reply = await asked(wire, make, "openai", thought, *deltas(call), chunk(finish="tool_calls"))
    assert reply.raw is not None
    kept = reply.on_record()
    assert kept["reasoning"] == "Hm"
    assert kept["tool_calls"] == [{"id": "a", "name": "f", "arguments": "{}"}]


@pytest.mark.parametrize(
    ("word", "finish"),
    [("eos", "stop"), ("COMPLETE", "stop"), ("MAX_TOKENS", "length"), ("sensitive", "content_filter"),
     ("insufficient_system_resource", "error"), ("", "stop")],
)  # fmt: skip
def test_how_chats_end(word: str, finish: str) -> None:
    assert (
        read("openai", {"choices": [{"message": {"content": "Hi"}, "finish_reason": word}]}).outcome == finish
    )
