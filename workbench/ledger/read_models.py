"""What the record says of each model: how fast, how dear, how often it failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from workbench.ledger.rows import ModelFigures

_LATEST = """SELECT target, status, duration, first_token, cost_nano FROM calls
    WHERE kind = 'model' AND status IN ('ok', 'error') ORDER BY id DESC LIMIT ?"""

_PAID = """SELECT target, started, cost_nano, input, cached, cache_write, output FROM calls
    WHERE kind = 'model' AND status IN ('ok', 'error') ORDER BY id"""


def paid(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Every attempt at a model: model, start in microseconds, cost in nano-dollars, and its tokens."""
    return connection.execute(_PAID).fetchall()


def models(connection: sqlite3.Connection, limit: int) -> list[ModelFigures]:
    """The figures of every model among the latest attempts, the busiest first."""
    attempts: dict[str, list[tuple[Any, ...]]] = {}
    for target, *rest in connection.execute(_LATEST, (limit,)):
        attempts.setdefault(target, []).append(tuple(rest))
    found = [_figures(model, rows) for model, rows in attempts.items()]
    return sorted(found, key=lambda each: (-each.calls - each.errors, each.model))


def _figures(model: str, rows: list[tuple[Any, ...]]) -> ModelFigures:
    answered = [row for row in rows if row[0] == "ok"]
    times = [row[1] for row in answered if row[1] is not None]
    first = [row[2] for row in answered if row[2] is not None]
    return ModelFigures(
        model,
        len(answered),
        len(rows) - len(answered),
        (_share(times, 0.5), _share(times, 0.95)) if times else None,
        _share(first, 0.5) if first else None,
        sum(row[3] or 0 for row in rows),
        all(row[3] is not None for row in answered),
    )


def _share(microseconds: Sequence[int], share: float) -> float:
    """The time within which this share of all attempts ended, in seconds."""
    ordered = sorted(microseconds)
    return float(ordered[min(int(len(ordered) * share), len(ordered) - 1)]) / 1e6
