"""What the whole engine adds to plain SQLite: sequential recorded calls to a model that does nothing.

    python benchmarks/engine_calls.py [--calls 10000] [--rounds 3]

The engine runs a recipe of one step over a list, one item at a time, on ``sim/echo``; the floor writes the
same rows with plain sqlite3, one commit per call (see ledger_floor.py).  Each in a process of its own, in
turns: on a busy machine trust the ratios, not the times.  ``growth`` is the CPU per call of the run against
that of a run a tenth as long: 1.0 is linear.  ``replay`` answers the same calls from the record.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ledger_floor import answer, plain_sqlite, prompt

RECIPE = """
schema: workbench/v1
name: sequential
inputs: {texts: list}
models: {m: sim/echo}
steps:
  ask: {each: texts, at_once: 1, prompt: "{{ item }}"}
outputs: {count: "{{ ask|length }}"}
"""


async def through_engine(folder: Path, calls: int) -> dict[str, float]:
    """CPU seconds of a live run and of its replay."""
    from workbench.recipe.load import load
    from workbench.study.bench import Bench

    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    bench = Bench.open(folder)
    recipe = load(folder / "recipe.yaml")
    await bench.run(recipe, {"texts": ["warm up"]})
    texts = [prompt(number) for number in range(1, calls + 1)]
    began = time.process_time()
    result = await bench.run(recipe, {"texts": texts})
    live = time.process_time() - began
    assert result.status == "done", result.error
    size = (folder / "local.db").stat().st_size
    began = time.process_time()
    replayed = await bench.replay(result.run)
    replay = time.process_time() - began
    assert replayed.outputs == result.outputs
    await bench.close()
    return {"cpu": live, "replay": replay, "bytes": size}


def one(side: str, calls: int) -> dict[str, float]:
    """One side, in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if side == "floor":
            figures: dict[str, float] = {"cpu": plain_sqlite(folder / "local.db", calls)}
            figures["bytes"] = (folder / "local.db").stat().st_size
            new = sum(len(prompt(each)) + len(answer(each)) for each in range(1, calls + 1))
        else:
            figures = asyncio.run(through_engine(folder, calls))
            new = len(json.dumps([prompt(each) for each in range(1, calls + 1)]))  # the run's inputs
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    extra = (figures["bytes"] - new) / calls
    return {
        "cpu_us": figures["cpu"] / calls * 1e6,
        "replay_us": figures.get("replay", 0.0) / calls * 1e6,
        "bytes": extra,
        "peak_mb": peak,
    }


def measure(side: str, calls: int) -> dict[str, float]:
    """One side, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--calls", str(calls)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def main() -> None:
    """Print both sides and their ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--side", choices=("floor", "engine"))
    given = options.parse_args()
    if given.side:
        print(json.dumps(one(given.side, given.calls)))
        return
    turns = [
        (measure("floor", given.calls), measure("engine", given.calls), measure("engine", given.calls // 10))
        for _ in range(given.rounds)
    ]
    floor, engine, tenth = (median(list(side)) for side in zip(*turns, strict=True))
    print(f"{given.calls} sequential calls, median of {given.rounds}")
    print(f"{'':8}{'CPU us/call':>14}{'bytes/call':>12}{'peak MB':>10}{'replay us/call':>16}")
    print(f"{'floor':8}{floor['cpu_us']:14.1f}{floor['bytes']:12.0f}{floor['peak_mb']:10.1f}")
    row = f"{'engine':8}{engine['cpu_us']:14.1f}{engine['bytes']:12.0f}{engine['peak_mb']:10.1f}"
    print(f"{row}{engine['replay_us']:16.1f}")
    print(f"ratio {engine['cpu_us'] / floor['cpu_us']:.2f}, growth {engine['cpu_us'] / tenth['cpu_us']:.2f}")


if __name__ == "__main__":
    main()
