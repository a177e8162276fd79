"""How single values are shown: times, durations, tokens, states."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from pathlib import Path

from workbench.cli.blocks import Span
from workbench.events import Json
from workbench.recipe.durations import duration as duration
from workbench.usage import money

ONE_LINE = 72
"""Characters of JSON that are shown on one line."""
MARKS = {
    "done": "✓", "ok": "✓", "failed": "✗", "error": "✗", "crashed": "✗", "waiting": "?", "running": "▶",
    "started": "▶", "skipped": "·", "cancelled": "■", "over_budget": "$", "reused": "↻", "unknown": "?",
}  # fmt: skip
STYLES = {
    "done": "green", "ok": "green", "failed": "red", "error": "red", "crashed": "red", "waiting": "yellow",
    "running": "cyan", "started": "cyan", "skipped": "dim", "cancelled": "yellow", "over_budget": "yellow",
    "reused": "green", "unknown": "yellow",
}  # fmt: skip


def state(status: str) -> Span:
    """A status as a mark and a word, coloured."""
    word = status.replace("_", " ")
    return Span(f"{MARKS.get(status, '·')} {word}", STYLES.get(status, ""))


def clock(micros: int) -> str:
    """A moment in local time: ``2026-11-21 12:01:07``."""
    return _local(micros, "%Y-%m-%d %H:%M:%S")


def moment(micros: int) -> str:
    """A moment in local time, for tables: ``11-21 12:01``."""
    return _local(micros, "%m-%d %H:%M")


def _local(micros: int, form: str) -> str:
    try:
        return datetime.fromtimestamp(micros / 1e6).strftime(form)
    except (ValueError, OverflowError, OSError):  # a date no calendar has, from a damaged record
        return "?"


def size(number: int) -> str:
    """``812 B``, ``4.1 KB``, ``3.2 MB``."""
    if number < 1000:
        return f"{number} B"
    for unit in ("KB", "MB"):
        number_of = number / (1e3 if unit == "KB" else 1e6)
        if number_of < 999.5:
            return f"{number_of:.1f} {unit}"
    return f"{number / 1e9:.2f} GB"


def count(number: int | None, word: str) -> str:
    """``1 call``, ``3 calls``, ``? calls``."""
    if number is None:
        return f"? {word}s"
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def percent(score: float | None) -> str:
    """A score in 0..1 as two digits; empty when there is none."""
    return "" if score is None else f"{score:.2f}"


def at_most(nano: int | None) -> str:
    """An estimate of a cost; empty when there is none."""
    return "" if nano is None else money(nano)


def value_text(value: Json) -> str:
    """A JSON value for people: texts as they are, the rest as JSON, on one line where it is short."""
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= ONE_LINE else json.dumps(value, ensure_ascii=False, indent=2)


def with_database(database: Path | None) -> str:
    """`` --db PATH`` for a command that one is told, where the record is not the usual one."""
    return f" --db {shlex.quote(str(database))}" if database else ""


def short(text: str, width: int) -> str:
    """``text`` on one line, cut to ``width`` characters."""
    flat = " ".join(text[: width * 4].split())
    return flat if len(flat) <= width else f"{flat[: width - 1]}…"
