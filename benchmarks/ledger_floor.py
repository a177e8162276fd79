"""What the ledger adds to plain SQLite: CPU, bytes and memory for sequential recorded calls.

    python benchmarks/ledger_floor.py [--calls 10000] [--rounds 3]

Each call is a step with a decision, an attempt that is durable before it leaves, an answer and an output.
The floor writes the same rows with plain sqlite3 in one thread, all values ready, one commit per call.  Both
sides run in processes of their own, in turns, in one run of this program: on a busy machine trust the ratio,
not the times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RouteDecided,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    now,
)
from workbench.ledger.batch import _DECISIONS as DECISION_COLUMNS
from workbench.ledger.batch import _SUMS, _replace
from workbench.ledger.open import connect
from workbench.ledger.schema import call_key, first_key
from workbench.ledger.state import CALL_COLUMNS, STEP_COLUMNS
from workbench.ledger.store import open_ledger
from workbench.usage import FREE, Usage

_STEPS = _replace("steps", STEP_COLUMNS, 1)
_CALLS = _replace("calls", CALL_COLUMNS, 1)
_DECISIONS = _replace("decisions", DECISION_COLUMNS, 1)
WORDS = Path(__file__).read_text() * 3
SYSTEM = WORDS[:1200]
CANDIDATES = (
    Candidate("local/compose", chosen=True, reason="first candidate", price=FREE, estimate_nano=0),
    Candidate("local/digest", reason="not needed"),
)
USAGE = Usage(210, 0, 0, 80, None, "estimated")


def prompt(number: int) -> str:
    """A text of its own, about 600 characters."""
    return f"{number}: {WORDS[number % 2000 : number % 2000 + 600]}"


def answer(number: int) -> str:
    """A text of its own, about 350 characters."""
    return f"answer {number}: {WORDS[number % 3000 : number % 3000 + 330]}"


def new_text(calls: int) -> int:
    """Bytes of text that the calls bring."""
    return sum(len(prompt(each).encode()) + len(answer(each).encode()) for each in range(1, calls + 1))


# --- the ledger ---------------------------------------------------------------------------------------


async def through_writer(path: Path, calls: int) -> float:
    """CPU seconds of the calls through the writer, from an event loop."""
    ledger = open_ledger(path)
    writer = ledger.writer()
    seq = 0

    def emit(event: Event) -> None:
        nonlocal seq
        seq += 1
        for name, value in (("run", "bench"), ("seq", seq), ("at", now())):
            object.__setattr__(event, name, value)
        writer.receive(event)

    emit(
        RunStarted(
            recipe="bench",
            recipe_hash="00",
            recipe_path="bench",
            files={},
            file_hashes={},
            inputs={"n": calls},
        )
    )
    await writer.durable()
    began = time.process_time()
    for number in range(1, calls + 1):
        for event in beginning(number):
            emit(event)
        await writer.durable()
        for event in ending(number):
            emit(event)
    emit(RunFinished(status="done"))
    await writer.durable()
    ledger.close()
    return time.process_time() - began


def beginning(number: int) -> tuple[Event, ...]:
    """The events up to the moment a call leaves."""
    path = f"chain[{number}]"
    messages = [{"role": "system", "text": SYSTEM}, {"role": "user", "text": prompt(number)}]
    return (
        StepStarted(path=path, verb="prompt", role="writer"),
        RouteDecided(
            path=path, call=number, attempt=1, role="writer", policy="fixed", chosen="local/compose",
            reason="first candidate", candidates=CANDIDATES,
        ),
        CallStarted(
            path=path, call=number, attempt=1, kind="model", target="local/compose",
            fingerprint=f"{number:032x}", request={"task": "prompt", "messages": messages},
        ),
    )  # fmt: skip


def ending(number: int) -> tuple[Event, ...]:
    """The events after it came back."""
    path, text = f"chain[{number}]", answer(number)
    output = {"status": "done", "failed": False, "skipped": False, "cost": 0.0, "model": "local/compose"}
    return (
        CallFinished(
            path=path, call=number, attempt=1, status="ok", answer={"text": text, "data": None},
            model="local/compose", finish="stop", usage=USAGE, cost_nano=0, price=FREE, seconds=0.00123,
        ),
        StepFinished(path=path, verb="prompt", status="done", output={**output, "gates": [], "text": text}),
    )  # fmt: skip


# --- the floor ----------------------------------------------------------------------------------------


def plain_sqlite(path: Path, calls: int) -> float:
    """CPU seconds of the same rows by plain sqlite3, one thread, one commit per call."""
    open_ledger(path).close()
    connection = connect(path, "rw")
    execute = connection.cursor().execute
    execute(
        "INSERT INTO runs (id, recipe, recipe_hash, recipe_path, mode, status, started, touched)"
        " VALUES ('bench', 'bench', '00', 'bench', 'live', 'running', ?, ?)",
        (now(), now()),
    )
    keep = blob_keeper(execute)
    system, shared = keep(SYSTEM), keep(json.dumps([each.model for each in CANDIDATES] * 4))
    price = keep("[0,0,0,0,'local']")
    began = time.process_time()
    end: list[tuple[str, tuple[Any, ...]]] = []
    start: list[tuple[str, tuple[Any, ...]]] = []
    for number in range(1, calls + 1):
        execute("BEGIN IMMEDIATE")
        if start:
            end = plain_end(number, keep(answer(number - 1)), price, start)
        start = plain_start(number, keep, system, shared)
        for statement, row in (*end, *start):
            execute(statement, row)
        execute(_SUMS, plain_sums(number))
        execute("COMMIT")
    connection.close()
    return time.process_time() - began


def blob_keeper(execute: Callable[..., sqlite3.Cursor]) -> Callable[[str], int]:
    """Inserts texts by their hash."""

    def keep(text: str) -> int:
        digest = blake2b(text.encode(), digest_size=16).digest()
        done = execute(
            "INSERT INTO blobs (hash, encoding, body) VALUES (?, 0, ?) ON CONFLICT (hash) DO NOTHING",
            (digest, text),
        )
        return done.lastrowid or 0

    return keep


def plain_start(
    number: int, keep: Callable[[str], int], system: int, shared: int
) -> list[tuple[str, tuple[Any, ...]]]:
    """The rows up to the moment a call leaves."""
    path, at = f"chain[{number}]", now()
    call = (
        call_key(1, number, 1), path, "model", "local/compose", "started", number.to_bytes(16, "big"), 0, 0,
        at, None, '{"task":"prompt"}', f'[["system",{system}],["user",{keep(prompt(number))}]]',
    )  # fmt: skip
    step = (
        first_key(1) | number, path, "prompt", "writer", "running", at, None, None, None, 1, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    decision = (call[0], path, "writer", "fixed", "local/compose", "first candidate", shared)
    return [(_STEPS, (*step, None, None, None)), (_DECISIONS, decision), (_CALLS, _filled(call))]


def plain_end(
    number: int, text: int, price: int, start: list[tuple[str, tuple[Any, ...]]]
) -> list[tuple[str, tuple[Any, ...]]]:
    """The rows after it came back."""
    step, call = start[0][1], start[2][1]
    output = (
        '{"status":"done","failed":false,"skipped":false,"cost":0.0,"model":"local/compose","gates":[],'
        f'"text":{{"$blob":{text}}}}}'
    )
    done = (
        *step[:4], "done", step[5], now(), output, "local/compose", 1, 0, 0, 210, 80, 0, 0, None, None, None,
    )  # fmt: skip
    ended = (
        *call[:4], "ok", *call[5:9], 1230, *call[10:12], text, None, "local/compose", "stop", 210, 0, 0, 80,
        None, "estimated", 0, None, price,
    )  # fmt: skip
    return [(_STEPS, done), (_CALLS, _filled(ended))]


def _filled(call: tuple[Any, ...]) -> tuple[Any, ...]:
    """A call's row, what is not set being null."""
    return (*call, *(None,) * (len(CALL_COLUMNS) - len(call)))


