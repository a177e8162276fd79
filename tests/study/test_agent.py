"""An agent over a real socket in every protocol: what it called goes back to the model as that wants it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.protocols import KINDS, framed, headers, stream
from tests.providers.wire_server import Script, WireServer, chunk, serving
from workbench.cli.blocks import plain
from workbench.cli.render_step import step_page
from workbench.recipe.load import load
from workbench.settings import Kind
from workbench.study.bench import Bench
from workbench.study.change import Change

RECIPE = """
schema: workbench/v1
name: solve
models: {m: acme/m}
tools: {double: "tools.py:double"}
steps:
  solve: {agent: "Twice 4?", tools: double}
outputs: {said: "{{ solve.text }}", result: "{{ solve.calls[0].result }}"}
"""
TOOLS = 'def double(number: int):\n    """Doubles."""\n    return {"is": number * 2}\n'
CALL = {"name": "double", "arguments": '{"number": 4}'}
ITEM = {"type": "function_call", "id": "f1", "call_id": "c1", **CALL}
ASKING: dict[Kind, list[Any]] = {
    "openai": [
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c1", "function": CALL}]}}]},
        chunk(finish="tool_calls"),
    ],
    "openai-responses": [
        {"type": "response.output_item.done", "output_index": 0, "item": ITEM},
        {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [ITEM]}},
    ],
    "anthropic": [
        {"type": "message_start", "message": {"id": "m", "content": []}},
        {"type": "content_block_start", "index": 0,
         "content_block": {"type": "tool_use", "id": "c1", "name": "double", "input": {}}},
        {"type": "content_block_delta", "index": 0,
         "delta": {"type": "input_json_delta", "partial_json": '{"number": 4}'}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ],
    "gemini": [
        {"candidates": [{"content": {"parts": [
            {"functionCall": {"name": "double", "args": {"number": 4}}, "thoughtSignature": "sealed"}
        ]}, "finishReason": "STOP"}]},
    ],
    "ollama": [
        {"message": {"content": "", "tool_calls": [
            {"function": {"name": "double", "arguments": {"number": 4}}}
        ]}, "done": True, "done_reason": "stop"},
    ],
}  # fmt: skip
GOES_BACK: dict[Kind, list[str]] = {
    "openai": ['"tool_call_id": "c1"', '"id": "c1"'],
    "openai-responses": ['"type": "function_call_output"', '"call_id": "c1"'],
    "anthropic": ['"type": "tool_result"', '"tool_use_id": "c1"', '"input": {"number": 4}'],
    "gemini": ['"functionResponse"', '"thoughtSignature": "sealed"'],
    "ollama": ['"role": "tool"', '"arguments": {"number": 4}'],
}
"""What stands in the second request."""


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with serving() as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
async def test_it_calls_and_is_answered(wire: WireServer, tmp_path: Path, kind: Kind) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "tools.py").write_text(TOOLS)
    (tmp_path / "workbench.toml").write_text(
        f'[providers.acme]\nkind = "{kind}"\nbase_url = "{wire.url}/v1"\n'
    )
    asking = Script(framed(kind, ASKING[kind]), headers=headers(kind))
    wire.answer(asking, Script(stream(kind, ["8", "."]), headers=headers(kind)))
    bench = Bench.open(tmp_path)
    recipe = load(tmp_path / "recipe.yaml")
    result = await bench.run(recipe, {})
    assert (result.status, result.outputs) == ("done", {"said": "8.", "result": {"is": 8}}), result.error
    second = json.dumps(wire.requests[1].json)
    for part in (*GOES_BACK[kind], '\\"is\\": 8'):
        assert part in second
    calls = bench.reader.step(result.run, "solve").calls
    assert [each.kind for each in calls] == ["model", "tool", "model"]
    shown = plain(step_page(bench.reader.step(result.run, "solve"), raw=False))
    assert shown.count("asks for double({") == 2  # as the answer, and as what the model is told again
    for again in (await bench.replay(result.run), await bench.rerun(result.run, Change())):
        assert (again.status, again.outputs) == ("done", result.outputs)
    assert len(wire.requests) == 2
    await bench.close()
