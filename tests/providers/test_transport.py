"""The transport: limits of time, size and number; connections that are used again and closed at once."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.providers.wire_server import GOOD, JSON, STREAM, Script, WireServer, chunk, sse
from tests.waiting import LONG, happens
from workbench.errors import CallError
from workbench.providers.connections import KEEP_IDLE
from workbench.providers.transport import Transport
from workbench.providers.turns import Turns
from workbench.settings import Limits

PING = b"{}"


@pytest.fixture
async def transports() -> AsyncIterator[list[Transport]]:
    """Transports that are closed afterwards."""
    made: list[Transport] = []
    yield made
    for transport in made:
        await transport.close()


@pytest.fixture
def post(wire: WireServer, transports: list[Transport]) -> Any:
    """Posts to the server and reads the answer; keyword arguments are limits."""

    async def send(url: str = "", content: bytes = PING, **limits: Any) -> tuple[int, bytes]:
        if limits or not transports:
            transports.append(Transport(Limits(**limits)))
        async with transports[-1].post(url or f"{wire.url}/x?y=1", {"X-A": "b"}, content) as (
            answer,
            deadline,
        ):
            received = b""
            async for piece in answer:
                deadline.token()
                received += piece
            return answer.status, received

    return send


def idle(transport: Transport) -> int:
    return transport._own.idle


async def failure(awaitable: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        await awaitable
    return caught.value


@pytest.mark.parametrize("length", ["chunked", "exact", "close"])
async def test_answers_of_every_length(wire: WireServer, post: Any, length: str) -> None:
    body = bytes(range(256)) * 300
    wire.answer(Script(body, 201, JSON, sizes=(1000, 1, 70_000), length=length))
    assert await post(content=b"x" * 300_000) == (201, body)
    request = wire.requests[0]
    assert (request.path, request.headers["x-a"], len(request.body)) == ("/x?y=1", "b", 300_000)
    assert request.headers["accept-encoding"] == "identity"


async def test_a_connection_serves_again(wire: WireServer, post: Any, transports: list[Transport]) -> None:
    for _ in range(3):
        await post()
    assert wire.connections == 1
    assert idle(transports[0]) == 1


async def test_a_connection_the_server_closed_is_not_used_again(wire: WireServer, post: Any) -> None:
    await post()
    await wire.stop()
    await asyncio.sleep(0.01)
    assert (await post())[0] == 200
    assert wire.connections == 2


async def test_idle_connections_are_closed(
    wire: WireServer, post: Any, transports: list[Transport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.providers.connections.KEEP_IDLE", 0.02)
    assert KEEP_IDLE > 1
    await asyncio.gather(*(post() for _ in range(4)))
    assert wire.connections == 4
    await happens(lambda: (idle(transports[0]), wire.open) == (0, 0))


async def test_no_more_than_allowed_at_once(wire: WireServer, post: Any) -> None:
    wire.answer(Script(b"{}", headers=JSON, pause=0.02))
    await post(at_once=3)
    await asyncio.gather(*(post() for _ in range(12)))
    assert wire.connections == 3


async def test_waiting_for_a_slot_is_not_on_the_clock(wire: WireServer, post: Any) -> None:
    wire.answer(Script(b"{}", headers=JSON, pause=0.7))
    first = asyncio.create_task(post(at_once=1, timeout=3.5))
    await asyncio.sleep(0)
    await asyncio.gather(first, *(post() for _ in range(5)))


async def test_cancelling_closes_the_connection_at_once(wire: WireServer, post: Any) -> None:
    wire.answer(Script(sse(chunk("Hel"), done=False), headers=STREAM, ending="stall"))
    task = asyncio.create_task(post())
    async with asyncio.timeout(LONG):
        await wire.asked.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(LONG):
        await wire.closed.wait()
    assert wire.open == 0


@pytest.mark.parametrize(
    ("limits", "script", "said", "sent"),
    [
        ({"first_token": 0.05}, Script(ending="stall"), "no first token within 0.05 s (first_token)", True),
        ({"between_tokens": 0.05}, Script(b"x", ending="stall"), "within 0.05 s (between_tokens)", True),
        (
            {"timeout": 0.1},
            Script(b"x" * 100, sizes=(1,), pause=0.01),
            "complete within 0.1 s (timeout)",
            True,
        ),
    ],
)
async def test_limits_of_time(
    wire: WireServer, post: Any, limits: dict[str, float], script: Script, said: str, sent: bool
) -> None:
    wire.answer(script)
    error = await failure(post(**limits))
    assert error.error_class == "timeout"
    assert said in error.message
    assert error.sent is sent
    async with asyncio.timeout(LONG):
        await wire.closed.wait()


async def test_no_connection_in_time(post: Any) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        error = await failure(post(f"http://127.0.0.1:{address[1]}/", connect=0.05))
        for filler in fillers:
            filler.close()
    assert (error.error_class, error.sent) == ("timeout", False)
    assert "no connection within 0.05 s" in error.message


async def test_nobody_there(post: Any) -> None:
    error = await failure(post("http://127.0.0.1:9/v1"))
    assert (error.error_class, error.sent) == ("network", False)
    assert "cannot connect" in error.message
    assert (await failure(post("http://no-such-host.invalid/v1"))).error_class in ("network", "timeout")


@pytest.mark.parametrize("length", ["chunked", "exact"])
async def test_a_connection_broken_off(wire: WireServer, post: Any, length: str) -> None:
    wire.answer(Script(b"x" * 100, sizes=(50,), length=length, ending="reset"), GOOD)
    if length == "exact":
        wire.answer(Script(b"x" * 100, headers={"Content-Length": "200"}, length="none", ending="reset"))
    error = await failure(post())
    assert (error.error_class, error.sent) == ("network", True)


@pytest.mark.parametrize(("scheme", "sent"), [("http", True), ("https", False)])
async def test_a_server_that_speaks_something_else(post: Any, scheme: str, sent: bool) -> None:
    async def noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(noise, "127.0.0.1", 0)
    error = await failure(post(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    server.close()
    assert (error.error_class, error.sent) == ("network", sent)


async def test_a_proxy_of_the_environment(
    wire: WireServer, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", wire.url)
    assert (await post("http://api.example.test/v1/x"))[0] == 200
    assert wire.requests[-1].path == "http://api.example.test/v1/x"
    await post()
    assert wire.requests[-1].path == "/x?y=1", "this machine is asked without the proxy"
    monkeypatch.setenv("no_proxy", "example.test")
    error = await failure(post("http://api.example.test/v1/x", connect=3))
    assert error.error_class in ("network", "timeout")


async def test_a_redirect_is_not_followed(wire: WireServer, post: Any) -> None:
    wire.answer(Script(b"", 307, {"Location": "http://127.0.0.1:9/elsewhere"}))
    assert await post() == (307, b"")


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_that_is_too_large(wire: WireServer, post: Any, packed: bool) -> None:
    body = b"x" * 400_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    wire.answer(Script(gzip.compress(body) if packed else body, headers=headers))
    error = await failure(post(max_bytes=100_000))
    assert error.error_class == "malformed"
    assert "larger than 100,000 bytes" in error.message
    assert "max_bytes" in error.hint


async def test_a_compressed_answer(wire: WireServer, post: Any) -> None:
    body = bytes(range(256)) * 500
    wire.answer(Script(gzip.compress(body), headers={"Content-Encoding": "gzip"}, sizes=(7,)))
    assert await post() == (200, body)
    for headers, content in (({"Content-Encoding": "br"}, b"x"), ({"Content-Encoding": "gzip"}, b"not gzip")):
        wire.answer(Script(content, headers=headers))
        assert (await failure(post())).error_class == "malformed"


async def test_many_at_once_leave_nothing_behind(
    wire: WireServer, post: Any, transports: list[Transport]
) -> None:
    before = len(asyncio.all_tasks())
    wire.answer(Script(b"{}", headers=JSON, pause=0.05))
    await asyncio.gather(*(post() for _ in range(200)))
    await transports[0].close()
    await happens(lambda: not wire.open)
    assert len(asyncio.all_tasks()) <= before + 1


async def test_turns_are_given_in_order_and_a_few_each_round() -> None:
    turns, order, rounds = Turns(2), [], 0

    async def take(number: int) -> None:
        await turns.take()
        order.append((number, rounds))

    tasks = [asyncio.create_task(take(number)) for number in range(7)]
    tasks[4].cancel()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        rounds += 1
    assert [number for number, _ in order] == [0, 1, 2, 3, 5, 6]
    per_round = [sum(1 for _, each in order if each == number) for number in range(rounds)]
    assert max(per_round) == 2
    await asyncio.sleep(0)
    await asyncio.wait_for(turns.take(), LONG)