def plain_sums(number: int) -> tuple[Any, ...]:
    """The run's sums."""
    return (
        0,
        1,
        0,
        210 * number,
        80 * number,
        0,
        number,
        0,
        number,
        5 * number,
        now(),
        '["local/compose"]',
        1,
    )


# --- both ---------------------------------------------------------------------------------------------


def one(side: str, calls: int) -> dict[str, float]:
    """One side, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "local.db"
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cpu = plain_sqlite(path, calls) if side == "floor" else asyncio.run(through_writer(path, calls))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "cpu_us": cpu / calls * 1e6,
            "bytes": (path.stat().st_size - new_text(calls)) / calls,
            "peak_mb": peak / 1024,
            "grown_mb": (peak - before) / 1024,
        }


def in_turns(calls: int, rounds: int) -> dict[str, dict[str, float]]:
    """The median of each figure for each side."""
    found: dict[str, list[dict[str, float]]] = {"floor": [], "ledger": []}
    for _ in range(rounds):
        for side, figures in found.items():
            command = [sys.executable, __file__, "--side", side, "--calls", str(calls)]
            figures.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    return {
        side: {name: statistics.median(each[name] for each in figures) for name in figures[0]}
        for side, figures in found.items()
    }


def main() -> None:
    """Print both sides and their ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--side", choices=("floor", "ledger"))
    given = options.parse_args()
    if given.side:
        print(json.dumps(one(given.side, given.calls)))
        return
    figures = in_turns(given.calls, given.rounds)
    print(f"{given.calls} sequential calls, median of {given.rounds}; SQLite {sqlite3.sqlite_version}")
    print(f"{'':8}{'CPU us/call':>14}{'bytes/call':>12}{'peak MB':>10}{'grown MB':>10}")
    for side, each in figures.items():
        cpu, size, peak, grown = each["cpu_us"], each["bytes"], each["peak_mb"], each["grown_mb"]
        print(f"{side:8}{cpu:14.1f}{size:12.0f}{peak:10.1f}{grown:10.1f}")
    print(f"ratio of CPU: {figures['ledger']['cpu_us'] / figures['floor']['cpu_us']:.2f}")
    print("bytes/call are those in the file beyond the new text of prompts and answers")


if __name__ == "__main__":
    main()
