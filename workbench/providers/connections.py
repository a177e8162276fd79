"""Connections of our own in place of httpx's pool: asyncio transports, kept on a free list.

The stock pool of httpx looks through all connections for every request, so its cost grows with the square of
what is in flight.  Here a request takes the connection used last from a list, or opens one.  How many there
are at once is bounded by whoever calls.  Import it only through transport.py.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import httpx

from workbench.providers.http_answer import HttpAnswer
from workbench.providers.turns import Turns

READ_AHEAD = 128 * 1024
"""Bytes received and not yet read above which the other side has to wait."""
KEEP_IDLE = 4.0
"""Seconds an unused connection is kept: less than the 5 s after which many servers close it."""

Origin = tuple[str, str, int]


class Connection(asyncio.Protocol):
    """One connection, serving one request at a time."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._answer = HttpAnswer()
        self._transport: asyncio.Transport
        self._received: list[bytes] = []
        self._held_up = False
        self._ended = False
        self._error: Exception | None = None
        """What broke the connection."""
        self._waiting: asyncio.Future[None] | None = None
        self.is_silent = True
        """Nothing came since the request was sent."""
        self.idle_since = 0.0

    # --- called by the event loop --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        self._received.append(data)
        if not self._held_up and sum(map(len, self._received)) > READ_AHEAD:
            self._held_up = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side has said all."""
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more comes."""
        self._ended, self._error = True, error
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # --- one request and its answer ------------------------------------------------------------------

    async def send(self, request: bytes) -> HttpAnswer:
        """Send a request, a POST with its head and content, and return its answer once its head is there."""
        self.is_silent = True
        answer = self._answer
        answer.begin()
        self._transport.write(request)
        while not answer.status:
            await self._more()
        return answer

    async def receive(self) -> bytes:
        """What has arrived of the answer's body, at least something; empty at its end."""
        answer = self._answer
        while not (answer.has_body or answer.is_complete):
            await self._more()
        return answer.take()

    @property
    def is_read(self) -> bool:
        """The answer was read to its end."""
        return self._answer.is_complete and not self._answer.has_body

    async def _more(self) -> None:
        """Wait until something arrived, or will not come; httpx.RemoteProtocolError when it is no answer."""
        if self._answer.error:
            raise httpx.RemoteProtocolError(self._answer.error)
        if not self._received and not self._ended:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        await self._turns.take()
        if self._received:
            self.is_silent = False
            self._answer.feed(b"".join(self._received))
            self._received.clear()
            if self._held_up:
                self._held_up = False
                self._transport.resume_reading()
        elif self._error is not None:
            raise self._error
        else:
            self._answer.end()

    def make_ready(self, now: float) -> bool:
        """True when the connection can serve another request."""
        self.idle_since = now
        return self._answer.keeps_open

    def is_usable(self, now: float) -> bool:
        """False when it was idle for long, or the other side closed it or spoke unasked."""
        closed = self._ended or self._received or self._transport.is_closing()
        return not closed and now - self.idle_since < KEEP_IDLE

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self._transport.abort()


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
        if connection.is_read or not piece:
            self._connection = None
            self._release(connection)
        if piece:
            return piece
        raise StopAsyncIteration

    @property
    def is_read(self) -> bool:
        """True when it was read to its end, or closed."""
        return self._connection is None

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
        self, url: httpx.URL, head: bytes, content: bytes, connected: Callable[[], None]
    ) -> tuple[HttpAnswer, Body]:
        """Send a POST; the head of its answer, and its body.  ``connected`` is called when it leaves.

        What httpx makes of requests and answers is left out: it costs as much as the connection.
        """
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        connection = self._take(origin) or await self._open(origin)
        connected()
        try:
            answer = await connection.send(head + content)
        except BaseException as error:
            connection.close()
            if isinstance(error, httpx.RemoteProtocolError) and connection.is_silent:
                raise httpx.RemoteProtocolError("the server closed it without an answer") from error
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise httpx.ReadError(str(error) or type(error).__name__) from error
            raise
        return answer, Body(connection, lambda used: self._put(origin, used))

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
        several = 0.25 if host[-1].isalpha() else None  # a name may have several addresses
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._turns), host.strip("[]"), port, happy_eyeballs_delay=several,
                ssl=self._context() if scheme == "https" else None,
            )  # fmt: skip
        except OSError as error:
            raise httpx.ConnectError(str(error) or type(error).__name__) from error
        return connection

    def _context(self) -> ssl.SSLContext:
        """The one TLS context: each of its own would cost 0.8 MB."""
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
