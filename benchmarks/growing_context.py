"""How small the record stays: a conversation of 400 steps, each adding 4 KB to a context that is sent whole.

    python benchmarks/growing_context.py [--steps 400] [--forks 3]

The texts that are new come to 1.6 MB; a record that wrote each request whole would take 320 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from workbench.events import (
    CallFinished,
    CallStarted,
    Event,
    RouteDecided,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    now,
)
from workbench.ledger.store import Ledger, open_ledger
from workbench.usage import Usage

ADDED = 4096
SHAPES = {"all of it an answer": 0, "a quarter of it a question": 1024, "half of it a question": 2048}
"""Of the 4 KB that a step adds, the bytes of its question; a question of none is two words each time."""
LETTERS = "abcdefghijklmnopqrstuvwxyz      "


def text(chance: random.Random, length: int) -> str:
    """A text that no other resembles."""
    return "".join(chance.choices(LETTERS, k=length))


async def converse(ledger: Ledger, run: str, turns: Sequence[tuple[str, str]], parent: str | None) -> None:
    """One run: each step sends all earlier turns and its own question, and adds both to the next."""
    writer = ledger.writer()
    seq = 0

    def tell(event: Event) -> None:
        nonlocal seq
        seq += 1
        for name, value in (("run", run), ("seq", seq), ("at", now())):
            object.__setattr__(event, name, value)
        writer.receive(event)

    tell(
        RunStarted(
            recipe="talk", recipe_hash="ab" * 16, recipe_path="talk/recipe.yaml", inputs={},
            files={"recipe.yaml": "name: talk\n"}, file_hashes={}, parent=parent,
            mode="live" if parent is None else "fork",
        )
    )  # fmt: skip
    messages: list[dict[str, str]] = []
    for number, (question, answer) in enumerate(turns, 1):
        path = f"turn[{number - 1}]"
        messages = [*messages, {"role": "user", "text": question}]
        tell(StepStarted(path=path, verb="prompt", role="m"))
        tell(
            RouteDecided(
                path=path, call=number, attempt=1, role="m", policy="fixed", chosen="a/b", reason="first"
            )
        )
        tell(
            CallStarted(
                path=path, call=number, attempt=1, kind="model", target="a/b", fingerprint=f"{number:032x}",
                request={"task": "prompt", "messages": messages}, durable=True,
            )
        )  # fmt: skip
        await writer.durable()
        tell(
            CallFinished(
                path=path, call=number, attempt=1, status="ok", answer={"text": answer, "data": None},
                model="a/b", finish="stop", usage=Usage(number * 1000, 0, 0, 700, 0, "reported"),
                cost_nano=1, durable=True,
            )
        )  # fmt: skip
        output = {"text": answer, "status": "done", "failed": False, "skipped": False, "gates": {}}
        tell(StepFinished(path=path, verb="prompt", status="done", output=output))
        messages.append({"role": "assistant", "text": answer})
    tell(RunFinished(status="done", outputs={"said": turns[-1][1]}))
    await writer.durable()


def size(path: Path) -> int:
    """Bytes of a closed ledger."""
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))


def measure(steps: int, forks: int, asked: int) -> tuple[int, list[int], float]:
    """Bytes after the conversation, bytes that each fork from its middle added, seconds of the first."""
    chance = random.Random(1)

    def turn() -> tuple[str, str]:
        return text(chance, asked) or "Go on.", text(chance, ADDED - asked)

    turns = [turn() for _ in range(steps)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "local.db"
        sizes: list[int] = []
        began = time.perf_counter()
        seconds = 0.0
        for number in range(forks + 1):
            ledger = open_ledger(path)
            later = [turn()] if number else []
            line = [*turns[: steps // 2], *later, *turns[steps // 2 + 1 :]] if number else turns
            asyncio.run(converse(ledger, f"run{number}", line, "run0" if number else None))
            ledger.close()
            sizes.append(size(path))
            seconds = seconds or time.perf_counter() - began
        return sizes[0], [after - before for before, after in itertools.pairwise(sizes)], seconds


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=400)
    options.add_argument("--forks", type=int, default=3)
    given = options.parse_args()
    print(f"{given.steps} steps, {given.steps * ADDED / 1e6:.2f} MB of new text")
    for shape, asked in SHAPES.items():
        whole, added, seconds = measure(given.steps, given.forks, asked)
        forks = ", ".join(f"{each / 1e3:.0f} KB" for each in added)
        print(f"{shape}: {whole / 1e6:.2f} MB in {seconds:.1f} s; forks that ask all again: {forks}")


if __name__ == "__main__":
    main()
