"""How long the steps of a recipe took, each as a whole."""

from __future__ import annotations

import sqlite3

from workbench.ledger.schema import MOST_ROWS, RUN_SHIFT

_TIMES = f"""SELECT steps.path, (steps.finished - steps.started) / 1e6 FROM (
        SELECT number FROM runs WHERE recipe = ? AND mode <> 'replay' ORDER BY number DESC LIMIT ?
    ) AS latest CROSS JOIN steps ON steps.id BETWEEN latest.number << {RUN_SHIFT}
        AND (latest.number << {RUN_SHIFT}) | {MOST_ROWS}
    WHERE steps.status = 'done' AND steps.reused = 0 AND steps.finished IS NOT NULL
        AND steps.path NOT GLOB '*]' AND steps.path NOT GLOB '*#[0-9]*' LIMIT ?"""

MOST_STEPS = 5_000


def step_times(connection: sqlite3.Connection, recipe: str, runs: int) -> list[tuple[str, float]]:
    """Path and seconds of each step that a recipe's latest runs did for real; without items and passes."""
    return connection.execute(_TIMES, (recipe, runs, MOST_STEPS)).fetchall()
