"""The same faults in every protocol: none is silent, none ends in a traceback, none counts as complete."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.providers.kit import MakeProvider, question, unheard
from tests.providers.protocols import ERRORS, KINDS, events, framed, headers, stream
from tests.providers.wire_server import JSON, Script, WireServer
from tests.waiting import LONG
from workbench.errors import CallError
from workbench.providers.interrupted import carried
from workbench.providers.port import Reply
from workbench.providers.retry import RetryPolicy, retrying
from workbench.settings import Kind

every_kind = pytest.mark.parametrize("kind", KINDS)
ODD = (7, 1, 31, 2, 113)


async def ask(make: MakeProvider, kind: Kind, **limits: float) -> Reply:
    return await make(kind=kind, **limits).reply("m", question(), unheard)


async def failure(make: MakeProvider, kind: Kind, **limits: float) -> CallError:
    with pytest.raises(CallError) as caught:
        await ask(make, kind, **limits)
    error = caught.value
    assert error.partial is None or error.partial.finish in ("cut", "error")
    return error


@every_kind
@pytest.mark.parametrize("sizes", [(1,), ODD, (1 << 20,)])
async def test_a_good_answer(
    wire: WireServer, make: MakeProvider, kind: Kind, sizes: tuple[int, ...]
) -> None:
    wire.answer(Script(stream(kind), headers=headers(kind), sizes=sizes))
    pieces: list[str] = []
    reply = await make(kind=kind).reply("m", question(), pieces.append)
    assert (reply.text, reply.finish, "".join(pieces)) == ("One two three.", "stop", "One two three.")
    assert (reply.usage.input, reply.usage.output, reply.usage.state) == (7, 3, "reported")
    assert reply.model == "acme/m-1"
    assert reply.first_token is not None
    assert reply.raw is not None
    assert "Hello?" not in json.dumps(reply.raw["request"])


@every_kind
@pytest.mark.parametrize("length", ["chunked", "close", "exact"])
async def test_a_stream_without_its_end_is_cut(
    wire: WireServer, make: MakeProvider, kind: Kind, length: str
) -> None:
    until = {"openai": 3, "openai-responses": 4, "anthropic": 6, "gemini": 2, "ollama": 3}[kind]
    body = framed(kind, events(kind)[:until]).replace(b"data: [DONE]\n\n", b"")
    wire.answer(Script(body, headers=headers(kind), length=length))
    error = await failure(make, kind)
    assert error.error_class == "network"
    assert "cut" in error.message
    assert error.partial is not None
    assert error.partial.finish == "cut"
    assert error.partial.text.startswith("One two ")


@every_kind
async def test_what_a_cut_answer_came_to_is_unknown(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    counted = events(kind)
    if kind in ("openai", "gemini", "ollama"):  # some servers count along
        key, counts = {
            "openai": ("usage", {"prompt_tokens": 7, "completion_tokens": 1}),
            "gemini": ("usageMetadata", {"promptTokenCount": 7, "candidatesTokenCount": 1}),
        }.get(kind, ("prompt_eval_count", 7))
        counted = [{**each, key: counts} for each in counted]
    body = framed(kind, counted[: 2 if kind == "gemini" else 3]).replace(b"data: [DONE]\n\n", b"")
    wire.answer(Script(body, headers=headers(kind)))
    partial = (await failure(make, kind)).partial
    assert partial is not None
    known = None if kind == "openai-responses" else 7
    assert (partial.usage.input, partial.usage.output) == (known, None)


async def test_a_connection_closed_without_a_word(wire: WireServer, make: MakeProvider) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        error = await failure(make, "openai")
    assert (error.error_class, error.sent) == ("network", True)
    assert "closed it without an answer" in error.message


@every_kind
async def test_a_cut_inside_an_event(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    body = stream(kind)
    wire.answer(Script(body[: body.index(b"two") + 1], headers=headers(kind)))
    error = await failure(make, kind)
    assert error.error_class == "network"
    assert error.partial is not None
    assert (error.partial.text, error.partial.finish) == ("One ", "cut")


@every_kind
async def test_a_reset_and_a_stall(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    body = framed(kind, events(kind)[:-2]).replace(b"data: [DONE]\n\n", b"")
    wire.answer(Script(body, headers=headers(kind), ending="reset"))
    assert (await failure(make, kind)).error_class == "network"
    wire.answer(Script(body, headers=headers(kind), ending="stall"))
    error = await failure(make, kind, between_tokens=0.05, first_token=0.05)
    assert error.error_class == "timeout"
    assert error.partial is not None
    assert error.partial.text.startswith("One ")


@every_kind
async def test_an_error_in_a_stream(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    body = framed(kind, [*events(kind)[:-2], ERRORS[kind]])
    wire.answer(Script(body, headers=headers(kind)))
    error = await failure(make, kind)
    assert error.error_class == "server"
    assert "it broke" in error.message
    wire.answer(Script(json.dumps(ERRORS[kind]).encode(), headers=JSON))
    assert "it broke" in (await failure(make, kind)).message


@every_kind
@pytest.mark.parametrize("status", [200, 502])
async def test_a_web_page(wire: WireServer, make: MakeProvider, kind: Kind, status: int) -> None:
    page = b"<!DOCTYPE html><html><title>Login</title></html>"
    wire.answer(Script(page, status, {"content-type": "text/html"}))
    error = await failure(make, kind)
    assert error.error_class == ("malformed" if status == 200 else "server")
    assert "text/html" in error.message or "web page" in error.message


@every_kind
async def test_broken_json_in_an_event(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    good = events(kind)
    wire.answer(Script(framed(kind, [*good[:-2], '{"broken": ', *good[-2:]]), headers=headers(kind)))
    error = await failure(make, kind)
    assert error.error_class == "malformed"
    assert "not JSON" in error.message


@every_kind
async def test_missing_counts_are_unknown(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    wire.answer(Script(stream(kind, usage=False), headers=headers(kind)))
    reply = await ask(make, kind)
    assert (reply.usage.state, reply.usage.input, reply.usage.output) == ("unknown", None, None)


@every_kind
@pytest.mark.parametrize("sizes", [(1,), ODD])
async def test_marks_breaks_and_halves(
    wire: WireServer, make: MakeProvider, kind: Kind, sizes: tuple[int, ...]
) -> None:
    texts = ("a\u2028b\u0085c\x0cd ", "\ud83d", "\ude00 \ud800!")
    body = b"\xef\xbb\xbf" + stream(kind, texts, newline="\r\n")
    wire.answer(Script(body, headers=headers(kind), sizes=sizes))
    assert (await ask(make, kind)).text == "a\u2028b\u0085c\x0cd \U0001f600 \ufffd!"
    plain = stream(kind, ("a\u2028b ", "é\U0001f600", "."), ascii=False)
    if kind != "ollama":
        plain = b": keep-alive\n\nid: 1\nretry: 5\n\n" + plain.replace(b"data: ", b"data:")
    wire.answer(Script(plain, headers=headers(kind), sizes=sizes))
    assert (await ask(make, kind)).text == "a\u2028b é\U0001f600."


@every_kind
@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize("wait", [None, "0"])
async def test_busy_then_fine(
    wire: WireServer, make: MakeProvider, kind: Kind, status: int, wait: str | None
) -> None:
    busy = Script(json.dumps(ERRORS[kind]).encode(), status, JSON if wait is None else {"retry-after": wait})
    wire.answer(busy, Script(stream(kind), headers=headers(kind)))
    provider, failed = make(kind=kind), []

    async def attempt() -> Reply:
        try:
            return await provider.reply("m", question(), unheard)
        except CallError as error:
            failed.append(error)
            raise

    reply = await retrying(attempt, policy=RetryPolicy(first_wait=0.001))
    assert reply.text == "One two three."
    assert len(failed) == 1
    assert failed[0].retry_after == (None if wait is None else 0)
    assert "it broke" in failed[0].message


@every_kind
async def test_stopping_a_stream_closes_its_connection(
    wire: WireServer, make: MakeProvider, kind: Kind
) -> None:
    body = framed(kind, events(kind)[:-2]).replace(b"data: [DONE]\n\n", b"")
    wire.answer(Script(body, headers=headers(kind), ending="stall"))
    seen = asyncio.Event()
    task = asyncio.create_task(make(kind=kind).reply("m", question(), lambda text: seen.set()))
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as stopped:
        await task
    await asyncio.wait_for(wire.closed.wait(), LONG)
    partial = carried(stopped.value)
    assert partial is not None
    assert partial.finish == "cut"
    assert partial.text.startswith("One ")


@every_kind
async def test_an_empty_answer(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    for body in (b"", b"\n\n", b"{}", b"[]", b"null", b"data: {}\n\n"):
        wire.answer(Script(body, headers=JSON))
        assert (await failure(make, kind)).error_class in ("network", "malformed")


@every_kind
async def test_a_large_answer_is_stopped(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    wire.answer(Script(stream(kind, ["word " * 2000] * 30), headers=headers(kind)))
    error = await failure(make, kind, max_bytes=100_000)
    assert "larger than 100,000 bytes" in error.message
    assert error.partial is not None
    assert error.partial.finish == "cut"
