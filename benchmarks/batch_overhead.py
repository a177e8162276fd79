"""What driving a batch adds to its runs: a batch against the same runs started by hand, side by side.

    python benchmarks/batch_overhead.py [--rows 1000] [--rounds 5]

Both do the same recipe of one step on ``sim/echo`` over the same rows, sixteen at once, recorded.  Each in
a process of its own, in turns; the least of the rounds counts, and on a busy machine the ratio.  ``growth``
is the time of the second half of a batch against the first: 1.0 is steady.  ``memory`` is the peak of a batch
against that of one a tenth as long.
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

RECIPE = """
schema: workbench/v1
name: one
inputs: {text: string}
models: {m: sim/echo}
steps: {say: {prompt: "{{ text }}"}}
outputs: {said: "{{ say.text }}"}
"""
AT_ONCE = 16


class Halves:
    """A watcher that notes when half of the runs had ended."""

    def __init__(self, rows: int) -> None:
        self.left = rows // 2
        self.at = 0.0

    def opened(self, opening: object) -> None:
        """The batch begins."""

    def ended(self, one: object) -> None:
        """Count."""
        self.left -= 1
        if self.left == 0:
            self.at = time.perf_counter()


async def measure(folder: Path, rows: int, how: str) -> dict[str, float]:
    """Seconds of wall and CPU time of all runs."""
    from workbench.recipe.load import load
    from workbench.study.bench import Bench

    path, data = folder / "recipe.yaml", folder / "data.jsonl"
    path.write_text(RECIPE)
    data.write_text("".join(json.dumps({"text": f"row {i} of a dataset"}) + "\n" for i in range(rows)))
    recipe, bench, halves = load(path), Bench.open(folder), Halves(rows)
    await bench.run(recipe, {"text": "first"})
    cpu, began = time.process_time(), time.perf_counter()
    if how == "batch":
        await bench.batch(recipe, data, at_once=AT_ONCE, watcher=halves)
    else:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(text: str) -> None:
            async with turns:
                await bench.run(recipe, {"text": text})

        await asyncio.gather(*(one(json.loads(line)["text"]) for line in data.read_text().splitlines()))
    ended = time.perf_counter()
    found = {"cpu": time.process_time() - cpu, "wall": ended - began}
    if how == "batch":
        found["growth"] = (ended - halves.at) / (halves.at - began)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    await bench.close()
    return found


def apart(rows: int, how: str) -> dict[str, float]:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--inside", how, "--rows", str(rows), "--folder", folder]
        found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inside")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(asyncio.run(measure(given.folder, given.rows, given.inside))))
        return
    rounds = [(apart(given.rows, "batch"), apart(given.rows, "plain")) for _ in range(given.rounds)]
    small = apart(given.rows // 10, "batch")
    for name in ("wall", "cpu"):
        least = min(batch[name] for batch, _ in rounds)
        ratio = least / min(plain[name] for _, plain in rounds)
        each = 1000 * least / given.rows
        print(f"{name}: {each:.2f} ms a run, {ratio:.2f} times the runs themselves")
    print(f"growth: {statistics.median(batch['growth'] for batch, _ in rounds):.2f}")
    peak = statistics.median(batch["memory"] for batch, _ in rounds)
    print(f"memory: {peak:.0f} MB, {peak / small['memory']:.2f} times that of a tenth of the rows")


if __name__ == "__main__":
    main()
