"""Keys: found in the environment or .env, and in nothing that is shown or kept, whatever goes wrong."""

from __future__ import annotations

import json
import pickle
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.kit import CANARY, MakeProvider, question
from tests.providers.wire_server import GOOD, JSON, STREAM, Script, WireServer, chunk, sse
from workbench.errors import CallError
from workbench.providers.keys import HIDDEN, IN_PIECES, Keys, Redactor, Veil, parse_env
from workbench.providers.openai import ChatDialect
from workbench.providers.registry import Providers
from workbench.providers.server import ServerProvider
from workbench.settings import Limits, ProviderSettings, Settings, parse_settings

ECHO = json.dumps({"error": {"message": f"Incorrect API key provided: {CANARY}", "code": CANARY}}).encode()
HEADERS = {"X-Request-Id": CANARY, "Retry-After": CANARY, "Set-Cookie": CANARY, "X-Key": CANARY}

FAULTS = {
    "401": Script(ECHO, 401, HEADERS),
    "400": Script(ECHO, 400, HEADERS),
    "500 text": Script(f"key {CANARY} is bad".encode(), 500, HEADERS),
    "500 page": Script(f"<title>{CANARY}</title>".encode(), 500, HEADERS),
    "307": Script(b"", 307, {"Location": f"http://x/?key={CANARY}"}),
    "200 error": Script(ECHO, 200, JSON),
    "200 page": Script(f"<html>{CANARY}".encode(), 200, {"content-type": "text/html"}),
    "200 odd type": Script(b"x", 200, {"content-type": CANARY}),
    "no choice": Script(json.dumps({"key": CANARY}).encode(), 200, JSON),
    "broken event": Script(f"data: {{{CANARY}\n\n".encode(), headers=STREAM),
    "error event": Script(f"event: error\ndata: {CANARY}\n\n".encode(), headers=STREAM),
    "error in stream": Script(sse(chunk("Hel"), json.loads(ECHO)), headers=STREAM),
    "cut": Script(sse(chunk(f"your key is {CANARY}"), done=False), headers=STREAM),
    "refused": Script(sse({"choices": [{"delta": {"refusal": CANARY}}]}), headers=STREAM),
    "reset": Script(sse(chunk(CANARY), done=False), headers=STREAM, ending="reset"),
    "slow": Script(sse(chunk(CANARY), done=False), headers=STREAM, ending="stall"),
    "large": Script(CANARY.encode() * 9000, 200, JSON),
    "not http": Script(b"x", headers={"Content-Length": CANARY}, length="none", ending="reset"),
    "compressed": Script(b"x", headers={"Content-Encoding": CANARY}),
    "not what was asked": Script(sse(chunk(f"no {CANARY}"), chunk(finish="stop")), headers=STREAM),
}


def everything(*values: Any) -> str:
    """All that could be shown or kept of some values."""
    return "\n".join(f"{value!r} {value!s}" for value in values)


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_error_shows_the_key(wire: WireServer, make: MakeProvider, fault: str) -> None:
    wire.answer(FAULTS[fault])
    provider = make(between_tokens=0.05, max_bytes=100_000)
    pieces: list[str] = []
    with pytest.raises(CallError) as caught:
        await provider.reply("m", question(schema={"type": "object"}), pieces.append)
    error = caught.value
    assert wire.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    told = "".join(traceback.format_exception(error))
    kept = everything(error, error.message, error.hint, error.retry_after, error.partial, provider, *pieces)
    assert CANARY not in kept + told


