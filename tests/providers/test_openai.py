"""Chat completions against a real local server: what is sent, what is read, and no fault that goes unseen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.kit import CANARY, MakeProvider, question, unheard
from tests.providers.wire_server import GOOD, JSON, STREAM, USAGE, Script, WireServer, chunk, sse, usage_chunk
from tests.waiting import LONG
from workbench.errors import CallError
from workbench.providers.interrupted import carried
from workbench.providers.port import Message, ModelRequest, Reply
from workbench.settings import Settings
from workbench.usage import Price, Usage

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}
LABELS = {"billing": "invoices", "technical": "broken"}


def stream(*chunks: Any, **more: Any) -> Script:
    return Script(sse(*chunks, **more), headers=STREAM)


def says(text: str, finish: str | None = "stop", **more: Any) -> Script:
    return stream(chunk(text), chunk(finish=finish), usage_chunk(), **more)


async def ask(make: MakeProvider, request: ModelRequest | None = None, **limits: Any) -> Reply:
    return await make(**limits).reply("m", request or question(), unheard)


async def failure(make: MakeProvider, request: ModelRequest | None = None, **limits: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        await ask(make, request, **limits)
    return caught.value


async def test_a_streamed_answer(wire: WireServer, make: MakeProvider) -> None:
    pieces: list[str] = []
    request = question(params={"temperature": 0, "max_tokens": 5}, key="run/step/1/1")
    reply = await make().reply("m", request, pieces.append)
    assert pieces == ["Hel", "lo."]
    assert (reply.text, reply.finish, reply.model, reply.reply_id) == ("Hello.", "stop", "acme/m-1", "c1")
    assert reply.usage == Usage(7, None, None, 3, None, "reported")
    assert reply.first_token is not None
    assert reply.chunks[-1][1] == 6
    sent = wire.requests[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {CANARY}"
    assert len(sent.headers["idempotency-key"]) == 32
    assert sent.json == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "max_tokens": 5,
    }
    assert reply.raw is not None
    assert reply.raw["answer"]["body"] == GOOD.body.decode()
    assert "data: " in reply.raw["answer"]["body"]


async def test_the_same_attempt_has_the_same_idempotency_key(wire: WireServer, make: MakeProvider) -> None:
    for key in ("a", "a", "b"):
        await ask(make, question(key=key))
    first, second, third = (each.headers["idempotency-key"] for each in wire.requests)
    assert first == second != third


async def test_an_answer_in_one_piece(wire: WireServer, make: MakeProvider) -> None:
    message = {"role": "assistant", "content": "Hi", "reasoning_content": "hm"}
    body = {
        "id": "x",
        "model": "z",
        "choices": [{"message": message, "finish_reason": "length"}],
        "usage": USAGE,
    }
    wire.answer(Script(json.dumps(body).encode(), headers=JSON))
    reply = await ask(make)
    assert (reply.text, reply.reasoning, reply.finish) == ("Hi", "hm", "length")
    assert reply.usage.output == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("sizes", [(1,), (3, 1, 17), (1 << 20,)])
async def test_line_ends_marks_comments_and_odd_characters(
    wire: WireServer, make: MakeProvider, newline: str, sizes: tuple[int, ...]
) -> None:
    text = "a\u2028b\u0085c\x0cd🙂€"
    events = [json.dumps(each, ensure_ascii=False) for each in (chunk(text), chunk(finish="stop"))]
    body = (
        "\ufeff: hello"
        + newline
        + "".join(f"id: 1{newline}data:{e}{newline}{newline}:{newline}" for e in events)
    )
    wire.answer(Script(f"{body}data: [DONE]{newline}{newline}".encode(), headers=STREAM, sizes=sizes))
    reply = await ask(make)
    assert (reply.text, reply.finish, reply.usage.state) == (text, "stop", "unknown")


async def test_halves_of_characters(wire: WireServer, make: MakeProvider) -> None:
    body = sse(chunk("a\ud83d"), chunk("\ude42b\ud83d"), chunk("c", "stop"))
    wire.answer(Script(body, headers=STREAM))
    pieces: list[str] = []
    reply = await make().reply("m", question(), pieces.append)
    assert reply.text == "a🙂b\ufffdc"
    for kept in (*pieces, reply.text, json.dumps(reply.raw)):
        kept.encode()


async def test_a_last_event_without_its_blank_line_counts(wire: WireServer, make: MakeProvider) -> None:
    body = sse(chunk("Hi", "stop"), usage_chunk(), done=False)
    wire.answer(Script(body.rstrip(b"\n"), headers=STREAM), Script(body + b"data: [DONE]", headers=STREAM))
    for _ in range(2):
        assert (await ask(make)).usage.output == 3


async def test_the_end_mark_alone_completes(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(stream(chunk("Hi")))
    assert (await ask(make)).finish == "stop"


async def test_a_server_that_keeps_the_connection_after_its_end_mark(
    wire: WireServer, make: MakeProvider
) -> None:
    wire.answer(replace(says("Hi"), ending="stall"))
    async with asyncio.timeout(LONG):
        assert (await ask(make)).text == "Hi"


@pytest.mark.parametrize(
    ("script", "error_class", "said", "text", "finish"),
    [
        (stream(chunk("Hel"), done=False), "network", "before its final marker", "Hel", "cut"),
        (stream(done=False), "network", "cut", "", "error"),
        (Script(b"", headers=STREAM), "network", "before it began", "", "error"),
        (
            Script(sse(chunk("Hel"), chunk("lo"))[:-40], headers=STREAM),
            "network",
            "middle of an event",
            "Hel",
            "cut",
        ),
        (
            Script(sse(chunk("Hi", "stop"), usage_chunk())[:-60], headers=STREAM),
            "network",
            "middle of an event",
            "Hi",
            "cut",
        ),
        (
            replace(stream(chunk("Hel"), done=False), ending="reset"),
            "network",
            "connection broke",
            "Hel",
            "cut",
        ),
        (
            Script(b"<html><title>Login</title></html>", headers={"content-type": "text/html"}),
            "malformed",
            "text/html instead of JSON",
            "",
            "error",
        ),
        (Script(b"<html>", headers=STREAM), "malformed", "instead of JSON", "", "error"),
        (Script(b"", headers=JSON), "network", "before it began", "", "error"),
        (Script(b"{}", headers=JSON), "malformed", "without a choice", "", "error"),
        (Script(b"[1]", headers=JSON), "malformed", "without a choice", "", "error"),
        (Script(b'{"choices": [{"message"', headers=JSON), "network", "cut", "", "error"),
        (Script(b"data: {broken\n\n", headers=STREAM), "malformed", "not JSON", "", "error"),
        (Script(b"data: [1]\n\n", headers=STREAM), "malformed", "no object", "", "error"),
        (Script(b"data: " + b"[" * 100_000 + b"\n\n", headers=STREAM), "malformed", "nested", "", "error"),
        (
            stream(chunk("Hel"), {"error": {"message": "Overloaded", "type": "overloaded_error"}}),
            "server",
            "Overloaded",
            "Hel",
            "cut",
        ),
        (
            Script(sse(chunk("Hel"), done=False) + b"event: error\ndata: out of luck\n\n", headers=STREAM),
            "server",
            "out of luck",
            "Hel",
            "cut",
        ),
        (
            Script(b'event: error\ndata: {"message": "slow down", "code": "rate_limit"}\n\n', headers=STREAM),
            "rate_limit",
            "slow down",
            "",
            "error",
        ),
        (
            Script(b'{"error": {"message": "no", "code": "content_filter", "status": 400}}', headers=JSON),
            "content_filter",
            "no",
            "",
            "error",
        ),
        (
            stream(chunk("Hel"), chunk(finish="content_filter"), usage_chunk()),
            "content_filter",
            "withheld",
            "Hel",
            "content_filter",
        ),
        (
            stream({"choices": [{"delta": {"refusal": "I will not."}}]}, chunk(finish="stop"), usage_chunk()),
            "refused",
            "I will not.",
            "",
            "refused",
        ),
        (
            stream(chunk("Hel"), chunk(finish="error"), usage_chunk()),
            "server",
            "with an error",
            "Hel",
            "error",
        ),
    ],
)
async def test_no_fault_is_silent(
    wire: WireServer, make: MakeProvider, script: Script, error_class: str, said: str, text: str, finish: str
) -> None:
    wire.answer(script)
    error = await failure(make)
    assert error.error_class == error_class, error.message
    assert said in error.message
    assert error.partial is not None
    assert (error.partial.text, error.partial.finish) == (text, finish)
    assert error.partial.raw is not None
    assert error.sent
    if script.body:
        assert error.partial.raw["answer"]["body"]


async def test_what_a_withheld_answer_cost_is_known(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(stream(chunk("x"), chunk(finish="content_filter"), usage_chunk(**USAGE, cost=0.25)))
    partial = (await failure(make)).partial
    assert partial is not None
    assert (partial.usage.output, partial.billed_nano) == (3, 250_000_000)


@pytest.mark.parametrize(
    ("limits", "script", "text"),
    [
        (
            {"first_token": 0.1},
            Script(b": still thinking\n\n" * 40, headers=STREAM, sizes=(18,), pause=0.02),
            "",
        ),
        ({"between_tokens": 0.05}, replace(stream(chunk("Hel"), done=False), ending="stall"), "Hel"),
        ({"timeout": 0.2}, Script(sse(*[chunk("x")] * 90), headers=STREAM, sizes=(100,), pause=0.01), "x"),
    ],
)
async def test_limits_of_time(
    wire: WireServer, make: MakeProvider, limits: dict[str, float], script: Script, text: str
) -> None:
    wire.answer(script)
    error = await failure(make, **limits)
    assert error.error_class == "timeout"
    assert next(iter(limits)) in error.message
    assert error.partial is not None
    assert error.partial.text.startswith(text)


async def test_an_answer_without_end_is_stopped(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(Script(sse(*[chunk("x" * 1000)] * 500), headers=STREAM, sizes=(5000,)))
    error = await failure(make, max_bytes=50_000)
    assert error.error_class == "malformed"
    assert error.partial is not None
    assert error.partial.finish == "cut"
    assert 10_000 < len(error.partial.text) < 50_000


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_refusals(wire: WireServer, make: MakeProvider, status: int) -> None:
    body = {"error": {"message": "no, because", "code": "x"}}
    wire.answer(Script(json.dumps(body).encode(), status, {**JSON, "Retry-After": "3", "Set-Cookie": "c=1"}))
    error = await failure(make)
    assert "no, because" in error.message
    assert error.retry_after == 3
    assert error.partial is not None
    assert error.partial.raw is not None
    assert error.partial.raw["answer"]["status"] == status
    assert "set-cookie" not in error.partial.raw["answer"]["headers"]


async def test_retry_after_on_a_good_answer_means_nothing(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(replace(GOOD, headers={**STREAM, "Retry-After": "30"}))
    assert (await ask(make)).text == "Hello."


# --- structured answers ------------------------------------------------------------------------------------


async def test_an_answer_by_a_schema(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(says('```json\n{"n": 3}\n```'))
    reply = await ask(make, question(schema=SCHEMA))
    assert reply.data == {"n": 3}
    asked = wire.requests[0].json["response_format"]
    assert asked == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }


async def test_strict_only_where_the_schema_is(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(says("{}"))
    loose = {"type": "object", "properties": {"n": {"type": "integer"}}}
    await ask(make, question(schema=loose))
    assert wire.requests[0].json["response_format"]["json_schema"]["strict"] is False


@pytest.mark.parametrize("finish", ["stop", "length"])
async def test_an_answer_that_is_not_what_was_asked_for(
    wire: WireServer, make: MakeProvider, finish: str
) -> None:
    wire.answer(says('{"n": ', finish))
    error = await failure(make, question(schema=SCHEMA))
    assert error.error_class == "malformed"
    assert ("max_tokens" in error.message) is (finish == "length")
    assert error.partial is not None
    assert (error.partial.text, error.partial.usage.output) == ('{"n": ', 3)


def refuses(parameter: str) -> Script:
    body = {
        "error": {"message": f"Unsupported parameter: '{parameter}' is not supported", "param": parameter}
    }
    return Script(json.dumps(body).encode(), 400, JSON)


async def test_a_server_without_schemas_is_asked_in_words(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(refuses("response_format"), refuses("response_format"), says('{"n": 3}'))
    provider = make()
    assert (await provider.reply("m", question(schema=SCHEMA), unheard)).data == {"n": 3}
    tried = [each.json.get("response_format", {}).get("type") for each in wire.requests]
    assert tried == ["json_schema", "json_object", None]
    assert '"integer"' in wire.requests[-1].json["messages"][0]["content"]
    await provider.reply("m", question(schema=SCHEMA), unheard)
    assert len(wire.requests) == 4, "what was learnt is remembered"


async def test_other_ways_to_say_things(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(refuses("stream_options"), refuses("max_tokens: use 'max_completion_tokens'"), GOOD)
    await ask(make, question(params={"max_tokens": 9}, key="k"))
    assert len({each.headers["idempotency-key"] for each in wire.requests}) == 3
    last = wire.requests[-1].json
    assert "stream_options" not in last
    assert (last.get("max_completion_tokens"), last.get("max_tokens")) == (9, None)


async def test_another_bad_request_is_not_said_otherwise(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(refuses("temperature"))
    assert (await failure(make, question(schema=SCHEMA))).error_class == "bad_request"
    assert len(wire.requests) == 1


async def test_parameters_that_are_ours(wire: WireServer, make: MakeProvider) -> None:
    error = await failure(make, question(params={"stream": False}))
    assert (error.error_class, error.sent, wire.requests) == ("bad_request", False, [])


async def test_classify(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(says('{"label": "billing"}'))
    request = ModelRequest("classify", (Message("user", "My invoice"),), text="My invoice", labels=LABELS)
    reply = await ask(make, request)
    assert reply.data == {"label": "billing", "confidence": None, "scores": {}}
    schema = wire.requests[0].json["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["label"]["enum"] == ["billing", "technical"]


async def test_classify_with_probabilities(wire: WireServer, make: MakeProvider) -> None:
    tokens = [('{"label": "', 0.0), ("bill", -0.1), ("ing", -0.2), ('"}', 0.0)]
    logprobs = {"content": [{"token": token, "logprob": value} for token, value in tokens]}
    one = chunk('{"label": "billing"}', "stop")
    one["choices"][0]["logprobs"] = logprobs
    wire.answer(stream(one))
    reply = await ask(make, ModelRequest("classify", (Message("user", "x"),), labels=LABELS))
    assert reply.data == {"label": "billing", "confidence": 0.740818, "scores": {"billing": 0.740818}}


async def test_classify_into_something_else(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(says('{"label": "other"}'))
    error = await failure(make, ModelRequest("classify", (Message("user", "x"),), labels=LABELS))
    assert error.error_class == "malformed"


async def test_tool_calls_do_not_disturb(wire: WireServer, make: MakeProvider) -> None:
    call = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
    odd = {"choices": [{"index": 0, "delta": {"tool_calls": [call], "content": None}, "finish_reason": None}]}
    wire.answer(stream(odd, chunk(finish="")))
    reply = await ask(make)
    assert (reply.text, reply.finish) == ("", "tool_calls")


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": None},
        {"choices": [None, 3, {"index": 1, "delta": {"content": "other"}}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": 5, "tool_calls": "x", "refusal": []}}]},
        {"usage": 3, "model": None, "id": 7},
        {"choices": [{"delta": {}, "logprobs": {"content": [None, {}]}}]},
        {"usage": {"prompt_tokens": -1, "completion_tokens": "3", "cost": "x", "prompt_tokens_details": []}},
        {"choices": [{"finish_reason": 3, "delta": {"reasoning_details": [None, {"text": 3}]}}]},
    ],
)
async def test_odd_chunks_are_passed_over(wire: WireServer, make: MakeProvider, odd: Any) -> None:
    wire.answer(stream(chunk("Hi"), odd, chunk(finish="stop")))
    reply = await ask(make)
    assert (reply.text, reply.finish) == ("Hi", "stop")
    assert reply.usage.input is None
    assert reply.billed_nano is None


async def test_cancelling(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(replace(stream(chunk("Hel"), done=False), ending="stall"))
    arrived = asyncio.Event()
    task = asyncio.create_task(make().reply("m", question(), lambda text: arrived.set()))
    await asyncio.wait_for(arrived.wait(), LONG)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(wire.closed.wait(), LONG)
    assert wire.open == 0


async def test_what_had_arrived_when_it_was_stopped(wire: WireServer, make: MakeProvider) -> None:
    started = stream(chunk("Hel"), usage_chunk(), done=False)
    wire.answer(replace(started, ending="stall"))
    loop, seen = asyncio.get_running_loop(), asyncio.Event()
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(LONG) as limit:
            await make().reply("m", question(), lambda text: limit.reschedule(loop.time() + 0.2))
    partial = carried(caught.value)
    assert partial is not None
    assert (partial.text, partial.finish, partial.usage.output) == ("Hel", "cut", 3)
    task = asyncio.create_task(make().reply("m", question(), lambda text: seen.set()))
    await asyncio.wait_for(seen.wait(), LONG)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as stopped:
        await task
    arrived = carried(stopped.value)
    assert arrived is not None
    assert arrived.text == "Hel"
    assert carried(ValueError("x")) is None


async def test_what_is_known_of_models(make: MakeProvider) -> None:
    price = Price(1, 2)
    provider = make(Settings(prices={"acme/big": price, "other/x": price}))
    assert [each.name for each in provider.models()] == ["acme/big", "acme/*"]
    assert provider.info("big").price == price
    assert provider.info("small").price is None
    assert provider.info("small").available
