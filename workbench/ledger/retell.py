"""A recorded run told again as the events that made it: what a bundle carries to another machine.

Events are numbered anew and stand by kind, not by time: all steps begin, then the calls in order, the gates,
then all steps end.  Taken by a writer they make the same rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Candidate,
    Event,
    GateChecked,
    Json,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.ledger.columns import candidate_of
from workbench.ledger.crashes import MAY_BE_BILLED
from workbench.ledger.read_calls import gates_of_run, whole_calls
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.read_runs import number_of, report, snapshot
from workbench.ledger.rows import CallRow, RunSnapshot
from workbench.ledger.schema import call_of, first_key, last_key
from workbench.ledger.take_calls import BY_PEOPLE

PAGE = 200
"""Rows read at a time."""

Row = Sequence[Any]


def retell(connection: sqlite3.Connection, run: str) -> Iterator[Event]:
    """The events of a run that has ended or waits; raises UsageError when there is no such run."""
    for seq, event in enumerate(_events(connection, run), start=1):
        yield replace(event, run=run, seq=seq)


def _events(connection: sqlite3.Connection, run: str) -> Iterator[Event]:
    number, kept = number_of(connection, run), snapshot(connection, run)
    payloads = PayloadReader(connection)
    status, started, finished, touched, error, error_class, error_path, batch, batch_key = connection.execute(
        """SELECT status, started, finished, touched, error, error_class, error_path,
            (SELECT id FROM batches WHERE batches.number = batch), batch_key FROM runs WHERE number = ?""",
        (number,),
    ).fetchone()
    yield _start(kept, started, batch, batch_key)
    steps = connection.execute(
        "SELECT path, verb, role, started FROM steps WHERE id BETWEEN ? AND ? ORDER BY id", _keys(number)
    )
    for path, verb, role, at in steps:
        yield StepStarted(at=at, path=path, verb=verb, role=role)
    yield from _decisions(connection, number)
    for row, durable, effects, asker in whole_calls(connection, number, PAGE):
        yield from _call(row, asker, durable=durable, effects=effects)
    for gate in gates_of_run(connection, number):
        yield GateChecked(
            path=gate.path, call=gate.call, gate=gate.gate, passed=gate.passed, score=gate.score,
            reason=gate.reason, seconds=gate.seconds, cost_nano=gate.cost_nano, input=gate.input,
        )  # fmt: skip
    yield from _answers(connection, number)
    yield from _ended_steps(connection, number)
    told = report(connection, run)
    payloads.fetch([error] if isinstance(error, int) else [])
    yield RunFinished(
        at=finished or touched, status=status, outputs=kept.outputs, error=payloads.text(error),
        error_class=error_class, error_path=error_path, missing=told.missing, came_from=told.came_from,
        budgets=told.budgets,
    )  # fmt: skip


def _start(kept: RunSnapshot, at: int, batch: str | None, batch_key: str | None) -> RunStarted:
    return RunStarted(
        at=at, recipe=kept.recipe, recipe_hash=kept.recipe_hash, recipe_path=kept.recipe_path,
        files=kept.files, file_hashes=kept.file_hashes, inputs=kept.inputs, mode=kept.mode,
        parent=kept.parent, models=kept.models, edits=kept.edits, fork_at=kept.fork_at,
        fork_output=kept.fork_output, batch=batch, batch_key=batch_key, session=kept.session,
    )  # fmt: skip


def _decisions(connection: sqlite3.Connection, number: int) -> Iterator[RouteDecided]:
    for page in _pages(
        connection, "decisions", "path, role, policy, chosen, reason, candidates", _keys(number)
    ):
        payloads = PayloadReader(connection)
        payloads.gather(row[6] for row in page)
        payloads.fetch(row[5] for row in page if isinstance(row[5], int))
        for key, path, role, policy, chosen, reason, candidates in page:
            call, attempt = call_of(key)
            considered: tuple[Candidate, ...] = tuple(
                candidate_of(each) for each in payloads.value(candidates) or ()
            )
            yield RouteDecided(
                path=path, call=call, attempt=attempt, role=role, policy=policy, chosen=chosen,
                reason=payloads.text(reason) or "", candidates=considered,
            )  # fmt: skip


def _call(row: CallRow, gate: str, *, durable: bool, effects: bool) -> Iterator[Event]:
    if row.source is not None:
        yield CallReused(
            at=row.started, path=row.path, call=row.call, kind=row.kind, target=row.target,
            fingerprint=row.fingerprint, source=row.source, answer=row.answer, model=row.model,
            usage=row.usage, saved_nano=row.cost_nano, seconds=row.seconds or 0.0,
            waited=row.first_token or 0.0, error=row.error, error_class=row.error_class, effects=effects,
            asked=row.request, gate=gate,
        )  # fmt: skip
        return
    yield CallStarted(
        at=row.started, path=row.path, call=row.call, attempt=row.attempt, kind=row.kind, target=row.target,
        fingerprint=row.fingerprint, request=row.request, durable=durable, effects=effects,
        gate=gate,
    )  # fmt: skip
    gone = row.status in ("started", "unknown")
    may_be_billed = gone and durable and row.kind not in BY_PEOPLE
    yield CallFinished(
        at=row.started, path=row.path, call=row.call, attempt=row.attempt,
        status="unknown" if gone else row.status, answer=row.answer, model=row.model, finish=row.finish,
        usage=row.usage, cost_nano=row.cost_nano, price=row.price,
        error=row.error or (MAY_BE_BILLED if may_be_billed else None), error_class=row.error_class,
        seconds=row.seconds or 0.0, first_token=row.first_token, chunks=row.chunks, raw=row.raw, gate=gate,
    )  # fmt: skip


def _answers(connection: sqlite3.Connection, number: int) -> Iterator[RunResumed]:
    notes = connection.execute(
        "SELECT at, note FROM notes WHERE run = ? AND kind = 'answers' ORDER BY id", (number,)
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(note for _, note in notes)
    for at, note in notes:
        given: Mapping[str, Json] = payloads.value(note) or {}
        yield RunResumed(at=at, answers={path: str(answer) for path, answer in given.items()})


def _ended_steps(connection: sqlite3.Connection, number: int) -> Iterator[StepFinished]:
    columns = "path, verb, status, finished, output, reason, error, error_class"
    for page in _pages(connection, "steps", columns, _keys(number)):
        payloads = PayloadReader(connection)
        payloads.gather(row[5] for row in page)
        payloads.fetch(column for row in page for column in row[6:8] if isinstance(column, int))
        for _, path, verb, status, finished, output, reason, error, error_class in page:
            if finished is not None:
                yield StepFinished(
                    at=finished, path=path, verb=verb, status=status, output=payloads.value(output),
                    reason=payloads.text(reason) or "", error=payloads.text(error), error_class=error_class,
                )  # fmt: skip


def _pages(
    connection: sqlite3.Connection, table: str, columns: str, keys: tuple[int, int]
) -> Iterator[list[Row]]:
    """All rows of a run in pages, each row led by its key."""
    after, last = keys[0] - 1, keys[1]
    query = f"SELECT id, {columns} FROM {table} WHERE id > ? AND id <= ? ORDER BY id LIMIT {PAGE}"
    while page := connection.execute(query, (after, last)).fetchall():
        yield page
        after = page[-1][0]


def _keys(number: int) -> tuple[int, int]:
    return first_key(number), last_key(number)
