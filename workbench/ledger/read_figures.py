"""What past calls cost and took: the figures that plans and forecasts are made of."""

from __future__ import annotations

import sqlite3
from typing import Any

from workbench.ledger.rows import CallFigures
from workbench.ledger.schema import first_key, last_key

MOST_RUNS = 200

_RUNS = "SELECT number FROM runs WHERE recipe = ? AND calls > 0 ORDER BY number DESC LIMIT ?"
_FIGURES = """SELECT path, target, kind, status, cost_nano, duration, input, cached, cache_write, output, gate
    FROM calls WHERE id BETWEEN ? AND ? AND kind IN ('model', 'tool', 'retrieve')
    AND status IN ('ok', 'error') ORDER BY id"""


def figures(connection: sqlite3.Connection, recipe: str, limit: int) -> list[CallFigures]:
    """The step instances of a recipe's latest runs that made calls of their own, newest run first."""
    found: list[CallFigures] = []
    name = recipe.encode("utf-8", "replace").decode()
    for (number,) in connection.execute(_RUNS, (name, MOST_RUNS)).fetchall():
        rows = connection.execute(_FIGURES, (first_key(number), last_key(number))).fetchall()
        found += _by_instance(number, rows)
        if len(found) >= limit:
            break
    return found[:limit]


def _by_instance(number: int, rows: list[tuple[Any, ...]]) -> list[CallFigures]:
    """All attempts of an instance as one figure, and so those of each gate; where the last failed none."""
    attempts: dict[tuple[str, str | None], list[tuple[Any, ...]]] = {}
    for row in rows:
        attempts.setdefault((row[0], row[10]), []).append(row)
    return [_figures(number, each) for each in attempts.values() if each[-1][3] == "ok"]


def _figures(number: int, rows: list[tuple[Any, ...]]) -> CallFigures:
    path, target, kind, *_, gate = rows[-1]
    answered = [row for row in rows if row[3] == "ok"]
    costs = [row[4] for row in rows]
    tokens_in = [None if row[6] is None else row[6] + (row[7] or 0) + (row[8] or 0) for row in answered]
    return CallFigures(
        gate=gate or "",
        run=number,
        path=path,
        target=target,
        kind=kind,
        calls=len(answered),
        cost_nano=_sum(costs),
        seconds=sum(row[5] or 0 for row in rows) / 1e6,
        tokens_in=_sum(tokens_in),
        tokens_out=_sum([row[9] for row in answered]),
    )


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
