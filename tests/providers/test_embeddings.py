"""Vectors of texts, from recorded traffic and from servers that answer something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.kit import MakeProvider
from tests.providers.test_wire_recordings import Case, recordings, script
from tests.providers.wire_server import JSON, Script, WireServer
from workbench.errors import CallError
from workbench.providers.embeddings import embed
from workbench.settings import Kind

KINDS: dict[str, Kind] = {"openai-embeddings": "openai", "gemini-embed": "gemini"}


@pytest.mark.parametrize("case", recordings(KINDS))
async def test_recording(case: Case, wire: WireServer, make: MakeProvider) -> None:
    wire.answer(script(case.recorded, (977, 3)))
    expected = case.expected
    given = case.recorded["request"].get("input") or ["one"]
    texts = [given] if isinstance(given, str) else given
    if expected["error"]:
        with pytest.raises(CallError, match="does not exist") as caught:
            await embed(make(), "any", texts)
        assert caught.value.error_class == "bad_request"
        return
    answer = await embed(make(kind=KINDS[case.recorded["protocol"]]), "any", texts)
    sizes = [each for each in expected["vectors"] if each != "base64"]
    assert [len(vector) for vector in answer.vectors] == sizes or not sizes
    assert {len(vector) for vector in answer.vectors} <= {256, 512, 768, 1024, 8192}
    counted = expected["usage"].get("input", expected["usage"].get("total"))
    assert answer.usage.input == (counted or case.recorded["body"]["usageMetadata"]["promptTokenCount"])
    if case.usd is not None:
        assert answer.billed_nano == round(case.usd * 1e9)


async def test_what_is_asked(wire: WireServer, make: MakeProvider) -> None:
    wire.answer(Script(json.dumps({"embeddings": [[1, 2], [3, 4]]}).encode(), headers=JSON))
    answer = await embed(make(kind="ollama"), "nomic", ["a", "b"], 2)
    assert answer.vectors == ((1.0, 2.0), (3.0, 4.0))
    assert answer.usage.state == "unknown"
    assert wire.requests[0].path == "/api/embed"
    assert wire.requests[0].json == {"model": "nomic", "input": ["a", "b"], "dimensions": 2}


async def test_vectors_come_in_the_order_of_the_texts(wire: WireServer, make: MakeProvider) -> None:
    rows = [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]
    wire.answer(Script(json.dumps({"data": rows}).encode(), headers=JSON))
    assert (await embed(make(), "m", ["a", "b"])).vectors == ((1.0,), (2.0,))


@pytest.mark.parametrize(
    "answer",
    [
        {"data": []},
        {"data": [{"embedding": "not base64!"}]},
        {"data": [{"embedding": ["x"]}]},
        {"data": [{"embedding": [1]}, {"embedding": [2]}]},
        [],
        {"data": [{"embedding": None}]},
    ],
)
async def test_other_answers(wire: WireServer, make: MakeProvider, answer: Any) -> None:
    wire.answer(Script(json.dumps(answer).encode(), headers=JSON))
    with pytest.raises(CallError) as caught:
        await embed(make(), "m", ["a"])
    assert caught.value.error_class == "malformed"


async def test_a_provider_without(make: MakeProvider) -> None:
    with pytest.raises(CallError, match="no embeddings"):
        await embed(make(kind="anthropic"), "m", ["a"])
