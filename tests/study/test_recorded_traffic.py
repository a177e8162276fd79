"""Recorded traffic of real servers, through a whole run: the record holds what the wire showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.test_wire_recordings import FINISHES, KINDS, Case, recordings, script
from tests.providers.wire_server import serving
from workbench.recipe.load import load
from workbench.study.bench import Bench

RECIPE = """schema: workbench/v1
name: asked
models: {{m: x/any}}
steps:
  a: {{prompt: "Hello {number}", model: m}}
outputs: {{t: "{{{{ a.text }}}}"}}
"""
BUSY = 429
"""From this status on a refusal is tried again, after a wait."""


@pytest.mark.parametrize("protocol", KINDS)
async def test_what_is_recorded(protocol: str, tmp_path: Path) -> None:
    cases: list[Case | None] = [each.values[0] for each in recordings({protocol: KINDS[protocol]})]
    if cases[0] is None:
        pytest.skip("no recordings here")
    async with serving() as wire:
        section = f'[providers.x]\nkind = "{KINDS[protocol]}"\nbase_url = "{wire.url}/v1"\n'
        (tmp_path / "workbench.toml").write_text(section)
        bench = Bench.open(tmp_path)
        try:
            for number, case in enumerate(each for each in cases if each and each.recorded["status"] < BUSY):
                wire.answer(script(case.recorded, (7, 1, 31, 2, 113)))
                (tmp_path / "recipe.yaml").write_text(RECIPE.format(number=number))
                result = await bench.run(load(tmp_path / "recipe.yaml"), {})
                check(bench, result.run, case)
        finally:
            await bench.close()


def check(bench: Bench, run: str, case: Case) -> None:
    """The last attempt's row against the independent reading."""
    call, expected = bench.reader.recording(run)[-1], case.expected
    where = case.recorded["id"]
    assert (call.answer or {}).get("text", "") == expected["text"], where
    finish = FINISHES.get(expected["finish"], expected["finish"])
    if finish == "stop" and any(name for name, _ in expected["tool_calls"]):
        finish = "tool_calls"
    if finish:
        assert call.finish == finish, where
    failed = bool(expected["error"]) or finish in ("refused", "content_filter", "error")
    if finish or failed:
        assert (call.status == "error") == failed, where
    assert call.usage.state == ("reported" if expected["usage"] else "unknown"), where
    if case.usd is not None:
        assert call.cost_nano == round(case.usd * 1e9), where
