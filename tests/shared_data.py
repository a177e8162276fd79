"""Public task data, for tests of how well embedded models do; they are skipped where it is absent."""

from __future__ import annotations

import csv
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parent.parent.parent / "shared" / "data"
FOLDER = Path(os.environ.get("WORKBENCH_SHARED_DATA", _BESIDE)) / "tasks"


def path(name: str) -> Path:
    """The file ``name``; skips the test that asks when it is not there."""
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"no task data: {found} (WORKBENCH_SHARED_DATA names the folder that holds tasks/)")
    return found


def table(name: str) -> list[dict[str, str]]:
    """The rows of a tab-separated file."""
    with path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def records(name: str) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path(name).read_text(encoding="utf-8").splitlines()]


def shots(rows: list[dict[str, str]], label: str, count: int) -> list[dict[str, str]]:
    """At most ``count`` rows of each label, drawn the same way every time."""
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    taken: dict[str, int] = {}
    kept = []
    for row in shuffled:
        taken[row[label]] = taken.get(row[label], 0) + 1
        if taken[row[label]] <= count:
            kept.append(row)
    return kept


def auroc(high: list[float], low: list[float]) -> float:
    """How often a value of ``high`` is above one of ``low``; a tie counts half."""
    ordered = sorted(low)
    above = 0.0
    for value in high:
        below = sum(other < value for other in ordered)
        ties = sum(other == value for other in ordered)
        above += below + ties / 2
    return above / (len(high) * len(low))
