"""What servers send that speak a protocol in their own way."""

from __future__ import annotations

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
