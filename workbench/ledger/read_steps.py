"""Queries about the steps of a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.read_calls import calls_of_step, decisions_of_step, gates_of_step
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.read_runs import SHOWN, number_of
from workbench.ledger.rows import StepDetail, StepRow
from workbench.ledger.schema import MOST_ROWS, first_key, last_key

_COLUMNS = f"""id & {MOST_ROWS}, path, verb, status, started, finished, coalesce(model, ''), attempts, reused,
    cost_nano, tokens_in, tokens_out, gates_passed, gates_failed, reason, error, error_class"""

_STATUS, _REASON, _ERROR = 3, 14, 15


def steps(connection: sqlite3.Connection, reference: str, limit: int, offset: int) -> list[StepRow]:
    """A page of steps, in the order they started."""
    number = number_of(connection, reference)
    # orders have no gaps, so a page is a range of keys
    first = first_key(number) + 1 + max(offset, 0)
    return _rows(connection, number, (first, last_key(number)), limit)


def count_steps(connection: sqlite3.Connection, reference: str) -> int:
    """How many step instances a run has."""
    number = number_of(connection, reference)
    found: int = connection.execute("SELECT steps FROM runs WHERE number = ?", (number,)).fetchone()[0]
    return found


def _rows(connection: sqlite3.Connection, number: int, keys: tuple[int, int], limit: int) -> list[StepRow]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM steps WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", (*keys, limit)
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.fetch(column for row in rows for column in row[_REASON : _ERROR + 1] if isinstance(column, int))
    gone = crashed(connection, number) if any(row[_STATUS] == "running" for row in rows) else False
    return [_step_row(row, payloads, gone) for row in rows]


def crashed(connection: sqlite3.Connection, number: int) -> bool:
    """Whether a run's process is gone, though nobody wrote that yet."""
    found: int = connection.execute(
        f"SELECT status = 'running' AND {SHOWN} = 'crashed' FROM runs WHERE number = ?", (number,)
    ).fetchone()[0]
    return bool(found)


def _step_row(row: Sequence[Any], payloads: PayloadReader, gone: bool) -> StepRow:
    values = list(row)
    if gone and row[_STATUS] == "running":
        values[_STATUS] = "cancelled"
    values[_REASON] = payloads.text(row[_REASON]) or ""
    values[_ERROR] = payloads.text(row[_ERROR])
    return StepRow(*values)


def step(connection: sqlite3.Connection, reference: str, path: str) -> StepDetail:
    """All of one step instance; raises UsageError when the run has none at ``path``."""
    number = number_of(connection, reference)
    keys = (first_key(number), last_key(number))
    path = path.encode("utf-8", "replace").decode()
    found = connection.execute(
        "SELECT id, output FROM steps WHERE id BETWEEN ? AND ? AND path = ?", (*keys, path)
    ).fetchone()
    if found is None:
        raise UsageError(f"run {reference} has no step {path}", hint=_near(connection, keys, path))
    key, output = found
    payloads = PayloadReader(connection)
    payloads.gather((output,))
    return StepDetail(
        step=_rows(connection, number, (key, key), 1)[0],
        output=payloads.value(output),
        calls=calls_of_step(connection, number, path, gone=crashed(connection, number)),
        decisions=decisions_of_step(connection, number, path),
        gates=gates_of_step(connection, number, path),
    )


def _near(connection: sqlite3.Connection, keys: tuple[int, int], path: str) -> str:
    import difflib

    rows = connection.execute("SELECT path FROM steps WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1000", keys)
    near = difflib.get_close_matches(path, [each for (each,) in rows], n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "workbench show lists its steps"


def step_outputs(connection: sqlite3.Connection, reference: str) -> dict[str, Json]:
    """What the finished step instances of a run left behind, by path."""
    number = number_of(connection, reference)
    rows = connection.execute(
        "SELECT path, output FROM steps WHERE id BETWEEN ? AND ? AND status IN ('done', 'skipped', 'failed')"
        " AND output IS NOT NULL ORDER BY id",
        (first_key(number), last_key(number)),
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(output for _, output in rows)
    return {path: payloads.value(output) for path, output in rows}
