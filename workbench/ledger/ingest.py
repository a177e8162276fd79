"""Turns events into rows, within a transaction that someone else opens and commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.ledger.batch import Batch
from workbench.ledger.crashes import mark_interrupted
from workbench.ledger.prune import last_pruned
from workbench.ledger.state import RunState
from workbench.ledger.take_calls import decide_route, finish_call, reuse_call, start_call
from workbench.ledger.take_runs import finish_run, resume_run, start_run
from workbench.ledger.take_steps import check_gate, finish_step, start_step

_TAKERS: dict[type[Event], Callable[[Batch, RunState, Any], None]] = {
    RunResumed: resume_run,
    RunFinished: finish_run,
    StepStarted: start_step,
    StepFinished: finish_step,
    RouteDecided: decide_route,
    CallStarted: start_call,
    CallFinished: finish_call,
    CallReused: reuse_call,
    GateChecked: check_gate,
}


class Ingest:
    """Takes events of any runs, in batches; those seen before change nothing."""

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._batch = Batch(connection, owner)
        self._runs: dict[str, RunState] = {}
        self._pruned = last_pruned(connection)

    def take(self, events: Iterable[Event]) -> None:
        """Write the rows of ``events``."""
        changed = None
        for event in events:
            state = self._runs.get(event.run) or self._state(event)
            if event.seq <= state.last_seq:
                continue
            state.last_seq = event.seq
            state.touched = event.at
            if state is not changed:
                changed = state
                self._batch.change_run(state)
            taker = _TAKERS.get(type(event))
            if taker is not None:
                taker(self._batch, state, event)
            if type(event) is RunFinished:
                del self._runs[event.run]
        self._batch.write()

    def abandon_open_runs(self) -> None:
        """Give up the runs that this writer will hear no more of: they did not end, so they crashed."""
        for state in self._runs.values():
            if state.is_open:
                mark_interrupted(self._connection, state.number)

    def _state(self, event: Event) -> RunState:
        batch = self._batch
        pruned = last_pruned(self._connection)
        if pruned != self._pruned:
            self._pruned = pruned
            batch.forget_texts()
        state = start_run(batch, event) if isinstance(event, RunStarted) else batch.load(event.run)
        self._runs[event.run] = state
        return state
