"""Recorded traffic of real servers, read as an independent reading of each says.

The recordings are not part of the project: WORKBENCH_SHARED_DATA names their folder, else ``../shared/data``
next to the checkout is tried.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.providers.kit import MakeProvider, question
from tests.providers.wire_server import Script, WireServer
from workbench.errors import CallError
from workbench.providers.port import Reply
from workbench.settings import Kind

SHARED = Path(os.environ.get("WORKBENCH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDINGS = SHARED / "wire" / "wire-dev.jsonl"
SIZES = {"bytes": (1,), "odd": (7, 1, 31, 2, 113), "whole": (1 << 20,)}


@dataclass
class Case:
    """One recording, what it should be read as, and its bill."""

    recorded: dict[str, Any]
    expected: dict[str, Any]
    usd: float | None


def lines(name: str) -> dict[str, dict[str, Any]]:
    """A JSONL file by id; empty where it is not there."""
    path = SHARED / "wire" / name
    if not path.is_file():
        return {}
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return {row["id"]: row for row in rows}


KINDS: dict[str, Kind] = {
    "openai-chat": "openai",
    "openai-responses": "openai-responses",
    "anthropic-messages": "anthropic",
    "gemini": "gemini",
    "ollama": "ollama",
}
FINISHES = {
    "function_call": "tool_calls", "end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls",
    "refusal": "refused", "STOP": "stop", "MAX_TOKENS": "length", "UNEXPECTED_TOOL_CALL": "error",
    "completed": "stop",
}  # fmt: skip


def recordings(kinds: dict[str, Kind]) -> list[Any]:
    """The recordings of these protocols, as parameters of a test."""
    expected, bills = lines("expected-dev.jsonl"), lines("cost-truth-dev.jsonl")
    found = [
        pytest.param(Case(row, expected[key], bills.get(key, {}).get("usd")), id=key)
        for key, row in lines("wire-dev.jsonl").items()
        if row["protocol"] in kinds
    ]
    skip = pytest.mark.skip(reason=f"no recordings at {RECORDINGS}; set WORKBENCH_SHARED_DATA")
    return found or [pytest.param(None, marks=skip)]


def script(recorded: dict[str, Any], sizes: tuple[int, ...]) -> Script:
    body = recorded.get("sse") or recorded.get("text") or json.dumps(recorded["body"])
    headers = {name: value for name, value in recorded["headers"].items() if name != "transfer-encoding"}
    return Script(body.encode(), recorded["status"], headers, sizes)


async def read(make: MakeProvider, kind: Kind) -> tuple[Reply, CallError | None]:
    try:
        return await make(kind=kind).reply("any", question(), lambda text: None), None
    except CallError as error:
        assert error.partial is not None, error
        return error.partial, error


@pytest.mark.parametrize("cut", SIZES)
@pytest.mark.parametrize("case", recordings(KINDS))
async def test_recording(case: Case, cut: str, wire: WireServer, make: MakeProvider) -> None:
    if cut == "bytes" and len(case.recorded.get("sse") or "") > 20_000:
        pytest.skip("long; cut oddly instead")
    wire.answer(script(case.recorded, SIZES[cut]))
    reply, error = await read(make, KINDS[case.recorded["protocol"]])
    expected = case.expected
    assert reply.text == expected["text"]
    assert reply.reasoning == expected["reasoning"]
    check_calls(reply, expected)
    if expected["error"]:
        assert error is not None
        assert error.message.split(": ", 1)[1].split(" (status")[0] in str(expected["error"]["body"])
    elif expected["finish"]:
        finish = FINISHES.get(expected["finish"], expected["finish"])
        if finish == "stop" and expected["tool_calls"]:
            finish = "tool_calls"
        assert reply.finish == finish
        assert (error is None) == (finish not in ("refused", "content_filter", "error")), error
    check_usage(reply, case)
    if case.usd is not None:
        assert reply.billed_nano == round(case.usd * 1e9)


def check_calls(reply: Reply, expected: dict[str, Any]) -> None:
    """Calls by name and arguments; those whose arguments came in parts are more than the reading knew."""
    asked = [each for each in expected["tool_calls"] if each[0]]  # what names no tool is no call
    assert [call.name for call in reply.tool_calls] == [name for name, _ in asked]
    if "note" in expected:
        return
    for call, (_, arguments) in zip(reply.tool_calls, asked, strict=True):
        if isinstance(arguments, str):
            assert call.arguments == arguments
        else:
            assert call.given == (arguments or {})


def check_usage(reply: Reply, case: Case) -> None:
    """Disjoint buckets against the provider's own counts."""
    usage, expected = reply.usage, case.expected["usage"]
    if not expected:
        assert usage.state == "unknown"
        return
    assert usage.state == "reported"
    cached, reasoning = expected.get("cached", 0), expected.get("reasoning", 0)
    output, paid = expected.get("output", 0), expected["input"] + expected.get("tool_input", 0)
    kind = KINDS[case.recorded["protocol"]]
    if kind == "anthropic":
        assert (usage.input, usage.cache_write or 0) == (expected["input"], expected.get("cache_write", 0))
        paid += cached + expected.get("cache_write", 0)
    elif kind == "gemini" or (kind == "openai" and ("xai" in reply.model or "grok-3" in reply.model)):
        output += reasoning
    assert usage.input_total == paid
    assert usage.output == output
    if cached <= paid:
        assert (usage.cached or 0) == cached
    else:
        assert usage.cached is None  # the counts contradict each other
    if kind != "anthropic":
        assert (usage.reasoning or 0) == reasoning
