"""Events of runs, as rows."""

from __future__ import annotations

from workbench.events import RunFinished, RunResumed, RunStarted
from workbench.ledger.batch import Batch
from workbench.ledger.columns import fit
from workbench.ledger.crashes import mark_interrupted
from workbench.ledger.state import RunState

_START = """INSERT INTO runs (id, recipe, recipe_hash, recipe_path, mode, status, started, parent, inputs,
    role_models, edits, touched, owner, batch, batch_key) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?,
    ?, (SELECT number FROM batches WHERE id = ?), ?)"""
_END = """UPDATE runs SET status = ?, finished = ?, outputs = ?, error = ?, error_class = ?,
    error_path = ?, owner = NULL WHERE number = ?"""
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
        event.batch, event.batch_key,
    )  # fmt: skip
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
        event.error_class, event.error_path, state.number,
    )  # fmt: skip
    batch.cursor.execute(_END, fit(row))
