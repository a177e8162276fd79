"""Events of calls and decisions, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import LedgerError
from workbench.events import CallFinished, CallReused, CallStarted, Json, RouteDecided
from workbench.ledger.batch import Batch
from workbench.ledger.columns import (
    answer_columns,
    details_column,
    fingerprint_column,
    micros,
    plain_candidates,
    plain_price,
)
from workbench.ledger.schema import MOST_ATTEMPTS, MOST_CALLS, call_key
from workbench.ledger.state import CALL_COLUMNS, RunState, load_call

_AT = {name: place for place, name in enumerate(CALL_COLUMNS)}
_KIND, _STATUS = _AT["kind"], _AT["status"]
_UNKNOWN_YET = [None] * (len(CALL_COLUMNS) - _AT["request"])
_MODEL, _PRICE, _DETAILS = _AT["model"], _AT["price"], _AT["details"]

_DECISIONS = """SELECT id, role, policy, chosen, reason, candidates FROM decisions
    WHERE id BETWEEN ? AND ? ORDER BY id"""

BY_PEOPLE = ("human", "hand")
"""Kinds of call that are free unless they say a cost."""


def decide_route(batch: Batch, state: RunState, event: RouteDecided) -> None:
    """A model was chosen."""
    key = _key(state, event.call, event.attempt)
    candidates = batch.payload.repeated(event.candidates, plain_candidates)
    reason = batch.payload.text(event.reason)
    batch.decisions.append((key, event.path, event.role, event.policy, event.chosen, reason, candidates))


def start_call(batch: Batch, state: RunState, event: CallStarted) -> None:
    """An attempt is about to leave."""
    key = _key(state, event.call, event.attempt)
    if event.kind != "hand":
        state.calls += event.attempt == 1
        step = batch.step(state, event.path)
        if step is not None and event.kind != "shadow":
            step.attempts += 1
    request, messages = _request(batch, event.request)
    row = [
        key, event.path, event.kind, event.target, "started", fingerprint_column(event.fingerprint),
        int(event.durable), int(event.effects), event.at, None, request, messages,
        *_UNKNOWN_YET[3:], event.gate or None,
    ]  # fmt: skip
    state.open_calls[key] = row
    batch.change_call(row)


def _request(batch: Batch, request: Mapping[str, Json]) -> tuple[Any, Any]:
    """A request without its messages, and these, as columns."""
    rest = dict(request)
    messages = rest.get("messages")
    if not isinstance(messages, (list, tuple)):
        return batch.payload.column(rest), None
    del rest["messages"]
    return batch.payload.column(rest), batch.payload.messages(messages)


def finish_call(batch: Batch, state: RunState, event: CallFinished) -> None:
    """An attempt ended."""
    key = _key(state, event.call, event.attempt)
    row = state.open_calls.pop(key, None) or load_call(batch.connection, key)
    if row is None:
        raise LedgerError(f"run {state.id}: call {event.call} ended without having started")
    kind = row[_KIND]
    by_model = kind == "model" and event.status == "ok"
    if kind not in BY_PEOPLE or event.cost_nano:
        state.add(event.usage, event.cost_nano)
        step = batch.step(state, event.path)
        if step is not None:
            step.add(event.usage, event.cost_nano)
            if by_model and not event.gate:
                step.model = event.model
    if by_model:
        state.add_model(event.model)
    payload = batch.payload
    row[_STATUS] = event.status
    row[_AT["duration"]] = micros(event.seconds)
    row[_AT["answer"] : _MODEL] = answer_columns(event.answer, payload)
    row[_DETAILS] = details_column(event.answer, payload)
    price = None if event.price is None else payload.repeated(event.price, plain_price)
    row[_MODEL:_PRICE] = (event.model, event.finish, *_usage(event), event.cost_nano, None)
    row[_PRICE:_DETAILS] = (
        price, None if event.first_token is None else micros(event.first_token), _chunks(batch, event),
        payload.column(event.raw), payload.text(event.error), event.error_class, None,
    )  # fmt: skip
    batch.change_call(row)


def reuse_call(batch: Batch, state: RunState, event: CallReused) -> None:
    """A recorded answer was used; nobody was asked."""
    state.reused += 1
    state.saved_nano += event.saved_nano or 0
    step = batch.step(state, event.path)
    if step is not None:
        step.reused += 1
        if event.kind == "model" and not event.gate:
            step.model = event.model
    if event.kind == "model":
        state.add_model(event.model)
        _decided(batch, state, event)
    row = [
        _key(state, event.call, 1), event.path, event.kind, event.target, "reused",
        fingerprint_column(event.fingerprint), 0, 0, event.at, micros(event.seconds),
        *_asked(batch, state, event), *answer_columns(event.answer, batch.payload),
        event.model, None, *_usage(event), 0, event.saved_nano,
        None, micros(event.waited) if event.waited else None, None, None, batch.payload.text(event.error),
        event.error_class, "/".join(str(part) for part in event.source),
        details_column(event.answer, batch.payload), event.gate or None,
    ]  # fmt: skip
    batch.change_call(row)


def _asked(batch: Batch, state: RunState, event: CallReused) -> tuple[Any, Any]:
    """The request and messages of the recorded attempt: the same blobs, shown by the reused call too."""
    if event.asked is not None:
        return _request(batch, event.asked)
    run, call, attempt = event.source
    number = _source(batch, state, run)
    if number is None:
        return None, None
    key = call_key(number, call, attempt)
    changed = batch.changed_call(key)
    if changed is not None:
        return changed[_AT["request"]], changed[_AT["messages"]]
    row = batch.connection.execute("SELECT request, messages FROM calls WHERE id = ?", (key,)).fetchone()
    return row if row is not None else (None, None)


def _decided(batch: Batch, state: RunState, event: CallReused) -> None:
    """The decisions of the recorded call, of all its attempts, as they were."""
    run, call, _ = event.source
    number = _source(batch, state, run)
    if number is None:
        return
    keys = call_key(number, call, 0), call_key(number, call, MOST_ATTEMPTS)
    rows = batch.connection.execute(_DECISIONS, keys)
    for key, *rest in rows:
        attempt = key & MOST_ATTEMPTS
        batch.decisions.append((_key(state, event.call, attempt), event.path, *rest))


def _source(batch: Batch, state: RunState, run: str) -> int | None:
    """The number of a run whose calls are reused."""
    if run not in state.sources:
        found = batch.connection.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()
        state.sources[run] = found[0] if found else None
    return state.sources[run]


def _usage(event: CallFinished | CallReused) -> tuple[Any, ...]:
    usage = event.usage
    state = None if usage.state == "unknown" else usage.state
    return usage.input, usage.cached, usage.cache_write, usage.output, usage.reasoning, state


def _chunks(batch: Batch, event: CallFinished) -> Any:
    if not event.chunks:
        return None
    return batch.payload.column([round(part, 6) for pair in event.chunks for part in pair])


def _key(state: RunState, call: int, attempt: int) -> int:
    if call > MOST_CALLS or attempt > MOST_ATTEMPTS:
        raise LedgerError(
            f"run {state.id} has more than {MOST_CALLS} calls, or {MOST_ATTEMPTS} attempts at one call",
            hint="split it into several runs",
        )
    return call_key(state.number, call, attempt)
