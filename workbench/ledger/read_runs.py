"""Queries about runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from workbench.errors import UsageError
from workbench.events import BudgetLine, Json, Missing
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.rows import RunFilter, RunReport, RunRow, RunSnapshot
from workbench.ledger.schema import call_of, first_key, last_key

SHOWN = "CASE WHEN status = 'running' AND NOT is_alive(owner, touched) THEN 'crashed' ELSE status END"
"""The status as it is now: a run whose process is gone crashed, though nobody wrote that yet."""

_COLUMNS = f"""id, number, recipe, recipe_hash, mode, {SHOWN}, started,
    CASE WHEN finished IS NULL AND {SHOWN} = 'crashed' THEN touched ELSE finished END, parent, inputs,
    cost_nano, cost_known, saved_nano, tokens_in, tokens_out, tokens_cached, calls, reused, steps, models,
    error, error_class, error_path"""

_INPUTS, _COST_KNOWN, _MODELS, _ERROR = 9, 11, 19, 20

UNFINISHED = ("waiting", "crashed", "cancelled", "over_budget", "failed")
NAMED_AT_MOST = 8


def runs(connection: sqlite3.Connection, limit: int, offset: int, where: RunFilter) -> list[RunRow]:
    """A page of runs, newest first."""
    condition, values = _condition(where)
    return _rows(connection, f"{condition} ORDER BY number DESC LIMIT ? OFFSET ?", (*values, limit, offset))


def count_runs(connection: sqlite3.Connection, where: RunFilter) -> int:
    """How many runs match."""
    condition, values = _condition(where)
    found: int = connection.execute(f"SELECT count(*) FROM runs {condition}", values).fetchone()[0]
    return found


def numbered(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[RunRow]:
    """The runs of these numbers, oldest first."""
    marks = ", ".join("?" * len(numbers))
    return _rows(connection, f"WHERE number IN ({marks}) ORDER BY number", numbers)


def _rows(connection: sqlite3.Connection, rest: str, values: Sequence[Any]) -> list[RunRow]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM runs {rest}", values).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(row[_INPUTS] for row in rows)
    payloads.fetch(row[_ERROR] for row in rows if isinstance(row[_ERROR], int))
    return [_run_row(row, payloads) for row in rows]


def _run_row(row: Sequence[Any], payloads: PayloadReader) -> RunRow:
    values = list(row)
    values[_INPUTS] = payloads.value(row[_INPUTS]) or {}
    values[_COST_KNOWN] = bool(row[_COST_KNOWN])
    values[_MODELS] = tuple(json.loads(row[_MODELS]))
    values[_ERROR] = payloads.text(row[_ERROR])
    return RunRow(*values)


# --- which runs ---------------------------------------------------------------------------------------


def _condition(where: RunFilter) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if where.recipe:
        conditions.append("recipe = ?")
        values.append(where.recipe)
    if where.status in ("running", "crashed"):
        conditions.append(f"status IN ('running', 'crashed') AND {SHOWN} = ?")
        values.append(where.status)
    elif where.status:
        conditions.append("status = ?")
        values.append(where.status)
    if where.text:
        conditions.append(_TEXT)
        plain, escaped = _pattern(where.text), _pattern(json.dumps(where.text, ensure_ascii=False)[1:-1])
        values.extend((plain, plain, plain, plain, plain, escaped, plain))
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), values


_TEXT = f"""(id LIKE ? ESCAPE '!' OR recipe LIKE ? ESCAPE '!' OR {SHOWN} LIKE ? ESCAPE '!'
    OR CASE typeof(error) WHEN 'integer' THEN (SELECT body FROM blobs WHERE blobs.id = error) ELSE error END
        LIKE ? ESCAPE '!'
    OR inputs LIKE ? ESCAPE '!' OR inputs LIKE ? ESCAPE '!'
    OR (inputs LIKE '%$blob%' AND json_valid(inputs) AND EXISTS (
        SELECT 1 FROM json_tree(inputs) AS part JOIN blobs ON blobs.id = part.value
        WHERE part.key = '$blob' AND blobs.encoding = 0 AND blobs.body LIKE ? ESCAPE '!')))"""
"""Inputs stand as JSON, in which quotes and line ends are escaped: both forms of the text are looked for."""


def _pattern(text: str) -> str:
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%".encode("utf-8", "replace").decode()


def run(connection: sqlite3.Connection, reference: str) -> RunRow:
    """The run that ``reference`` names: an id, a unique prefix, ``last``, ``last~N``."""
    found = _rows(connection, "WHERE number = ?", (number_of(connection, reference),))
    return found[0]


def number_of(connection: sqlite3.Connection, reference: str) -> int:
    """The number of the run that ``reference`` names; raises UsageError when it names none or several."""
    row = connection.execute("SELECT number FROM runs WHERE id = ?", (_clean(reference),)).fetchone()
    if row is None and (reference == "last" or reference.startswith("last~")):
        row = connection.execute(
            "SELECT number FROM runs ORDER BY number DESC LIMIT 1 OFFSET ?", (_steps_back(reference),)
        ).fetchone()
        if row is None:
            raise UsageError(f"there is no run {reference}: {_how_many(connection)}")
    if row is None:
        row = _by_prefix(connection, _clean(reference))
    number: int = row[0]
    return number


def _clean(reference: str) -> str:
    return reference.encode("utf-8", "replace").decode()


def _steps_back(reference: str) -> int:
    text = reference.removeprefix("last").removeprefix("~")
    if reference == "last":
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise UsageError(f"{reference} names no run", hint="write last, last~1, last~2, …")
    return int(text)


def _how_many(connection: sqlite3.Connection) -> str:
    number = count_runs(connection, RunFilter())
    return (
        "the ledger holds no runs yet" if number == 0 else f"the ledger holds {number} run{'s'[: number > 1]}"
    )


def _by_prefix(connection: sqlite3.Connection, prefix: str) -> tuple[int]:
    found = connection.execute(
        f"SELECT number, id, recipe, {SHOWN} FROM runs WHERE id >= ? AND id < ? ORDER BY number DESC LIMIT ?",
        (prefix, prefix + "\U0010ffff", NAMED_AT_MOST + 1),
    ).fetchall()
    if not prefix or not found:
        raise UsageError(
            f"no run is named {prefix}" if prefix else "an empty text names no run",
            hint="workbench runs lists them",
        )
    if len(found) > 1:
        named = ", ".join(f"{id} ({recipe}, {status})" for _, id, recipe, status in found[:NAMED_AT_MOST])
        more = ", …" if len(found) > NAMED_AT_MOST else ""
        raise UsageError(f"several runs begin with {prefix}: {named}{more}", hint="write more of the id")
    return (found[0][0],)


def unfinished(connection: sqlite3.Connection, limit: int) -> list[RunRow]:
    """Runs that can be resumed, newest first: they ended neither well nor as a replay."""
    marks = ", ".join("?" * len(UNFINISHED))
    return _rows(
        connection,
        f"WHERE status IN ({marks}, 'running') AND {SHOWN} <> 'running' AND mode <> 'replay'"
        " ORDER BY number DESC LIMIT ?",
        (*UNFINISHED, limit),
    )


# --- one run ------------------------------------------------------------------------------------------


def outputs(connection: sqlite3.Connection, reference: str) -> dict[str, Json]:
    """The outputs of a run."""
    column = connection.execute(
        "SELECT outputs FROM runs WHERE number = ?", (number_of(connection, reference),)
    ).fetchone()[0]
    payloads = PayloadReader(connection)
    payloads.gather((column,))
    return payloads.value(column) or {}


def snapshot(connection: sqlite3.Connection, reference: str) -> RunSnapshot:
    """The recipe and inputs of a run as they were."""
    row = connection.execute(
        f"""SELECT runs.id, recipe, recipe_hash, recipe_path, mode, parent, {SHOWN}, inputs, role_models,
            edits, outputs, files, file_hashes, (SELECT name FROM sessions WHERE number = session)
            FROM runs LEFT JOIN recipes ON recipes.hash = recipe_hash
            WHERE number = ?""",
        (number_of(connection, reference),),
    ).fetchone()
    run_id, recipe, recipe_hash, recipe_path, mode, parent, status, *columns, session = row
    fork_at, fork_note = _fork(connection, run_id)
    payloads = PayloadReader(connection)
    payloads.gather((*columns, fork_note))
    inputs, role_models, edits, run_outputs, files, hashes = (payloads.value(each) or {} for each in columns)
    return RunSnapshot(
        run=run_id, recipe=recipe, recipe_hash=recipe_hash, recipe_path=recipe_path, files=files,
        file_hashes=hashes, inputs=inputs, mode=mode, parent=parent, models=role_models, edits=edits,
        outputs=run_outputs, status=status, fork_at=fork_at,
        fork_output=(payloads.value(fork_note) or {}).get("output"), session=session,
    )  # fmt: skip


def report(connection: sqlite3.Connection, reference: str) -> RunReport:
    """What a run says of its budgets and its end."""
    column, session = connection.execute(
        "SELECT report, (SELECT name FROM sessions WHERE number = session) FROM runs WHERE number = ?",
        (number_of(connection, reference),),
    ).fetchone()
    payloads = PayloadReader(connection)
    payloads.gather((column,))
    plain = payloads.value(column) or {}
    return RunReport(
        tuple(BudgetLine(*each) for each in plain.get("budgets", ())),
        tuple(Missing(*each) for each in plain.get("missing", ())),
        plain.get("came_from", {}),
        session,
    )


def _fork(connection: sqlite3.Connection, run: str) -> tuple[str | None, Any]:
    """Where a fork began, and the payload with the output given there."""
    row: tuple[str, Any] | None = connection.execute(
        "SELECT path, note FROM notes WHERE kind = 'fork' AND run = (SELECT number FROM runs WHERE id = ?)",
        (run,),
    ).fetchone()
    return row or (None, None)


def last_inputs(connection: sqlite3.Connection, recipe: str) -> dict[str, Json] | None:
    """The inputs of a recipe's newest run."""
    row = connection.execute(
        "SELECT inputs FROM runs WHERE recipe = ? ORDER BY number DESC LIMIT 1", (_clean(recipe),)
    ).fetchone()
    if row is None:
        return None
    payloads = PayloadReader(connection)
    payloads.gather(row)
    return payloads.value(row[0]) or {}


def position(connection: sqlite3.Connection, reference: str) -> tuple[int, int]:
    """The number of a run's last event and of its last call: where a resumed run goes on counting."""
    number = number_of(connection, reference)
    last_seq = connection.execute("SELECT last_seq FROM runs WHERE number = ?", (number,)).fetchone()[0]
    greatest = connection.execute(
        "SELECT max(id) FROM (SELECT max(id) AS id FROM calls WHERE id BETWEEN ? AND ?"
        " UNION ALL SELECT max(id) FROM decisions WHERE id BETWEEN ? AND ?)",
        (first_key(number), last_key(number)) * 2,
    ).fetchone()[0]
    return last_seq, call_of(greatest)[0] if greatest else 0
