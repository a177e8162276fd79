"""A recorded stream plays again at its own speed, on the command line."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.providers.wire_server import STREAM, Script, chunk, serving, sse, usage_chunk
from tests.study.test_stopping import RECIPE
from tests.waiting import LONG
from workbench.recipe.load import load
from workbench.study.bench import Bench

WORDS = ("One ", "two ", "three\x1b[2J.")


async def heard(folder: Path, speed: str) -> tuple[list[str], float, bytes]:
    """What the command says while it plays, piece by piece; the seconds it took; and what it prints."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from workbench.cli.main import main; main()", "replay", "last",
        "--speed", speed, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "WORKBENCH_DB": str(folder / "local.db")},
    )  # fmt: skip
    assert process.stderr is not None and process.stdout is not None
    said: list[str] = []
    while piece := await asyncio.wait_for(process.stderr.read(4096), LONG):
        said.append(piece.decode())
    out = await process.stdout.read()
    assert await process.wait() == 0
    return said, time.perf_counter() - began, out


def paced(folder: Path, pause: float) -> None:
    """Have it on record that so many seconds passed between the words."""
    ends = [len("".join(WORDS[: number + 1])) for number in range(3)]
    chunks = [part for number, end in enumerate(ends) for part in (number * pause, end)]
    with closing(sqlite3.connect(folder / "local.db")) as connection, connection:
        connection.execute(
            "UPDATE calls SET chunks = ?, duration = ?", (json.dumps(chunks), round(2 * pause * 1e6))
        )


async def test_it_streams_as_it_did(tmp_path: Path) -> None:
    events = [sse(chunk(word), done=False) for word in WORDS]
    last = sse(chunk(finish="stop"), usage_chunk())
    sizes = tuple(map(len, (*events, last)))
    async with serving() as wire:
        wire.answer(Script(b"".join((*events, last)), headers=STREAM, sizes=sizes))
        (tmp_path / "workbench.toml").write_text(
            f'[providers.acme]\nkind = "openai"\nbase_url = "{wire.url}/v1"\n'
        )
        (tmp_path / "recipe.yaml").write_text(RECIPE)
        bench = Bench.open(tmp_path)
        assert (await bench.run(load(tmp_path / "recipe.yaml"), {})).status == "done"
        await bench.close()
        paced(tmp_path, 0.8)
        said, took, out = await heard(tmp_path, "1")
        paced(tmp_path, LONG)
        quick, _, _ = await heard(tmp_path, "1000")  # at its own speed one would not wait so long
        assert len(wire.requests) == 1
    assert "".join(said).startswith("[tell]\nOne two three␛[2J.\n")
    assert took > 1.6
    assert not any("One" in piece and "three" in piece for piece in said), "a word at a time"
    assert "One two three" in "".join(quick)
    assert b"One two three" in out
