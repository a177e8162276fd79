"""Kills a run with signal 9 at random moments, again and again, and counts what was asked twice.

    python benchmarks/kills.py [--kills 200] [--seed 1]

A recipe of 200 calls, two halves of it side by side, runs against a real local server that counts its
answers.  Each time it is killed, the record is opened and checked, and the run is resumed.  Printed: kills,
runs, answers that were on record and asked again (must be 0), answers asked again in all (those in flight
when it was killed), and the same where the server honours the idempotency key (must be 0).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.durability.counting import CountingServer, finished_prompts, kill_when, make_folder, start
from tests.durability.test_kill import PARALLEL


@dataclass
class Tally:
    """What came of all kills."""

    kills: int = 0
    runs: int = 0
    asked_again: int = 0
    finished_asked_again: int = 0
    billed_twice: int = 0


def one_run(folder: Path, chance: random.Random, tally: Tally, most: int) -> None:
    """One run, killed and resumed until it is done."""
    with CountingServer(delay=0.002) as server:
        make_folder(folder, server, PARALLEL)
        process = start(folder, "run", "many", "--json")
        before: list[tuple[set[str], Counter[str]]] = []
        while tally.kills < most and kill_when(process, server, server.total + chance.randint(1, 30)):
            tally.kills += 1
            before.append((finished_prompts(folder / "local.db"), server.counts()))
            process = start(folder, "resume", "--json")
        out, err = process.communicate(timeout=120)
        if b"no run is unfinished" in err:  # the last kill came after the run's end was on record
            out, err = (process := start(folder, "show", "last", "--json")).communicate(timeout=120)
        if process.returncode != 0 or json.loads(out)["status"] != "done":
            raise SystemExit(f"the run did not end well: {err.decode()}")
        after = server.counts()
        tally.runs += 1
        tally.asked_again += sum(after.values()) - len(after)
        tally.billed_twice += len(server.keys) - len(after)
        for finished, counts in before:
            tally.finished_asked_again += sum(after[prompt] != counts[prompt] for prompt in finished)


def main() -> None:
    """Kill until it is enough, then tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    chance, tally = random.Random(given.seed), Tally()
    while tally.kills < given.kills:
        with tempfile.TemporaryDirectory() as folder:
            one_run(Path(folder), chance, tally, given.kills)
    print(f"{tally.kills} kills over {tally.runs} runs of 200 calls, 16 in flight")
    print(f"on record and asked again: {tally.finished_asked_again}")
    print(f"in flight and asked again: {tally.asked_again} ({tally.asked_again / tally.kills:.2f} a kill)")
    print(f"billed twice where idempotency keys are honoured: {tally.billed_twice}")


if __name__ == "__main__":
    main()
