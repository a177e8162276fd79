"""Many calls in flight through the whole engine, recorded; beside it bare aiohttp and the stock pool.

    python -m benchmarks.live_calls [--calls 10000] [--in-flight 1000] [--latency 0.3] [--rounds 3] [--alone]

A server in a process of its own answers every chat completion after the same latency.  CPU is that of the
whole client process (engine, adapter, record), lag is how late the event loop was, work is the CPU time of
the longest rounds of the loop: what the program itself holds it up for, however busy the machine is.  Each
round is followed by one of bare aiohttp, since machines are quicker in one minute than in another.  Then an
answer of 100 MB, and what the requests alone cost (see transport.py), unless ``--alone``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.transport import bare_aiohttp, compare, resident, serve
from workbench.errors import CallError
from workbench.providers.dialects import dialect_of
from workbench.providers.keys import Keys
from workbench.providers.port import Message, ModelRequest
from workbench.providers.server import ServerProvider
from workbench.recipe.load import load
from workbench.settings import Limits, ProviderSettings, Settings
from workbench.study.bench import Bench

RECIPE = """
schema: workbench/v1
name: many
inputs: {{texts: list}}
models: {{m: bench/m}}
steps:
  ask: {{each: texts, at_once: {in_flight}, prompt: "Hello {{{{ item }}}}?"}}
outputs: {{count: "{{{{ ask|length }}}}"}}
"""
SETTINGS = """
[providers.bench]
kind = "openai"
base_url = "{url}/v1"
at_once = {in_flight}
"""
MEGABYTE = 1 << 20


@asynccontextmanager
async def watching(lags: list[float]) -> AsyncIterator[None]:
    """Notes how late the event loop is, all the while."""

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - before - 0.01)

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()


def open_files() -> int:
    """How many files and connections this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Rounds(asyncio.SelectorEventLoop):
    """An event loop that notes the CPU time of each of its rounds."""

    work: list[float] = []  # noqa: RUF012 (one loop at a time)

    def _run_once(self) -> None:
        began = time.thread_time()
        super()._run_once()  # type: ignore[misc]
        self.work.append(time.thread_time() - began)


async def through_engine(url: str, calls: int, in_flight: int) -> float:
    """One run of a recipe over a list: milliseconds of CPU a call."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "recipe.yaml").write_text(RECIPE.format(in_flight=in_flight), "utf-8")
        (folder / "workbench.toml").write_text(SETTINGS.format(url=url, in_flight=in_flight), "utf-8")
        bench = Bench.open(folder)
        recipe = load(folder / "recipe.yaml")
        await bench.run(recipe, {"texts": ["warm up"]})
        files = open_files()
        lags: list[float] = []
        Rounds.work.clear()
        cpu, began = time.process_time(), time.perf_counter()
        async with watching(lags):
            result = await bench.run(recipe, {"texts": [str(each) for each in range(calls)]})
        cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
        memory = resident()
        lag, work = (sorted(each)[int(len(each) * 0.99)] * 1000 for each in (lags, Rounds.work))
        recorded = [each for each in bench.reader.recording(result.run) if each.status == "ok"]
        complete = sum(each.finish == "stop" and each.usage.state == "reported" for each in recorded)
        await bench.close()
        await asyncio.sleep(0.1)
        tasks = len(asyncio.all_tasks()) - 1
        left = open_files() - files
        print(
            f"{result.status}: {len(recorded)} of {calls} recorded, {complete} complete, in {seconds:.1f} s"
        )
        print(f"CPU {cpu / calls * 1000:.2f} ms a call, lag p99 {lag:.0f} ms, most {max(lags) * 1000:.0f} ms,"
              f" work p99 {work:.1f} ms, {memory:.0f} MB, tasks left {tasks}, files left {max(left, 0)}",
              flush=True)  # fmt: skip
        return cpu / calls * 1000


async def large_answer() -> None:
    """An answer of 100 MB, in events; the limit stops it."""
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "' + b"word " * 2000 + b'"}}]}\n\n'
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        try:
            while sent < 100 * MEGABYTE:
                writer.write(event)
                await writer.drain()
                sent += len(event)
        except (ConnectionError, asyncio.CancelledError):
            pass
        writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    section = ProviderSettings("bench", "openai", url, limits=Limits())
    provider = ServerProvider(section, Settings(), Keys({}, Path()), dialect_of("openai"))
    gc.collect()
    before = resident()
    try:
        await provider.reply("m", ModelRequest("prompt", (Message("user", "Go on."),)), lambda text: None)
    except CallError as error:
        text = error.partial.text if error.partial else ""
        print(f"100 MB: {error.error_class}: {error.message}; kept {len(text):,} characters")
    print(f"100 MB: sent {sent / MEGABYTE:.0f} MB, memory {before:.0f} -> {resident():.0f} MB")
    await provider.close()
    server.close()


def main() -> None:
    """Start the server, run, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--in-flight", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds the server takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often; on a busy machine the least counts")
    parser.add_argument("--alone", action="store_true", help="nothing but these rounds")
    parser.add_argument("--stock-limit", type=float, default=20, help="seconds for the stock pool")
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=serve, args=(listening, options.latency, stop))
    process.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        for _ in range(options.rounds):
            with asyncio.Runner(loop_factory=Rounds) as runner:
                ours = runner.run(through_engine(url, options.calls, options.in_flight))
            bare = asyncio.run(bare_aiohttp(url, options.calls, options.in_flight))
            if bare is not None:
                print(f"{ours / bare:.1f} times bare aiohttp", flush=True)
        if not options.alone:
            asyncio.run(large_answer())
            asyncio.run(compare(url, options))
    finally:
        stop.set()
        process.join()


if __name__ == "__main__":
    main()
