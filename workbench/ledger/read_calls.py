"""Queries about the calls of a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.events import Json
from workbench.ledger.columns import candidate_of, fingerprint_text, price_of
from workbench.ledger.crashes import MAY_BE_BILLED
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.rows import CallRow, DecisionRow, GateRow
from workbench.ledger.schema import call_of, first_key, last_key
from workbench.usage import Usage

_LIGHT = """id, path, kind, target, status, fingerprint, started, duration, request, messages, answer, data,
    model, finish, input, cached, cache_write, output, reasoning, usage, cost_nano, saved_nano, price,
    first_token, error, error_class, source, details"""
_FULL = f"{_LIGHT}, chunks, raw, gate"
_BARE = f"{_LIGHT}, NULL, NULL, gate"
"""Without the stream's rhythm and the wire."""


def calls_of_step(
    connection: sqlite3.Connection, number: int, path: str, *, gone: bool
) -> tuple[CallRow, ...]:
    """The attempts of one step instance; ``gone``: the process is, so those in flight are unknown."""
    rows = connection.execute(
        f"SELECT {_FULL} FROM calls WHERE id BETWEEN ? AND ? AND path = ? ORDER BY id", (*_keys(number), path)
    ).fetchall()
    return tuple(_call_rows(connection, rows, gone=gone))


def recording(connection: sqlite3.Connection, number: int) -> list[CallRow]:
    """All attempts of a run that ended or wait, in order, without the wire and the stream's rhythm."""
    rows = connection.execute(
        f"SELECT {_BARE} FROM calls WHERE id BETWEEN ? AND ?"
        " AND status NOT IN ('started', 'unknown') ORDER BY id",
        _keys(number),
    ).fetchall()
    return _call_rows(connection, rows, gone=False)


def whole_calls(
    connection: sqlite3.Connection, number: int, page: int
) -> Iterator[tuple[CallRow, bool, bool, str]]:
    """All attempts of a run with all that is kept of them, in order; whether durable, whether with effects,
    and the gate that asked.

    Read ``page`` rows at a time.
    """
    after, last = first_key(number) - 1, last_key(number)
    query = f"SELECT {_FULL}, durable, effects FROM calls WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"
    while rows := connection.execute(query, (after, last, page)).fetchall():
        after = rows[-1][0]
        found = _call_rows(connection, [row[:-2] for row in rows], gone=False)
        for call, row in zip(found, rows, strict=True):
            yield call, bool(row[-2]), bool(row[-1]), call.gate


def _keys(number: int) -> tuple[int, int]:
    return first_key(number), last_key(number)


def _call_rows(connection: sqlite3.Connection, rows: list[Sequence[Any]], *, gone: bool) -> list[CallRow]:
    payloads = PayloadReader(connection)
    payloads.gather_messages(row[9] for row in rows)
    payloads.fetch(row[10] for row in rows if row[10] is not None)
    payloads.gather(column for row in rows for column in (row[8], row[11], row[22], *row[27:30]))
    payloads.fetch(row[24] for row in rows if isinstance(row[24], int))
    return [_call_row(row, payloads, gone) for row in rows]


def _call_row(row: Sequence[Any], payloads: PayloadReader, gone: bool) -> CallRow:
    (
        key, path, kind, target, status, fingerprint, started, duration, request, messages, answer, data,
        model, finish, input_, cached, cache_write, output, reasoning, usage, cost, saved, price, first_token,
        error, error_class, source, details, chunks, raw, gate,
    ) = row  # fmt: skip
    call, attempt = call_of(key)
    if gone and status == "started":
        status, error = "unknown", MAY_BE_BILLED
    asked = dict(payloads.value(request) or {})
    said = payloads.messages(messages)
    if said is not None:
        asked["messages"] = said
    return CallRow(
        path=path, call=call, attempt=attempt, kind=kind, target=target, status=status,
        fingerprint=fingerprint_text(fingerprint), started=started, seconds=_seconds(duration), request=asked,
        answer=_answer(payloads, answer, data, details),
        model=model or "", finish=finish or "",
        usage=Usage(input_, cached, cache_write, output, reasoning, usage or "unknown"),
        cost_nano=saved if status == "reused" else cost, price=price_of(payloads.value(price)),
        first_token=_seconds(first_token), chunks=_pairs(payloads.value(chunks)), raw=payloads.value(raw),
        error=payloads.text(error), error_class=error_class, source=_source(source), gate=gate or "",
    )  # fmt: skip


