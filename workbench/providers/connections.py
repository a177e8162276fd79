"""Connections of our own in place of httpx's pool: h11 on asyncio transports, kept on a free list.

The stock pool of httpx looks through all connections for every request, so its cost grows with the square of
what is in flight.  Here a request takes the connection used last from a list, or opens one.  How many there
are at once is bounded by whoever calls.  Import it only through transport.py.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import h11
import httpx

from workbench.providers.turns import Turns

READ_AHEAD = 128 * 1024
"""Bytes received and not yet read above which the other side has to wait."""
KEEP_IDLE = 4.0
"""Seconds an unused connection is kept: less than the 5 s after which many servers close it."""
LONGEST_HEAD = 64 * 1024
"""Bytes of an answer's status line and headers."""

Origin = tuple[str, str, int]

_ASKED = h11.Request(method=b"POST", target=b"/", headers=[(b"Host", b"any")])
_END = h11.EndOfMessage()
"""What h11 is told of every request: how its answer is framed depends on no more than that it is a POST."""


class Connection(asyncio.Protocol):
    """One connection, serving one request at a time."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._transport: asyncio.Transport
        self._received: list[bytes] = []
        self._held_up = False
        self._ended = False
        self._error: Exception | None = None
        """What broke the connection, or the answer."""
        self._waiting: asyncio.Future[None] | None = None
        self.is_silent = True
        """Nothing came since the request was sent."""
        self.is_read = False
        """The answer was read to its end."""
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

    async def send(self, request: bytes) -> h11.Response:
        """Send a request, a POST with its head and content, and return the head of its answer."""
        self.is_read, self.is_silent = False, True
        self._http.send(_ASKED)
        self._http.send(_END)
        self._transport.write(request)
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the answer does not begin with a status line")

    async def receive(self) -> bytes:
        """What has arrived of the answer's body, at least something; empty at its end."""
        if isinstance(self._error, h11.RemoteProtocolError):
            raise self._error
        event: object = await self._next()
        pieces: list[bytes] = []
        while isinstance(event, h11.Data):
            pieces.append(event.data)
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                self._error = error  # what came before it is handed out first
                break
        self.is_read = isinstance(event, h11.EndOfMessage)
        return b"".join(pieces)

    async def _next(self) -> h11.Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            await self._more()
        if event is h11.PAUSED:
            raise h11.RemoteProtocolError("the connection was used for something else")
        assert isinstance(event, h11.Event)
        return event

    async def _more(self) -> None:
        """Wait until something arrived, or will not come."""
        if not self._received and not self._ended:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        await self._turns.take()
        if self._received:
            self.is_silent = False
            self._http.receive_data(b"".join(self._received))
            self._received.clear()
            if self._held_up:
                self._held_up = False
                self._transport.resume_reading()
        elif self._error is not None:
            raise self._error
        else:
            self._http.receive_data(b"")

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
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
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
    ) -> tuple[h11.Response, Body]:
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
            if isinstance(error, h11.RemoteProtocolError):
                why = "the server closed it without an answer" if connection.is_silent else str(error)
                raise httpx.RemoteProtocolError(why) from error
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
