"""Requests over the network, bounded in number, time and size.  With connections.py, all that knows httpx."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

import h11
import httpx

from workbench.errors import CallError
from workbench.providers.connections import Body, Connections
from workbench.providers.deadline import Deadline
from workbench.providers.faults import NEVER_AGAIN
from workbench.providers.turns import Turns
from workbench.providers.unpacking import Unpacker
from workbench.settings import Limits

IDEMPOTENCY = "Idempotency-Key"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Answered(NamedTuple):
    """The head of an answer, and its body to be read."""

    status: int
    headers: Mapping[str, str]
    body: httpx.AsyncByteStream


class ServerAnswer:
    """The answer to one request: status, headers by lower-case name, and its body as it comes."""

    def __init__(self, answered: Answered, max_bytes: int) -> None:
        self.status = answered.status
        self.headers = answered.headers
        self._body = answered.body
        self._stream = aiter(answered.body)
        self._left = max_bytes
        self._max_bytes = max_bytes
        self._unpack = _unpacker(self.headers.get("content-encoding", ""))

    def __aiter__(self) -> ServerAnswer:
        """The body, piece by piece."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece; CallError when the connection breaks or the answer grows too large."""
        if self._left < 0:
            raise self._too_large()
        try:
            piece = await anext(self._stream)
        except httpx.HTTPError as error:
            raise _network_error(error) from error
        if self._unpack is not None:
            piece = self._unpacked(piece)
        self._left -= len(piece)
        return piece if self._left >= 0 else piece[: self._left]  # the next look says that there is more

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self])

    @property
    def is_read(self) -> bool:
        """True when it is known that nothing more of the body comes."""
        return isinstance(self._body, Body) and self._body.is_read

    def _unpacked(self, piece: bytes) -> bytes:
        """Decompress, never to more than is allowed in all."""
        assert self._unpack is not None
        try:
            plain = self._unpack.plain(piece, self._left + 1)
        except zlib.error as error:
            raise CallError("malformed", f"the answer's compression is broken: {error}") from error
        if len(plain) > self._left:
            raise self._too_large()
        return plain

    def _too_large(self) -> CallError:
        return CallError(
            "malformed", f"the answer is larger than {self._max_bytes:,} bytes; the rest was not read",
            hint="raise max_bytes of the provider in workbench.toml if this is as it should be",
        )  # fmt: skip