async def test_no_answer_keeps_the_key(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(replace(GOOD, body=sse(chunk(f"a {CANARY} b", "stop")), headers={**STREAM, **HEADERS}))
    pieces: list[str] = []
    reply = await make().reply("m", question(), pieces.append)
    assert CANARY not in everything(reply, *pieces)
    assert CANARY.encode() not in pickle.dumps(reply)
    assert reply.text == f"a {HIDDEN} b"


@pytest.mark.parametrize("size", [1, 3, 11, 17])
async def test_a_key_in_pieces_is_not_shown_either(wire: WireServer, make: MakeProvider, size: int) -> None:
    said = f"Your key {CANARY[:5]} is {CANARY}, see {CANARY[:9]}"
    cut = [said[at : at + size] for at in range(0, len(said), size)]
    wire.answer(replace(GOOD, body=sse(*map(chunk, cut), chunk(finish="stop"))))
    pieces: list[str] = []
    reply = await make().reply("m", question(), pieces.append)
    assert "".join(pieces) == reply.text == said.replace(CANARY, HIDDEN)
    assert len(pieces) > 3
    assert reply.raw is not None
    assert reply.raw["answer"]["body"] == IN_PIECES
    assert CANARY[5:] not in json.dumps(reply.raw)


@given(st.lists(st.text("abc", max_size=4), max_size=12))
def test_what_is_shown_is_what_is_kept(pieces: list[str]) -> None:
    redactor = Redactor(["abcabcab", "cbacbacba"])
    veil = Veil(redactor)
    shown = "".join([*map(veil.shown, pieces), veil.rest()])
    assert not any(secret in shown for secret in ("abcabcab", "cbacbacba"))
    if HIDDEN not in shown:
        assert shown == "".join(pieces)


async def test_keys_in_other_headers(wire: WireServer, tmp_path: Path) -> None:
    settings = ProviderSettings("acme", "openai", wire.url, header_env={"Api-Key": "A_KEY"})
    provider = ServerProvider(settings, Settings(), Keys({"A_KEY": CANARY}, tmp_path), ChatDialect())
    wire.answer(FAULTS["401"])
    with pytest.raises(CallError) as caught:
        await provider.reply("m", question(), lambda text: None)
    assert wire.requests[0].headers["api-key"] == CANARY
    assert "authorization" not in wire.requests[0].headers
    assert CANARY not in everything(caught.value, caught.value.partial)
    await provider.close()


@pytest.mark.parametrize("value", ["", "  ", f"{CANARY}\nX-Evil: 1", f"{CANARY}ü", f"{CANARY}\0"])
async def test_keys_that_cannot_be_sent(wire: WireServer, tmp_path: Path, value: str) -> None:
    settings = ProviderSettings("acme", "openai", wire.url, "A_KEY")
    provider = ServerProvider(settings, Settings(), Keys({"A_KEY": value}, tmp_path), ChatDialect())
    with pytest.raises(CallError) as caught:
        await provider.reply("m", question(), lambda text: None)
    assert (caught.value.error_class, caught.value.sent) == ("auth", False)
    assert CANARY not in everything(caught.value)
    assert not wire.requests
    assert provider.info("m").available is bool(value.strip())


async def test_the_key_is_read_when_it_is_needed(wire: WireServer, tmp_path: Path) -> None:
    settings = parse_settings(
        f'[providers.acme]\nkind="openai"\nbase_url="{wire.url}"\napi_key_env="LATE_KEY"'.encode(), tmp_path
    )
    environment: dict[str, str] = {}
    providers = Providers(settings, fetch_env=environment)
    provider, model = providers.provider("acme/m")
    assert provider.info(model).reason == "LATE_KEY not set"
    with pytest.raises(CallError, match="LATE_KEY"):
        await provider.reply(model, question(), lambda text: None)
    (tmp_path / ".env").write_text("# keys\nexport LATE_KEY='from the file'  # really\n")
    await provider.reply(model, question(), lambda text: None)
    environment["LATE_KEY"] = "from the environment"
    await provider.reply(model, question(), lambda text: None)
    sent = [request.headers["authorization"] for request in wire.requests]
    assert sent == ["Bearer from the file", "Bearer from the environment"]
    await providers.close()


def test_env_files() -> None:
    text = 'A=1\nB = "two # 2" # c\nexport C=\'x\n\n# D=1\nE=a#b #c\n=3\nF\nG=\nH=a=b\n'
    assert parse_env(text) == {"A": "1", "B": "two # 2", "C": "x", "E": "a#b", "G": "", "H": "a=b"}


def test_an_env_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert Keys({}, tmp_path).get("A") == ""
    assert Keys({"A": "b"}, tmp_path).get("A") == "b"


def test_redaction_in_every_form() -> None:
    secret = 'se"cret/päss word'
    redact = Redactor([secret, "short"])
    quoted = "se%22cret%2Fp%C3%A4ss%20word"
    for form in (secret, quoted, json.dumps(secret)[1:-1]):
        assert redact.text(f"a{form}b") == f"a{HIDDEN}b"
    assert redact.text("short") == "short"
    assert redact.json({secret: [(secret, 1, None)], "a": {"b": secret}}) == {
        HIDDEN: [[HIDDEN, 1, None]],
        "a": {"b": HIDDEN},
    }


def test_limits_are_not_secret() -> None:
    assert "at_once" in repr(Limits())
