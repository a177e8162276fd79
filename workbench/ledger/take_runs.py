"""Events of runs, as rows."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.events import BudgetLine, Json, RunFinished, RunResumed, RunStarted
from workbench.ledger.batch import Batch
from workbench.ledger.columns import fit
from workbench.ledger.crashes import mark_interrupted
from workbench.ledger.state import RunState

_START = """INSERT INTO runs (id, recipe, recipe_hash, recipe_path, mode, status, started, parent, inputs,
    role_models, edits, touched, owner, batch, batch_key, session, report) VALUES (?, ?, ?, ?, ?, 'running',
    ?, ?, ?, ?, ?, ?, ?, (SELECT number FROM batches WHERE id = ?), ?,
    (SELECT number FROM sessions WHERE name = ?), ?)"""
_SESSION = """INSERT INTO sessions (name, recipe, touched) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET touched = excluded.touched"""
_END = """UPDATE runs SET status = ?, finished = ?, outputs = ?, error = ?, error_class = ?,
    error_path = ?, report = ?, owner = NULL WHERE number = ?"""
_AGAIN = """UPDATE runs SET status = 'running', finished = NULL, error = NULL, error_class = NULL,
    error_path = NULL, owner = ? WHERE number = ?"""
_CHANGED = "UPDATE runs SET recipe = ?, recipe_hash = ?, recipe_path = ?, edits = NULL WHERE number = ?"
_RECIPE = """INSERT INTO recipes (hash, name, files, file_hashes, seen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO NOTHING"""
_FORK = "INSERT INTO notes (run, path, at, kind, note) VALUES (?, ?, ?, 'fork', ?)"
_ANSWERS = "INSERT INTO notes (run, at, kind, note) VALUES (?, ?, 'answers', ?)"

LONGEST_INPUT = 2_000
"""Inputs stand in their run's row up to this many characters a text, so that a search finds them there."""


def start_run(batch: Batch, event: RunStarted) -> RunState:
    """A new run, or the one on record when the event was seen before."""
    execute, column = batch.cursor.execute, batch.payload.column
    if execute("SELECT 1 FROM runs WHERE id = ?", (event.run,)).fetchone():
        return batch.load(event.run)
    files, hashes = column(event.files), column(event.file_hashes)
    execute(_RECIPE, fit((event.recipe_hash, event.recipe, files, hashes, event.at)))
    inputs = column(event.inputs, longest=LONGEST_INPUT, row=4 * LONGEST_INPUT)
    row = (
        event.run, event.recipe, event.recipe_hash, event.recipe_path, event.mode, event.at, event.parent,
        inputs, column(event.models or None), column(event.edits or None), event.at, batch.owner,
        event.batch, event.batch_key, event.session, column(_budgets(event.budgets)),
    )  # fmt: skip
    if event.session is not None:
        execute(_SESSION, fit((event.session, event.recipe, event.at)))
    number = execute(_START, fit(row)).lastrowid
    assert number is not None
    if event.fork_at is not None:
        execute(_FORK, fit((number, event.fork_at, event.at, column({"output": event.fork_output}))))
    return RunState(number, event.run, is_open=True)


def resume_run(batch: Batch, state: RunState, event: RunResumed) -> None:
    """The run goes on; what was in flight when it stopped stays unknown."""
    batch.write()
    if mark_interrupted(batch.connection, state.number):
        state.cost_known = 0
    state.is_open = True
    state.open_calls.clear()
    state.open_steps.clear()
    batch.cursor.execute(_AGAIN, (batch.owner, state.number))
    if event.recipe is not None:
        kept, column = event.recipe, batch.payload.column
        files, hashes = column(kept.files), column(kept.file_hashes)
        batch.cursor.execute(_RECIPE, fit((kept.hash, kept.name, files, hashes, event.at)))
        batch.cursor.execute(_CHANGED, fit((kept.name, kept.hash, kept.path, state.number)))
    if event.answers:
        batch.cursor.execute(_ANSWERS, (state.number, event.at, batch.payload.column(event.answers)))
    batch.change_run(state)


def finish_run(batch: Batch, state: RunState, event: RunFinished) -> None:
    """The run ended, or waits."""
    state.is_open = False
    row = (
        event.status, event.at, batch.payload.column(event.outputs), batch.payload.text(event.error),
        event.error_class, event.error_path, batch.payload.column(_report(event)), state.number,
    )  # fmt: skip
    batch.cursor.execute(_END, fit(row))


def _report(event: RunFinished) -> Json:
    """What a run says of its end, as JSON; None when there is nothing to say."""
    report: dict[str, Json] = {**(_budgets(event.budgets) or {})}
    if event.missing:
        report["missing"] = [[each.path, each.why, each.error_class] for each in event.missing]
    if event.came_from:
        report["came_from"] = {name: list(ways) for name, ways in event.came_from.items()}
    return report or None


def _budgets(lines: Sequence[BudgetLine]) -> dict[str, Json] | None:
    if not lines:
        return None
    return {
        "budgets": [
            [each.level, each.name, each.measure, each.used, each.limit, each.on_exceed] for each in lines
        ]
    }
