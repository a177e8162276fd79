"""A recorded stream plays again at its own speed, on the command line."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from tests.providers.wire_server import STREAM, Script, chunk, serving, sse, usage_chunk
from tests.study.test_stopping import RECIPE
from workbench.recipe.load import load
from workbench.study.bench import Bench

WORDS = ("One ", "two ", "three\x1b[2J.")


async def heard(folder: Path, speed: str) -> tuple[list[tuple[float, str]], bytes]:
    """What the command says while it plays, with the seconds since it began to; and what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from workbench.cli.main import main; main()", "replay", "last",
        "--speed", speed, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "WORKBENCH_DB": str(folder / "local.db")},
    )  # fmt: skip
    assert process.stderr is not None and process.stdout is not None
    said: list[tuple[float, str]] = []
    began = 0.0
    while piece := await asyncio.wait_for(process.stderr.read(4096), 20):
        began = began or time.perf_counter()
        said.append((time.perf_counter() - began, piece.decode()))
    out = await process.stdout.read()
    assert await process.wait() == 0
    return said, out


async def test_it_streams_as_it_did(tmp_path: Path) -> None:
    events = [sse(chunk(word), done=False) for word in WORDS]
    last = sse(chunk(finish="stop"), usage_chunk())
    sizes = tuple(map(len, (*events, last)))
    async with serving() as wire:
        wire.answer(Script(b"".join((*events, last)), headers=STREAM, sizes=sizes, pause=0.25))
        (tmp_path / "workbench.toml").write_text(
            f'[providers.acme]\nkind = "openai"\nbase_url = "{wire.url}/v1"\n'
        )
        (tmp_path / "recipe.yaml").write_text(RECIPE)
        bench = Bench.open(tmp_path)
        assert (await bench.run(load(tmp_path / "recipe.yaml"), {})).status == "done"
        await bench.close()
        said, out = await heard(tmp_path, "1")
        quick, _ = await heard(tmp_path, "100")
        assert len(wire.requests) == 1
    told = "".join(text for _, text in said)
    assert told.startswith("[tell]\nOne two three␛[2J.\n")
    at = {word: next(when for when, text in said if word in text) for word in ("One", "two", "three")}
    assert at["two"] - at["One"] > 0.15
    assert at["three"] - at["two"] > 0.15
    assert "One two three" in "".join(text for _, text in quick)
    assert next(when for when, text in quick if "three" in text) < 0.15
    assert b"One two three" in out
