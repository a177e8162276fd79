"""What one request costs: our connections, bare aiohttp, and the stock pool of httpx, side by side.

    python -m benchmarks.transport [--calls 4000] [--in-flight 1000] [--latency 0.3] [--stock-limit 60]

A server in a process of its own answers every chat completion after the same latency.  CPU is that of the
client process alone, lag is how late the event loop was.  The stock pool is given up after a while.  aiohttp
comes with the extra ``bench``; without it its lines are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import socket
import time
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

from workbench.providers.keys import Keys
from workbench.providers.openai import OpenAIProvider
from workbench.providers.port import Message, ModelRequest
from workbench.providers.transport import Transport
from workbench.settings import Limits, ProviderSettings, Settings

CHUNKS = [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}
] * 8 + [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "c", "model": "m", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 8}},
]
BODY = ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n").encode()
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n"
)
REQUEST = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello?" * 20}], "stream": True})
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer none"}


class Server(asyncio.Protocol):
    """Answers each request after a latency; one write, so that it costs next to nothing."""

    latency = 0.3

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, rest = self.received.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self.received = rest[length:]
            asyncio.get_running_loop().call_later(self.latency, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(HEAD + BODY)  # type: ignore[attr-defined]


def serve(listening: socket.socket, latency: float, stop: Event) -> None:
    """Runs in the server's process."""

    async def run() -> None:
        Server.latency = latency
        server = await asyncio.get_running_loop().create_server(Server, sock=listening, backlog=2048)
        await asyncio.to_thread(stop.wait)
        server.close()

    asyncio.run(run())


Call = Callable[[], Awaitable[None]]


async def measure(name: str, call: Call, calls: int, in_flight: int, limit: float) -> float:
    """Make ``calls`` calls, ``in_flight`` at a time; print what they cost, return its CPU in ms a call."""
    left = iter(range(calls))
    done = 0
    lags: list[float] = []

    async def worker() -> None:
        nonlocal done
        for _ in left:
            await call()
            done += 1

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - before - 0.01)

    watcher = asyncio.create_task(watch())
    cpu, began = time.process_time(), time.perf_counter()
    note = ""
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(worker())
    except TimeoutError:
        note = f"  gave up after {limit:g} s with {done} of {calls} done"
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    watcher.cancel()
    lag = sorted(lags)[int(len(lags) * 0.99)] * 1000 if lags else 0.0
    memory = resident()
    print(
        f"{name:34} {in_flight:6} {cpu / max(done, 1) * 1000:9.2f} ms {done / seconds:8.0f}/s"
        f" {lag:8.0f} ms {memory:7.0f} MB{note}",
        flush=True,
    )
    return cpu / max(done, 1) * 1000


def resident() -> float:
    """Megabytes of this process in memory now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


async def compare(url: str, options: argparse.Namespace) -> None:
    """One line for each way of asking."""
    print(f"{'':34} {'flight':>6} {'CPU a call':>12} {'rate':>10} {'lag p99':>11} {'memory':>10}")
    levels = sorted({100, options.in_flight})

    transport = Transport(Limits(at_once=options.in_flight))

    async def ours() -> None:
        await transport.turn()
        async with transport.post(f"{url}/v1/chat/completions", HEADERS, REQUEST.encode()) as (answer, _):
            await answer.read()

    section = ProviderSettings("bench", "openai", f"{url}/v1", limits=Limits(at_once=options.in_flight))
    provider = OpenAIProvider(section, Settings(), Keys({}, Path()))
    question = ModelRequest("prompt", (Message("user", "Hello?" * 20),))

    async def whole_provider() -> None:
        await provider.reply("m", question, lambda text: None)

    for level in levels:
        await measure("our connections", ours, options.calls, level, 300)
    for level in levels:
        await measure("our connections + reading the answer", whole_provider, options.calls, level, 300)
    await transport.close()
    await provider.close()
    for level in levels:
        await bare_aiohttp(url, options.calls, level)

    for level in levels:
        limits = httpx.Limits(max_connections=level, max_keepalive_connections=level)
        async with httpx.AsyncClient(limits=limits, timeout=None) as client:

            async def stock(client: httpx.AsyncClient = client) -> None:
                response = await client.post(f"{url}/v1/chat/completions", headers=HEADERS, content=REQUEST)
                response.raise_for_status()

            await measure("httpx, its stock pool", stock, options.calls, level, options.stock_limit)


async def bare_aiohttp(url: str, calls: int, in_flight: int) -> float | None:
    """The answers read as bytes, no more: milliseconds of CPU a call; None without aiohttp."""
    try:
        import aiohttp
    except ImportError:
        print("aiohttp is not installed (extra: bench)")
        return None
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def bare() -> None:
            address = f"{url}/v1/chat/completions"
            async with session.post(address, headers=HEADERS, data=REQUEST) as response:
                await response.read()

        return await measure("aiohttp, bare", bare, calls, in_flight, 300)


def main() -> None:
    """Start the server, compare, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--in-flight", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds the server takes")
    parser.add_argument("--stock-limit", type=float, default=60, help="seconds for the stock pool")
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=serve, args=(listening, options.latency, stop))
    process.start()
    try:
        asyncio.run(compare(f"http://127.0.0.1:{listening.getsockname()[1]}", options))
    finally:
        stop.set()
        process.join()


if __name__ == "__main__":
    main()
