"""A real HTTP server on a local socket that answers as a test tells it, in pieces of any size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any


@dataclass
class Script:
    """One answer: its head, its body, and how it is cut up and ended."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sizes: tuple[int, ...] = (1 << 20,)
    length: str = "chunked"
    """``chunked``, ``exact`` (content-length) or ``close`` (ends with the connection)."""
    ending: str = "clean"
    """``clean``, ``reset`` (broken off before the end), ``stall`` (stays silent)."""
    pause: float = 0.0
    """Seconds before each piece."""
    after: asyncio.Event | None = None
    """What to wait for before it begins."""


@dataclass
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


def sse(*chunks: Any, done: bool = True, newline: str = "\n") -> bytes:
    """An event stream of JSON chunks."""
    events = [f"data: {json.dumps(chunk)}{newline}{newline}" for chunk in chunks]
    return "".join((*events, f"data: [DONE]{newline}{newline}" if done else "")).encode()


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of a chat completion."""
    delta = {} if text is None else {"content": text}
    return {
        "id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more
    }  # fmt: skip


USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def usage_chunk(**usage: Any) -> dict[str, Any]:
    """The last chunk of a stream, with the token counts only."""
    return {"id": "c1", "model": "m-1", "choices": [], "usage": usage or USAGE}


STREAM = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}
GOOD = Script(sse(chunk("Hel"), chunk("lo."), chunk(finish="stop"), usage_chunk()), headers=STREAM)


class WireServer:
    """Answers each request with the next script; the last one again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Received] = []
        self.connections = 0
        self.open = 0
        self.asked = asyncio.Event()
        self.closed = asyncio.Event()
        self._scripts: Callable[[Received], Script] = lambda _: GOOD
        self._handlers: set[asyncio.Task[None]] = set()

    def answer(self, *scripts: Script) -> None:
        """Answer with these in turn."""
        given: Iterator[Script] = iter(scripts)
        last = scripts[-1]
        self._scripts = lambda _: next(given, last)

    def answer_by(self, choose: Callable[[Received], Script]) -> None:
        """Answer each request as ``choose`` says."""
        self._scripts = choose

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self.open += 1
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            while await self._serve(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self.closed.set()
            self._handlers.discard(task)
            writer.transport.abort()

    async def stop(self) -> None:
        """Close all connections."""
        for task in list(self._handlers):
            task.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in head[1:] if line]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        received = Received(head[0].split(" ")[1], headers, body)
        self.requests.append(received)
        self.asked.set()
        script = self._scripts(received)
        await self._send(script, writer)
        if script.ending == "stall":
            await reader.read()  # until the other side goes away
            return False
        return script.ending == "clean" and script.length != "close"

    async def _send(self, script: Script, writer: asyncio.StreamWriter) -> None:
        if script.after:
            await script.after.wait()
        lines = [f"HTTP/1.1 {script.status} Whatever", *(f"{k}: {v}" for k, v in script.headers.items())]
        if script.length == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif script.length == "exact":
            lines.append(f"Content-Length: {len(script.body)}")
        else:
            lines.append("Connection: close")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        for piece in pieces(script.body, script.sizes):
            if script.pause:
                await asyncio.sleep(script.pause)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if script.length == "chunked" else piece)
            await writer.drain()
            await asyncio.sleep(0)
        if script.ending == "clean" and script.length == "chunked":
            writer.write(b"0\r\n\r\n")
        if script.ending == "reset":
            await asyncio.sleep(0.01)
            writer.transport.abort()
        elif script.length == "close" and script.ending == "clean":
            writer.close()
        else:
            await writer.drain()


def pieces(body: bytes, sizes: tuple[int, ...]) -> Iterator[bytes]:
    """``body`` cut into pieces of these sizes, in turn."""
    at = 0
    for size in cycle(sizes):
        if at >= len(body):
            return
        yield body[at : at + size]
        at += size


@asynccontextmanager
async def serving() -> AsyncIterator[WireServer]:
    """A running server."""
    wire = WireServer()
    server = await asyncio.start_server(wire.handle, "127.0.0.1", 0, limit=1 << 24)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        await wire.stop()
