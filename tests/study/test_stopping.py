"""Stopping a run while an answer streams: the connection closes at once, and the record tells what came."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.protocols import KINDS, events, framed, headers
from tests.providers.wire_server import Script, WireServer, serving
from tests.waiting import LONG
from workbench.ledger.rows import CallRow
from workbench.recipe.load import load
from workbench.settings import Kind
from workbench.study.bench import Bench

RECIPE = """
schema: workbench/v1
name: long
models: {m: acme/m}
steps:
  tell: {prompt: "A long story, please."}
outputs: {story: "{{ tell.text }}"}
"""
TELLS_OF_PIECES = """
import os
from workbench.cli.main import main
from workbench.engine import model_calls

made = model_calls.Delta

def tell(**given):
    os.write(2, b"a piece has come\\n")
    return made(**given)

model_calls.Delta = tell
main()
"""
PRICE = '[prices."acme/m"]\ninput = 2.0\noutput = 10.0\n'


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with serving() as server:
        yield server


def put(folder: Path, wire: WireServer, kind: Kind) -> Path:
    body = framed(kind, events(kind)[:-2]).replace(b"data: [DONE]\n\n", b"")
    wire.answer(Script(body, headers=headers(kind), ending="stall"))
    (folder / "workbench.toml").write_text(
        f'[providers.acme]\nkind = "{kind}"\nbase_url = "{wire.url}/v1"\n{PRICE}'
    )
    (folder / "recipe.yaml").write_text(RECIPE)
    return folder / "recipe.yaml"


def check(call: CallRow, kind: Kind) -> None:
    """A cancelled attempt with what had come; its cost only where the counts came before the end."""
    assert (call.status, call.error_class, call.finish) == ("cancelled", "cancelled", "cut")
    assert call.answer is not None
    assert call.answer["text"].startswith("One ")
    assert "may have been billed" in (call.error or "")
    if kind == "anthropic":
        assert call.cost_nano == 7 * 2_000 + 1 * 10_000
    else:
        assert call.cost_nano is None


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stopped_run(
    wire: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    monkeypatch.setattr("workbench.engine.run.GRACE_AFTER_STOP", 600)
    recipe = load(put(tmp_path, wire, kind))
    bench = Bench.open(tmp_path)
    arrived = asyncio.Event()

    class Heard:
        def receive(self, event: object) -> None:
            if type(event).__name__ == "Delta":
                arrived.set()

    task = asyncio.create_task(bench.run(recipe, {}, listeners=(Heard(),)))
    await asyncio.wait_for(arrived.wait(), LONG)
    task.cancel()
    await asyncio.wait_for(wire.closed.wait(), LONG)  # at once, not after the time of grace
    with pytest.raises(asyncio.CancelledError):
        await task
    (call,) = bench.reader.step("last", "tell").calls
    check(call, kind)
    assert bench.reader.run("last").status == "cancelled"
    await bench.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_interrupt_on_the_command_line(wire: WireServer, tmp_path: Path, kind: Kind) -> None:
    put(tmp_path, wire, kind)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TELLS_OF_PIECES, "run", ".", "--json",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "WORKBENCH_DB": str(tmp_path / "local.db")},
    )  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(LONG):
        while b"a piece has come" not in await process.stderr.readline():
            assert process.returncode is None
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(wire.closed.wait(), LONG)
    out, err = await asyncio.wait_for(process.communicate(), LONG)
    assert process.returncode == 130
    assert b"Traceback" not in err
    told = json.loads(out)
    assert (told["status"], told["cost_usd"] is None) == ("cancelled", kind != "anthropic")
    bench = Bench.open(tmp_path)
    (call,) = bench.reader.step("last", "tell").calls
    check(call, kind)
    await bench.close()
