"""What servers send that speak a protocol in their own way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.kit import MakeProvider, question, unheard
from tests.providers.protocols import framed, headers
from tests.providers.test_answers import asked, deltas, read, refused
from tests.providers.wire_server import Script, WireServer, chunk
from workbench.errors import CallError, ErrorClass
from workbench.providers.dialects import dialect_of
from workbench.providers.faults import fault_in_stream, read_fault
from workbench.providers.port import Finish
from workbench.providers.speech import PLAIN
from workbench.settings import Kind


def call(name: str = "", arguments: str = "", **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **more}


@pytest.mark.parametrize(
    "pieces",
    [
        # the same number for each call, and no ids
        [call("f", '{"x": 1}', index=0, id=""), call("g", "{}", index=0, id="")],
        # no numbers, and the id with every piece
        [call("f", '{"x"', id="a"), call("f", ": 1}", id="a"), call("g", "{}", id="b")],
        # another number for the arguments than for the call
        [call("f", "", index=1, id="a"), call("", '{"x": 1}', index=0), call("g", "{}", index=2, id="b")],
        # numbers, and the name with every piece
        [call("f", '{"x"', index=0), call("f", ": 1}", index=0), call("g", "{}", index=1)],
    ],
)
def test_calls_however_they_are_numbered(pieces: list[dict[str, Any]]) -> None:
    found = read("openai", *deltas(*pieces)).calls()
    assert [(each.name, each.given) for each in found] == [("f", {"x": 1}), ("g", {})]


async def test_a_null_that_is_a_word_ends_nothing(wire: WireServer, make: MakeProvider) -> None:
    body = framed("openai", [chunk("One ", "null"), chunk("two ", "None")])
    wire.answer(Script(body.replace(b"data: [DONE]\n\n", b""), headers=headers("openai")))
    with pytest.raises(CallError, match="cut"):
        await make().reply("m", question(), unheard)
    assert (await asked(wire, make, "openai", chunk("One", "null"), chunk(finish="stop"))).text == "One"


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("COMPLETE", "stop"), ("MAX_TOKENS", "length"), ("ERROR_TOXIC", "content_filter"),
        ("content_filter: PROHIBITED_CONTENT", "content_filter"), ("MALFORMED_FUNCTION_CALL", "error"),
        ("internal_error", "error"), ("time_limit", "stop"),
    ],
)  # fmt: skip
def test_reasons_nobody_announced(word: str, finish: Finish) -> None:
    assert read("openai", chunk("x", word)).outcome == finish


async def test_the_whole_message_beside_each_piece(wire: WireServer, make: MakeProvider) -> None:
    pieces = [
        {"choices": [{"index": 0, "delta": {"content": "One "}, "message": {"content": "One "}}]},
        {"choices": [{"index": 0, "delta": {"content": "two."}, "message": {"content": "One two."}}]},
        {"choices": [{"index": 0, "delta": {}, "message": {"content": "One two."}, "finish_reason": "stop"}]},
    ]
    assert (await asked(wire, make, "openai", *pieces)).text == "One two."
    whole = {"choices": [{"delta": {}, "message": {"content": "All."}, "finish_reason": "stop"}]}
    assert "".join(read("openai", whole).text) == "All."


async def test_an_error_within_a_choice(wire: WireServer, make: MakeProvider) -> None:
    broken = {"choices": [{"finish_reason": "error", "error": {"code": 502, "message": "upstream broke"}}]}
    error = await refused(wire, make, "openai", chunk("So far"), broken)
    assert (error.error_class, "upstream broke" in error.message) == ("server", True)
    assert error.partial is not None
    assert (error.partial.text, error.partial.finish) == ("So far", "error")


def test_thinking_as_a_part_of_the_content() -> None:
    parts = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "text", "text": "Yes."},
    ]
    reader = read("openai", {"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]})
    assert ("".join(reader.text), "".join(reader.reasoning)) == ("Yes.", "Hm.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"Message": "no such thing"}, "no such thing"),
        ({"error_code": 336003, "error_msg": "bad key"}, "bad key"),
        ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}, "choices": None}, "login fail"),
        ({"title": "Bad", "status": 400}, "Bad"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
    ],
)
def test_errors_of_other_shapes(body: dict[str, Any], said: str) -> None:
    assert read_fault(body).message == said


def test_errors_that_come_with_status_200() -> None:
    for body in (
        {"error_code": 1, "error_msg": "x"},
        {"base_resp": {"status_code": 1004, "status_msg": "x"}},
    ):
        assert fault_in_stream("acme", body) is not None
    fine = {"base_resp": {"status_code": 0, "status_msg": "success"}, "error_code": 0, "error_msg": ""}
    assert fault_in_stream("acme", fine) is None


@pytest.mark.parametrize(
    ("code", "error_class"), [("rate_limit_exceeded", "rate_limit"), ("server_error", "server")]
)
async def test_a_response_fails_as_its_error_says(
    wire: WireServer, make: MakeProvider, code: str, error_class: ErrorClass
) -> None:
    failed = {"status": "failed", "error": {"code": code, "message": "it broke"}, "output": []}
    error = await refused(wire, make, "openai-responses", {"type": "response.failed", "response": failed})
    assert (error.error_class, "it broke" in error.message) == (error_class, True)


def test_messages_of_servers_that_leave_out_or_repeat() -> None:
    whole = {
        "type": "content_block_start",
        "content_block": {"type": "tool_use", "name": "f", "input": {"x": 1}},
    }
    again = {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": '{"x": 1}'}}
    empty = {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": ""}}
    for events in ((whole, again), (whole, empty), (whole,)):
        assert [each.given for each in read("anthropic", *events).calls()] == [{"x": 1}]
    text = {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}
    said = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}}
    odd = (
        {"type": "message_start", "message": None},
        {"type": "vertex_event", "usage": {}},
        {"type": "ping"},
    )
    assert "".join(read("anthropic", *odd, text, said).text) == "Hi"


@pytest.mark.parametrize(
    ("kind", "base", "url"),
    [
        ("openai", "http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("openai-responses", "http://h/v1/responses", "http://h/v1/responses"),
        ("anthropic", "http://h/v1/messages", "http://h/v1/messages"),
        ("ollama", "http://h/api/chat", "http://h/api/chat"),
    ],
)
def test_whole_addresses(kind: Kind, base: str, url: str) -> None:
    assert dialect_of(kind).url(base, "m", PLAIN) == url


STOP = chunk(finish="stop")
MARKED = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"code": 500, "msg": "busy"}, "busy"),
        ({"status": "error", "message": "overloaded"}, "overloaded"),
        ({"success": False, "errors": [{"code": 3040, "message": "no capacity"}]}, "no capacity"),
        ({"detail": "worker died"}, "worker died"),
        ({"choices": [], "x_groq": {"id": "r", "error": "over capacity"}}, "over capacity"),
        ({"choices": [{"delta": {}, "finish_reason": {"type": "abort"}}]}, "error"),
    ],
)
async def test_what_failed_in_the_middle_is_never_complete(
    wire: WireServer, make: MakeProvider, event: dict[str, Any], said: str
) -> None:
    error = await refused(wire, make, "openai", chunk("So far"), event)
    assert error.error_class == "server"
    assert said in error.message
    assert error.partial is not None
    assert error.partial.text == "So far"


async def test_an_end_mark_alone_is_no_answer(wire: WireServer, make: MakeProvider) -> None:
    error = await refused(wire, make, "openai")
    assert (error.error_class, "without a choice" in error.message) == ("malformed", True)


async def test_an_error_as_a_field_of_the_stream(wire: WireServer, make: MakeProvider) -> None:
    body = framed("openai", [chunk("So far")]).removesuffix(MARKED)
    wire.answer(Script(body + b'error: {"error": {"message": "failed to decode"}}\n\n'))
    with pytest.raises(CallError, match="failed to decode"):
        await make().reply("m", question(), unheard)


@pytest.mark.parametrize("mark", [b"data:[DONE]\n\n", b"data: [done]\n\n", b'data: "[DONE]"\n\n'])
async def test_end_marks(wire: WireServer, make: MakeProvider, mark: bytes) -> None:
    body = framed("openai", [chunk("Hi")]).removesuffix(MARKED)
    wire.answer(Script(body + mark, headers=headers("openai")))
    assert (await make().reply("m", question(), unheard)).text == "Hi"


@pytest.mark.parametrize(
    "noise", [b"data: null", b"event: ping\ndata: ping", b"data: keep-alive", b"data: {}"]
)
async def test_events_that_only_keep_the_connection(
    wire: WireServer, make: MakeProvider, noise: bytes
) -> None:
    wire.answer(Script(noise + b"\n\n" + framed("openai", [chunk("Hi"), STOP]), headers=headers("openai")))
    assert (await make().reply("m", question(), unheard)).text == "Hi"


async def test_events_that_no_blank_line_parts(wire: WireServer, make: MakeProvider) -> None:
    body = framed("openai", [chunk("One "), chunk("two."), STOP]).replace(b"\n\n", b"\n")
    wire.answer(Script(body, headers=headers("openai"), sizes=(3, 50)))
    assert (await make().reply("m", question(), unheard)).text == "One two."


@pytest.mark.parametrize(
    "where",
    [
        {"choices": [{"delta": {}, "usage": {"prompt_tokens": 7, "completion_tokens": 3}}]},
        {"choices": [], "usage": {"input_tokens": 7, "output_tokens": 3}},
        {"choices": [], "timings": {"cache_n": 2, "prompt_n": 5, "predicted_n": 3}},
    ],
)
def test_where_the_counts_are(where: dict[str, Any]) -> None:
    usage = read("openai", chunk("Hi"), where).usage()
    assert (usage.input_total, usage.output, usage.state) == (7, 3, "reported")


def test_zeros_at_the_end_count_for_nothing() -> None:
    counted = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    zeros = {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}
    assert read("openai", counted, zeros).usage().output == 3
    assert read("openai", zeros).usage().output == 0


@pytest.mark.parametrize(
    "delta", [{"reasoning_text": "Hm."}, {"thinking": "Hm."}, {"reasoning": {"text": "Hm."}}]
)
def test_where_the_thinking_is(delta: dict[str, Any]) -> None:
    assert "".join(read("openai", {"choices": [{"delta": delta}]}).reasoning) == "Hm."


def test_a_call_without_a_function() -> None:
    calls = read("openai", *deltas({"id": "a", "name": "f", "arguments": {"x": 1}})).calls()
    assert [(each.name, each.given, each.id) for each in calls] == [("f", {"x": 1}, "a")]


def test_content_as_one_part() -> None:
    part = {"choices": [{"delta": {"content": {"type": "text", "text": "Hi"}}}]}
    assert "".join(read("openai", part).text) == "Hi"


DELTA = {"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "delta": "Hx"}
ANSWER = {"id": "r", "object": "response", "status": "completed"}


@pytest.mark.parametrize(
    "events",
    [
        # the closing event is right where the pieces were not
        [DELTA, {"type": "response.completed", "response": {**ANSWER, "output": [
            {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]}}],
        [{"type": "response.done", "response": {**ANSWER, "output_text": "Hi", "output": []}}],
        [{"type": "response.output_text.done", "item_id": "i", "text": "Hi"},
         {"type": "response.completed", "response": ANSWER}],
        [{**ANSWER, "output": [{"type": "message", "content": "Hi"}],
          "usage": {"prompt_tokens": 7, "completion_tokens": 3}}],
    ],
)  # fmt: skip
def test_responses_of_other_servers(events: list[dict[str, Any]]) -> None:
    reader = read("openai-responses", *events)
    assert ("".join(reader.text), reader.outcome, reader.is_whole) == ("Hi", "stop", True)
    assert reader.usage().input == (7 if "usage" in events[0] else None)


async def test_a_second_message_in_the_middle_of_one(wire: WireServer, make: MakeProvider) -> None:
    begin = {"type": "message_start", "message": {"id": "m", "content": []}}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "One"}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    error = await refused(wire, make, "anthropic", begin, block, begin, block, end, {"type": "message_stop"})
    assert (error.error_class, "a second message" in error.message) == ("malformed", True)


@pytest.mark.parametrize("kind", [{"type": "message"}, {}])
def test_messages_in_short(kind: dict[str, Any]) -> None:
    reader = read("anthropic", {**kind, "content": "Hi", "stop_reason": "end_turn"})
    assert ("".join(reader.text), reader.outcome, reader.is_whole) == ("Hi", "stop", True)
    assert read("anthropic", {**kind, "content": "Hi", "stop_reason": "content_filtered"}).outcome == (
        "content_filter"
    )


def test_gemini_behind_gateways() -> None:
    hi = {"content": {"parts": [{"text": "Hi"}]}}
    two = {"candidates": [hi, {"content": {"parts": [{"text": "no"}]}}]}
    for reason, outcome in ((1, "stop"), (2, "length"), (3, "content_filter"), (99, "error")):
        reader = read("gemini", two, {"response": {"candidates": [{"finishReason": reason}]}})
        assert ("".join(reader.text), reader.outcome) == ("Hi", outcome)


async def test_an_answer_of_ollama_set_in_lines(wire: WireServer, make: MakeProvider) -> None:
    value = {"model": "m", "message": {"content": "Hi"}, "done": True, "done_reason": "stop"}
    for body in (json.dumps(value, indent=1), json.dumps(value)):
        wire.answer(Script(body.encode(), headers={"content-type": "application/json"}, sizes=(1,)))
        assert (await make(kind="ollama").reply("m", question(), unheard)).text == "Hi"
