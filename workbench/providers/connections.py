"""Connections of our own in place of httpx's pool: h11 on asyncio streams, kept on a free list.

The stock pool of httpx looks through all connections for every request, so its cost grows with the square of
what is in flight.  Here a request takes the connection used last from a list, or opens one.  How many there
are at once is bounded by whoever calls.  Import it only through transport.py.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

import h11
import httpx

from workbench.providers.turns import Turns

CHUNK = 64 * 1024
KEEP_IDLE = 4.0
"""Seconds an unused connection is kept: less than the 5 s after which many servers close it."""
LONGEST_HEAD = 64 * 1024
"""Bytes of an answer's status line and headers."""

Origin = tuple[str, str, int]


class Connection:
    """One connection, serving one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turns: Turns) -> None:
        self._turns = turns
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self.idle_since = 0.0

    async def send(self, head: h11.Request, content: bytes) -> h11.Response:
        """Send a request and return the head of its answer."""
        parts = [self._http.send(head)]
        if content:
            parts.append(self._http.send(h11.Data(data=content)))
        parts.append(self._http.send(h11.EndOfMessage()))
        self._writer.write(b"".join(part for part in parts if part))
        with suppress(ConnectionError):  # the other side may have refused already, and closed
            await self._writer.drain()
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the answer does not begin with a status line")

    async def receive(self) -> bytes:
        """The next piece of the answer's body, empty at its end."""
        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def _next(self) -> h11.Event:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                received = await self._reader.read(CHUNK)
                await self._turns.take()
                self._http.receive_data(received)
            elif event is h11.PAUSED:
                raise h11.RemoteProtocolError("the connection was used for something else")
            else:
                assert isinstance(event, h11.Event)
                return event

    def make_ready(self, now: float) -> bool:
        """True when the connection can serve another request."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        if self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        self.idle_since = now
        return True

    def is_usable(self, now: float) -> bool:
        """False when it was idle for long, or the other side closed it."""
        closed = self._reader.at_eof() or self._reader.exception() or self._writer.transport.is_closing()
        return not closed and now - self.idle_since < KEEP_IDLE

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self._writer.transport.abort()


class Body(httpx.AsyncByteStream):
    """The body of an answer, read from its connection as it comes."""

    def __init__(self, connection: Connection, release: Callable[[Connection], None]) -> None:
        self._connection: Connection | None = connection
        self._release = release

    def __aiter__(self) -> Body:
        """Itself: no generator that somebody would have to close."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece."""
        connection = self._connection
        if connection is None:
            raise StopAsyncIteration
        try:
            piece = await connection.receive()
        except (OSError, EOFError) as error:
            raise httpx.ReadError(str(error) or "the connection was closed") from error
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        if piece:
            return piece
        self._connection = None
        self._release(connection)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the connection unless the body was read to its end."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Connections:
    """Sends requests over HTTP/1.1; one TLS context for all of them."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._idle: dict[Origin, list[Connection]] = {}
        self._tls: ssl.SSLContext | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def ask(
        self, url: httpx.URL, request: h11.Request, content: bytes, connected: Callable[[], None]
    ) -> tuple[h11.Response, Body]:
        """Send a request; the head of its answer, and its body.  ``connected`` is called when it leaves.

        What httpx makes of requests and answers is left out: it costs as much as the connection.
        """
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        connection = self._take(origin) or await self._open(origin)
        connected()
        try:
            head = await connection.send(request, content)
        except BaseException as error:
            connection.close()
            if isinstance(error, h11.RemoteProtocolError):
                raise httpx.RemoteProtocolError(str(error)) from error
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise httpx.ReadError(str(error) or type(error).__name__) from error
            raise
        return head, Body(connection, lambda used: self._put(origin, used))

    async def aclose(self) -> None:
        """Close what is idle; connections in use close when their answers do."""
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()

    @property
    def idle(self) -> int:
        """How many connections wait for another request."""
        return sum(map(len, self._idle.values()))

    def _take(self, origin: Origin) -> Connection | None:
        """The connection used last, which is the most likely to be open still."""
        idle = self._idle.get(origin)
        now = asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if connection.is_usable(now):
                return connection
            connection.close()
        return None

    def _put(self, origin: Origin, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        if self._closed or not connection.make_ready(loop.time()):
            connection.close()
            return
        self._idle.setdefault(origin, []).append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEEP_IDLE, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody used for a while."""
        loop = asyncio.get_running_loop()
        self._sweeping = None
        for origin, idle in list(self._idle.items()):
            usable = [each for each in idle if each.is_usable(loop.time())]
            for connection in set(idle) - set(usable):
                connection.close()
            self._idle[origin] = usable
            if not usable:
                del self._idle[origin]
        if self._idle:
            self._sweeping = loop.call_later(KEEP_IDLE, self._sweep)

    async def _open(self, origin: Origin) -> Connection:
        scheme, host, port = origin
        try:
            reader, writer = await asyncio.open_connection(
                host.strip("[]"), port, limit=CHUNK, happy_eyeballs_delay=0.25,
                ssl=self._context() if scheme == "https" else None,
            )  # fmt: skip
        except OSError as error:
            raise httpx.ConnectError(str(error) or type(error).__name__) from error
        return Connection(reader, writer, self._turns)

    def _context(self) -> ssl.SSLContext:
        """The one TLS context: each of its own would cost 0.8 MB."""
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