def _answer(payloads: PayloadReader, answer: Any, data: Any, details: Any) -> dict[str, Json] | None:
    if answer is None:
        return None
    told = {"text": payloads.blob(answer), "data": payloads.value(data)}
    return told if details is None else {**told, **payloads.value(details)}


def _seconds(micros: int | None) -> float | None:
    return None if micros is None else micros / 1e6


def _pairs(flat: Sequence[float] | None) -> tuple[tuple[float, int], ...]:
    return tuple(zip(flat[::2], map(int, flat[1::2]), strict=True)) if flat else ()


def _source(text: str | None) -> tuple[str, int, int] | None:
    if text is None:
        return None
    run, call, attempt = text.rsplit("/", 2)
    return run, int(call), int(attempt)


def decisions_of_step(connection: sqlite3.Connection, number: int, path: str) -> tuple[DecisionRow, ...]:
    """The routing decisions of one step instance, in order."""
    rows = connection.execute(
        "SELECT id, path, role, policy, chosen, reason, candidates FROM decisions"
        " WHERE id BETWEEN ? AND ? AND path = ? ORDER BY id",
        (*_keys(number), path),
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(row[6] for row in rows)
    payloads.fetch(row[5] for row in rows if isinstance(row[5], int))
    return tuple(
        DecisionRow(
            path, *call_of(key), role, policy, chosen, payloads.text(reason) or "",
            tuple(candidate_of(each) for each in payloads.value(candidates) or ()),
        )
        for key, path, role, policy, chosen, reason, candidates in rows
    )  # fmt: skip


def gates_of_step(connection: sqlite3.Connection, number: int, path: str) -> tuple[GateRow, ...]:
    """The checks of one step instance's outputs, in order."""
    return tuple(_gates(connection, "AND path = ?", (*_keys(number), path)))


def gates_of_run(connection: sqlite3.Connection, number: int) -> list[GateRow]:
    """The checks of all outputs of a run, in order."""
    return _gates(connection, "", _keys(number))


def _gates(connection: sqlite3.Connection, condition: str, values: Sequence[Any]) -> list[GateRow]:
    rows = connection.execute(
        "SELECT path, call, gate, passed, score, reason, duration, cost_nano, input FROM gates"
        f" WHERE id BETWEEN ? AND ? {condition} ORDER BY id",
        values,
    ).fetchall()
    payloads = PayloadReader(connection)
    payloads.fetch(row[5] for row in rows if isinstance(row[5], int))
    return [
        GateRow(
            path, call, gate, bool(passed), score, payloads.text(reason) or "", duration / 1e6, cost,
            checked or "",
        )
        for path, call, gate, passed, score, reason, duration, cost, checked in rows
    ]  # fmt: skip


def questions(connection: sqlite3.Connection, number: int) -> list[tuple[str, str, tuple[str, ...]]]:
    """What people are asked and have not answered: path, question, choices."""
    rows = connection.execute(
        f"SELECT {_BARE} FROM calls WHERE id BETWEEN ? AND ? AND kind = 'human' ORDER BY id",
        _keys(number),
    ).fetchall()
    newest = {row[1]: row for row in rows}
    open_rows = [row for row in newest.values() if row[4] in ("waiting", "started", "unknown", "cancelled")]
    return [
        (
            row.path,
            "\n".join(str(each.get("text", "")) for each in row.request.get("messages", ())),
            tuple(row.request.get("choices") or ()),
        )
        for row in _call_rows(connection, open_rows, gone=False)
    ]
