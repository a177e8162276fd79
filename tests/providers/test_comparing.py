"""Texts compared by an embedding model's vectors, over a real socket, by every protocol that has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.kit import MakeProvider, unheard
from tests.providers.wire_server import JSON, Script, WireServer
from workbench.errors import CallError
from workbench.providers.comparing import LONGEST, nearness
from workbench.providers.port import Message, ModelRequest
from workbench.settings import Kind

VECTORS = [[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [2.0, 0.0]]
ANSWERS: dict[Kind, Any] = {
    "openai": {
        "data": [{"index": at, "embedding": each} for at, each in enumerate(VECTORS)], "model": "m-1",
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    },
    "gemini": {"embeddings": [{"values": each} for each in VECTORS]},
    "ollama": {"embeddings": VECTORS, "model": "m-1", "prompt_eval_count": 9},
}  # fmt: skip


def comparing(*texts: str, **params: Any) -> ModelRequest:
    return ModelRequest("compare", tuple(Message("user", each) for each in texts), params=params)


@pytest.mark.parametrize("kind", ANSWERS)
async def test_nearness(wire: WireServer, make: MakeProvider, kind: Kind) -> None:
    wire.answer(Script(json.dumps(ANSWERS[kind]).encode(), headers=JSON, sizes=(7, 3)))
    reply = await make(kind=kind).reply("m", comparing("a", "b", "c" * 9000, " "), unheard)
    assert reply.data == [0.6, 0.0, 1.0]
    assert (reply.usage.input, reply.usage.output) == ((None, None) if kind == "gemini" else (9, 0))
    sent = wire.requests[0].body.decode()
    assert "c" * LONGEST in sent
    assert "c" * (LONGEST + 1) not in sent


async def test_a_protocol_without_embeddings(make: MakeProvider) -> None:
    with pytest.raises(CallError, match="makes no embeddings"):
        await make(kind="anthropic").reply("m", comparing("a", "b"), unheard)


def test_vectors_that_say_nothing() -> None:
    assert nearness((0.0, 0.0), (1.0, 0.0)) == 0.0
    assert nearness((1.0,), (1.0, 0.0)) == 0.0
