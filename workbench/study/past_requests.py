"""What the recorded requests of a run tell of the next: which came where, how long their texts were."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.ledger.rows import CallRow
from workbench.study.explain import parts_of_row
from workbench.study.history import place


def by_path(rows: Sequence[CallRow]) -> dict[str, list[tuple[CallRow, CallRow]]]:
    """First and last attempt of each call, by step instance, in order."""
    ends: dict[int, tuple[CallRow, CallRow]] = {}
    for row in rows:
        ends[row.call] = (ends[row.call][0] if row.call in ends else row, row)
    found: dict[str, list[tuple[CallRow, CallRow]]] = {}
    for first, last in ends.values():
        found.setdefault(first.path, []).append((first, last))
    return found


def instructions(rows: Sequence[CallRow]) -> dict[str, int]:
    """Characters of the instruction that goes with a classifier's or extractor's text, by place."""
    return {
        place(row.path): _characters(row) - len(str(parts_of_row(row).get("prompt", "")))
        for row in rows
        if row.request.get("task") in ("classify", "extract")
    }


def _characters(row: CallRow) -> int:
    return sum(len(str(each.get("text", ""))) for each in row.request.get("messages") or ())


def token_lengths(rows: Sequence[CallRow]) -> dict[str, float]:
    """Characters of a token, by model (and of all under ""), as the recorded prompts had them."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        characters = _characters(row)
        tokens = row.usage.input_total
        if row.kind == "model" and characters and tokens:
            for target in (row.target, ""):
                before = sums.get(target, (0, 0))
                sums[target] = (before[0] + characters, before[1] + tokens)
    return {target: characters / tokens for target, (characters, tokens) in sums.items()}