class Transport:
    """Makes requests for one provider, at most ``limits.at_once`` at the same time."""

    def __init__(self, limits: Limits, own: Connections | None = None) -> None:
        self._limits = limits
        self._turns = Turns()
        self._own = own or Connections(self._turns)
        self._heads: dict[str, tuple[Mapping[str, str], bytes]] = {}
        """By address: headers, and the beginning of a request that has them."""
        self._proxied: dict[str, httpx.AsyncBaseTransport] = {}
        self._ways: dict[tuple[str, str], httpx.AsyncBaseTransport | None] = {}
        """By scheme and host: through which proxy, if through one."""
        self._slots = asyncio.Semaphore(min(limits.at_once, _files() // 2))

    async def turn(self) -> None:
        """Wait for a turn on the event loop; take one before the work for a request begins."""
        await self._turns.take()

    @asynccontextmanager
    async def post(
        self, url: str, headers: Mapping[str, str], content: bytes, key: str = ""
    ) -> AsyncIterator[tuple[ServerAnswer, Deadline]]:
        """Send ``content``; leaving the block closes the connection at once unless all was read.

        ``key`` is by what the server knows this very request again: letters and digits.
        Waits for a free slot first; the clock starts after that.  Redirects are answers like any other.
        """
        address = _address(url)
        proxy = self._proxy(address)
        async with self._slots, Deadline(self._limits) as deadline:
            try:
                if proxy:
                    said = {**_as_it_is(headers), **({IDEMPOTENCY: key} if key else {})}
                    answered = await _by_proxy(proxy, address, said, content, deadline)
                else:
                    head = _whole_head(self._head(url, headers), content, key)
                    answer, body = await self._own.ask(address, head, content, deadline.connected)
                    answered = Answered(answer.status, _joined(answer.headers), body)
            except httpx.HTTPError as error:
                raise _network_error(error) from error
            try:
                deadline.connected()
                yield ServerAnswer(answered, self._limits.max_bytes), deadline
            finally:
                await answered.body.aclose()

    def _head(self, url: str, headers: Mapping[str, str]) -> bytes:
        """The beginning of a request over our own connections, written once for all with these headers."""
        known = self._heads.get(url)
        if known is None or known[0] is not headers:
            known = self._heads[url] = (headers, _written(_address(url), _as_it_is(headers)))
        return known[1]

    async def close(self) -> None:
        """Close all connections."""
        await self._own.aclose()
        for transport in self._proxied.values():
            await transport.aclose()

    def _proxy(self, url: httpx.URL) -> httpx.AsyncBaseTransport | None:
        """httpx's own connections where the environment sets a proxy (never for this machine)."""
        if url.host in LOOPBACK:
            return None
        way = (url.scheme, url.host)
        if way not in self._ways:
            self._ways[way] = self._found_proxy(url)
        return self._ways[way]

    def _found_proxy(self, url: httpx.URL) -> httpx.AsyncBaseTransport | None:
        proxy = getproxies().get(url.scheme)
        if not proxy or proxy_bypass(url.host):
            return None
        if proxy not in self._proxied:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._proxied[proxy] = httpx.AsyncHTTPTransport(
                proxy=proxy if "://" in proxy else f"http://{proxy}", limits=limits
            )
        return self._proxied[proxy]


def _as_it_is(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that ask for an answer without compression."""
    return {"Accept-Encoding": "identity", **headers}


def _written(url: httpx.URL, headers: Mapping[str, str]) -> bytes:
    """A request's first line and headers, checked and written by h11; more headers may follow."""
    fields = [(b"Host", url.netloc)]
    fields += [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    request = h11.Request(method=b"POST", target=url.raw_path, headers=fields)
    return (h11.Connection(h11.CLIENT).send(request) or b"").removesuffix(b"\r\n")


def _whole_head(head: bytes, content: bytes, key: str) -> bytes:
    """A head with what only this request has."""
    own = f"{IDEMPOTENCY}: {key}\r\n".encode("ascii") if key else b""
    return b"%bContent-Length: %d\r\n%b\r\n" % (head, len(content), own)


async def _by_proxy(
    transport: httpx.AsyncBaseTransport,
    url: httpx.URL,
    headers: Mapping[str, str],
    content: bytes,
    deadline: Deadline,
) -> Answered:
    """Through a proxy; who is connected to it is not connected to the server yet."""
    request = httpx.Request("POST", url, content=content, headers=headers)
    request.extensions["timeout"] = {}
    deadline.connected()
    response = await transport.handle_async_request(request)
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return Answered(response.status_code, dict(response.headers.items()), response.stream)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; what comes twice is joined by a comma."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("ascii").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


@lru_cache(maxsize=256)
def _address(url: str) -> httpx.URL:
    """An address read; a provider asks the same few again and again."""
    return httpx.URL(url)


def _files() -> int:
    """How many files this process may have open."""
    try:
        import resource
    except ImportError:  # not on every system
        return 1024
    return max(16, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _unpacker(encoding: str) -> Unpacker | None:
    """What undoes ``encoding``; we ask for none, some servers compress all the same."""
    named = [each.strip().lower() for each in encoding.split(",")]
    packed = [each for each in named if each not in ("", "identity")]
    if not packed:
        return None
    if packed in (["gzip"], ["x-gzip"], ["deflate"]):
        return Unpacker(bare=packed == ["deflate"])
    raise CallError("malformed", f"the answer is compressed as {encoding[:40]!r}, which was not asked for")


def _network_error(error: httpx.HTTPError) -> CallError:
    """What went wrong on the way, without the address (it may be private) and without headers."""
    said = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        untrusted = isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE" in said.upper()
        hint = (
            "the server's certificate is not trusted; SSL_CERT_FILE=FILE names those that are"
            if untrusted
            else "is the server running, is base_url right?"
        )
        again = NEVER_AGAIN if untrusted else None
        return CallError("network", f"cannot connect: {said}", hint=hint, retry_after=again, sent=False)
    return CallError("network", f"the connection broke: {said}")
