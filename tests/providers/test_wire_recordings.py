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

SHARED = Path(os.environ.get("WORKBENCH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDINGS = SHARED / "wire" / "wire-dev.jsonl"
SIZES = {"bytes": (1,), "odd": (7, 1, 31, 2, 113), "whole": (1 << 20,)}
FINISHES = {"function_call": "tool_calls"}


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


def cases() -> list[Any]:
    expected, bills = lines("expected-dev.jsonl"), lines("cost-truth-dev.jsonl")
    found = [
        pytest.param(Case(row, expected[key], bills.get(key, {}).get("usd")), id=key)
        for key, row in lines("wire-dev.jsonl").items()
        if row["protocol"] == "openai-chat"
    ]
    skip = pytest.mark.skip(reason=f"no recordings at {RECORDINGS}; set WORKBENCH_SHARED_DATA")
    return found or [pytest.param(None, marks=skip)]


def script(recorded: dict[str, Any], sizes: tuple[int, ...]) -> Script:
    body = recorded.get("sse") or json.dumps(recorded["body"])
    headers = {name: value for name, value in recorded["headers"].items() if name != "transfer-encoding"}
    return Script(body.encode(), recorded["status"], headers, sizes)


async def read(make: MakeProvider) -> tuple[Reply, CallError | None]:
    try:
        return await make().reply("any", question(), lambda text: None), None
    except CallError as error:
        assert error.partial is not None, error
        return error.partial, error


@pytest.mark.parametrize("cut", SIZES)
@pytest.mark.parametrize("case", cases())
async def test_recording(case: Case, cut: str, wire: WireServer, make: MakeProvider) -> None:
    if cut == "bytes" and len(case.recorded.get("sse") or "") > 20_000:
        pytest.skip("long; cut oddly instead")
    wire.answer(script(case.recorded, SIZES[cut]))
    reply, error = await read(make)
    expected = case.expected
    assert reply.text == expected["text"]
    assert reply.reasoning == expected["reasoning"]
    if expected["error"]:
        assert error is not None
        told = json.dumps(expected["error"]["body"])
        assert error.message.split(": ", 1)[1].split(" (status")[0] in json.loads(told).values().__repr__()
    elif expected["finish"]:
        assert error is None, error
        assert reply.finish == FINISHES.get(expected["finish"], expected["finish"])
    check_usage(reply, expected["usage"])
    if case.usd is not None:
        assert reply.billed_nano == round(case.usd * 1e9)


def check_usage(reply: Reply, expected: dict[str, int]) -> None:
    """Disjoint buckets against the provider's own counts."""
    usage = reply.usage
    if not expected:
        assert usage.state == "unknown"
        return
    assert usage.state == "reported"
    assert usage.input_total == expected["input"]
    thinking_apart = "xai" in reply.model or "grok-3" in reply.model
    assert usage.output == expected["output"] + (expected["reasoning"] if thinking_apart else 0)
    if expected.get("cached", 0) <= expected["input"]:
        assert (usage.cached or 0) == expected.get("cached", 0)
    else:
        assert usage.cached is None  # the counts contradict each other
    assert (usage.reasoning or 0) == expected.get("reasoning", 0)
