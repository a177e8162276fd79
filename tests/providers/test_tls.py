"""Encrypted connections: who is not trusted is not asked, and the user's own certificates count."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.wire_server import WireServer
from workbench.errors import CallError
from workbench.providers.retry import is_worth_retrying
from workbench.providers.transport import Transport
from workbench.settings import Limits

PAIR = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmbKx4iooGlQqxwq9
Db4O0Hho8WM1RA7vV8HLRo2la5uhRANCAATPCkkOZU2yy9yc6gYsvwIje1a/CRKk
soe3YauTh93urGduN2JxrITZpj0mrow/sDFX6ezoItK74wvI0x4Fl3vT
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUdohY9WyzGf0QicmDywvNh3YAqPIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE4MTcwNFoYDzIxMjYxMDI4
MTgxNzA0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATPCkkOZU2yy9yc6gYsvwIje1a/CRKksoe3YauTh93urGduN2JxrITZ
pj0mrow/sDFX6ezoItK74wvI0x4Fl3vTo28wbTAdBgNVHQ4EFgQUxnGLgkcQJWGs
ZcbGMqg2euqdpBwwHwYDVR0jBBgwFoAUxnGLgkcQJWGsZcbGMqg2euqdpBwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAJhyBRhlFeTsXNnbLJB1B2UpY1CQFLNIWPcrjE1KwnpwAiA3
wTVocMefIUWZu45GC9bpXppObvxEAqHiv603lZ2APw==
-----END CERTIFICATE-----
"""
"""For 127.0.0.1, signed by itself, until 2126."""


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The file of key and certificate."""
    file = tmp_path / "pair.pem"
    file.write_text(PAIR, "ascii")
    return file


@pytest.fixture
async def server(pair: Path) -> AsyncIterator[WireServer]:
    """A server with that certificate."""
    wire = WireServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    listening = await asyncio.start_server(wire.handle, "127.0.0.1", 0, ssl=context)
    wire.url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield wire
    listening.close()
    await wire.stop()


async def asked(url: str) -> bytes:
    transport = Transport(Limits())
    try:
        async with transport.post(url, {}, b"{}") as (answer, _):
            return await answer.read()
    finally:
        await transport.close()


async def test_who_is_not_trusted_is_not_asked(server: WireServer) -> None:
    with pytest.raises(CallError) as caught:
        await asked(server.url)
    assert caught.value.error_class == "network"
    assert not caught.value.sent
    assert "SSL_CERT_FILE" in caught.value.hint
    assert not is_worth_retrying(caught.value), "another try would find the same certificate"
    assert not server.requests


async def test_the_users_own_certificates_count(
    server: WireServer, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair))
    assert b"[DONE]" in await asked(server.url)
