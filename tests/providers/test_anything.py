"""Whatever a server may answer becomes a reply or a clear error, and only whole answers are complete."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.kit import question
from tests.providers.wire_server import chunk, sse, usage_chunk
from workbench.errors import CallError
from workbench.providers.connections import Connections
from workbench.providers.http_answer import HttpAnswer
from workbench.providers.keys import Keys
from workbench.providers.openai import OpenAIProvider
from workbench.providers.port import Reply
from workbench.providers.transport import Transport
from workbench.providers.turns import Turns
from workbench.settings import Limits, ProviderSettings, Settings

WHOLE = sse(chunk("One "), chunk("two "), chunk("three."), chunk(finish="stop"), usage_chunk())
MARKED = WHOLE.index(b'"finish_reason": "stop"')
KINDS = ["text/event-stream", "application/json", "text/html", ""]


class Pieces(httpx.AsyncByteStream):
    """A body in pieces."""

    def __init__(self, body: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
        self.pieces = [body[start:end] for start, end in pairwise(edges)]

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        for piece in self.pieces:
            yield piece


def answered(
    body: bytes, status: int = 200, kind: str = KINDS[0], cuts: list[int] | None = None
) -> Reply | CallError:
    """What is made of an answer."""

    class Fixed(Connections):
        async def ask(self, *request: object) -> tuple[HttpAnswer, Any]:
            answer = HttpAnswer()
            answer.feed(f"HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\n\r\n".encode())
            return answer, Pieces(body, cuts or [])

    async def ask() -> Reply | CallError:
        provider = OpenAIProvider(
            ProviderSettings("acme", "openai", "http://127.0.0.1:1"), Settings(), Keys({}, Path("/nowhere"))
        )
        provider._transport = Transport(Limits(), Fixed(Turns()))
        try:
            return await provider.reply("m", question(), lambda text: None)
        except CallError as error:
            return error

    return asyncio.run(ask())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([200, 400, 429, 500]), st.sampled_from(KINDS))
def test_noise(body: bytes, status: int, kind: str) -> None:
    assert isinstance(answered(body, status, kind), CallError)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_stream_cut_anywhere_is_complete_only_after_its_marker(data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(WHOLE)))
    result = answered(WHOLE[:end], cuts=data.draw(st.lists(st.integers(0, len(WHOLE)), max_size=5)))
    if isinstance(result, Reply):
        assert end > MARKED
        assert (result.text, result.finish) == ("One two three.", "stop")
        assert result.usage.output in (3, None)
    else:
        assert result.partial is not None
        assert result.partial.finish in ("cut", "error")
        assert "One two three.".startswith(result.partial.text)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_damage(at: int, put: bytes, removed: int) -> None:
    result = answered(WHOLE[:at] + put + WHOLE[at + removed :])
    if isinstance(result, CallError):
        assert result.message
    json.dumps(repr(result)).encode()
