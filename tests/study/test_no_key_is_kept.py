"""A key sent back by every error of every protocol: nothing that is kept or shown holds it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.kit import CANARY
from tests.providers.protocols import KINDS, events, framed, headers, stream
from tests.providers.test_keys import FAULTS
from tests.providers.wire_server import Script, WireServer, serving
from tests.waiting import LONG
from workbench.cli.blocks import plain
from workbench.cli.output import json_text
from workbench.cli.render_step import step_json, step_page
from workbench.providers import retry
from workbench.recipe.load import load
from workbench.settings import Kind
from workbench.study.bench import Bench

RECIPE = """
schema: workbench/v1
name: ask
models: {m: acme/m}
steps:
  ask: {prompt: "Hello?", output: {said: string}}
outputs: {said: "{{ ask.text }}"}
"""
LIMITS = "between_tokens = 0.05\nfirst_token = 0.2\nmax_bytes = 100000\n"


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with serving() as server:
        yield server


def put(folder: Path, wire: WireServer, kind: Kind) -> Path:
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / ".env").write_text(f"ACME_KEY={CANARY}\nOTHER={CANARY}-2\n")
    (folder / "workbench.toml").write_text(
        f'[providers.acme]\nkind = "{kind}"\nbase_url = "{wire.url}/v1"\napi_key_env = "ACME_KEY"\n'
        f'header_env = {{"X-Other" = "OTHER"}}\n{LIMITS}'
    )
    return folder / "recipe.yaml"


def faults(kind: Kind) -> list[Script]:
    """Every fault that says the key, in the words of a protocol."""
    said = [f"Your key is {CANARY}", f" {CANARY[:9]}", f"{CANARY[9:]} "]
    good = events(kind, said)
    return [
        *FAULTS.values(),
        Script(stream(kind, said), headers=headers(kind)),
        Script(framed(kind, good[:-2]), headers=headers(kind), ending="reset"),
        Script(framed(kind, good[:-2]), headers=headers(kind), ending="stall"),
        Script(framed(kind, [*good[:-2], f'{{"{CANARY}": ']), headers=headers(kind)),
    ]


def holds(folder: Path) -> list[str]:
    """The files of a folder that hold the key, apart from the one it was put into."""
    files = [each for each in folder.rglob("*") if each.is_file() and each.name != ".env"]
    return [each.name for each in files if CANARY.encode() in each.read_bytes()]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_record_and_the_pages(
    wire: WireServer, tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "wait_seconds", lambda *_: 0.0)
    recipe = load(put(tmp_path, wire, kind))
    bench = Bench.open(tmp_path)
    for script in faults(kind):
        wire.answer(script)
        result = await bench.run(recipe, {})
        detail = bench.reader.step(result.run, "ask")
        shown = [plain(step_page(detail, raw=raw)) for raw in (True, False)]
        shown += [json_text(step_json(result.run, detail, raw=True)), f"{result!r}"]
        assert not any(CANARY in each for each in shown)
        assert detail.calls
    sent = wire.requests[0].headers
    assert CANARY in "".join(sent.values())
    assert sent["x-other"] == f"{CANARY}-2"
    await bench.close()
    assert holds(tmp_path) == []


async def test_what_a_command_prints(wire: WireServer, tmp_path: Path) -> None:
    put(tmp_path, wire, "openai")
    wire.answer(FAULTS["401"])
    for arguments in (
        ["run", "."],
        ["show", "last"],
        ["show", "last", "ask", "--raw"],
        ["doctor"],
        ["models"],
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from workbench.cli.main import main; main()", *arguments,
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "WORKBENCH_DB": str(tmp_path / "local.db")},
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), LONG)
        assert out + err
        assert b"Traceback" not in err
        assert CANARY.encode() not in out + err
    assert holds(tmp_path) == []
