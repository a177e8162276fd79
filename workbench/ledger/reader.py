"""The reader: what screens and commands ask of the record.

It has connections of its own and reads in short transactions, so that it never holds up a writer; any thread
may use it.  It reads pages, never a whole run where a page is enough.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.events import Event, Json
from workbench.ledger import (
    read_calls,
    read_family,
    read_figures,
    read_models,
    read_rhythm,
    read_routes,
    read_runs,
    read_size,
    read_spending,
    read_step_times,
    read_steps,
)
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.opinions import Expected, Label, Said, expected_of, labels_of, said_of
from workbench.ledger.owner import is_alive
from workbench.ledger.retell import retell
from workbench.ledger.rows import (
    CallFigures,
    CallRow,
    DecisionRow,
    GateRow,
    ModelFigures,
    RunFilter,
    RunReport,
    RunRow,
    RunSnapshot,
    StepDetail,
    StepRow,
)

if TYPE_CHECKING:
    from workbench.ledger.search import Searched
    from workbench.ledger.search_index import Progress

KEPT_OPEN = 4
"""Idle connections kept for the next question."""

ALL = RunFilter()


class Reader:
    """Answers questions about the record.  ``run`` is an id, a unique prefix, ``last`` or ``last~N``."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._idle: deque[sqlite3.Connection] = deque()
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Let go of the file; who still reads does so when done."""
        self._closed = True
        self._drop_idle()
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None

    # --- runs ----------------------------------------------------------------------------------------

    def runs(self, limit: int = 200, offset: int = 0, where: RunFilter = ALL) -> list[RunRow]:
        """A page of runs, newest first."""
        with self._reading() as connection:
            return read_runs.runs(connection, limit, offset, where)

    def count_runs(self, where: RunFilter = ALL) -> int:
        """How many runs match."""
        with self._reading() as connection:
            return read_runs.count_runs(connection, where)

    def run(self, reference: str) -> RunRow:
        """The run that ``reference`` names; raises UsageError when it names none or several."""
        with self._reading() as connection:
            return read_runs.run(connection, reference)

    def search(
        self,
        text: str,
        limit: int = 20,
        progress: Progress | None = None,
        *,
        recipe: str = "",
        status: str = "",
    ) -> Searched:
        """The texts that hold all terms of ``text``, newest run first; ``progress`` hears of new runs."""
        from workbench.ledger.search import search  # most who read never search

        return search(self._path, text, limit=limit, recipe=recipe, status=status, progress=progress)

    def unfinished(self, limit: int = 200) -> list[RunRow]:
        """Runs that can be resumed, newest first: waiting, crashed, stopped, over budget or failed."""
        with self._reading() as connection:
            return read_runs.unfinished(connection, limit)

    def family(self, run: str, limit: int = 500) -> list[RunRow]:
        """The first ancestor of a run and all that came of it, oldest first."""
        with self._reading() as connection:
            return read_family.family(connection, run, limit)

    def last_inputs(self, recipe: str) -> dict[str, Json] | None:
        """The inputs of a recipe's newest run; None when it never ran."""
        with self._reading() as connection:
            return read_runs.last_inputs(connection, recipe)

    # --- one run -------------------------------------------------------------------------------------

    def outputs(self, run: str) -> dict[str, Json]:
        """The outputs of a run."""
        with self._reading() as connection:
            return read_runs.outputs(connection, run)

    def report(self, run: str) -> RunReport:
        """What a run says of its budgets and its end: what is missing, where its outputs came from."""
        with self._reading() as connection:
            return read_runs.report(connection, run)

    def snapshot(self, run: str) -> RunSnapshot:
        """The recipe and inputs of a run as they were."""
        with self._reading() as connection:
            return read_runs.snapshot(connection, run)

    def position(self, run: str) -> tuple[int, int]:
        """The numbers of a run's last event and last call: a resumed run counts on from there."""
        with self._reading() as connection:
            return read_runs.position(connection, run)

    def recording(self, run: str) -> list[CallRow]:
        """All attempts of a run that ended or wait, in order; without ``raw`` and ``chunks``.

        ``cost_nano`` of a reused call is what its answer cost when it was made.
        """
        with self._reading() as connection:
            return read_calls.recording(connection, read_runs.number_of(connection, run))

    def rhythm(self, run: str) -> list[read_rhythm.Beat]:
        """When each answer of a run came, and how it streamed in."""
        with self._reading() as connection:
            return read_rhythm.rhythm(connection, run)

    def gates(self, run: str) -> list[GateRow]:
        """All checks of a run's outputs, in order."""
        with self._reading() as connection:
            return read_calls.gates_of_run(connection, read_runs.number_of(connection, run))

    def labels(self, run: str) -> list[Label]:
        """What people said of a run and its steps."""
        with self._reading() as connection:
            return labels_of(connection, run)

    def said(self, run: str) -> list[Said]:
        """All that people and data said of a run, for a bundle."""
        with self._reading() as connection:
            return said_of(connection, run)

    def expected(self, run: str) -> list[Expected]:
        """How a run came out by what its data expects."""
        with self._reading() as connection:
            return expected_of(connection, run)

    def decisions(self, run: str) -> list[DecisionRow]:
        """All routing decisions of a run, in the order of its calls."""
        with self._reading() as connection:
            return read_routes.decisions_of_run(connection, run)

    def figures(self, recipe: str, limit: int = 2000) -> list[CallFigures]:
        """What the step instances of a recipe's latest runs cost and took, newest run first."""
        with self._reading() as connection:
            return read_figures.figures(connection, recipe, limit)

    def step_times(self, recipe: str, runs: int = 50) -> list[tuple[str, float]]:
        """Path and seconds of the steps that a recipe's latest runs did, each as a whole."""
        with self._reading() as connection:
            return read_step_times.step_times(connection, recipe, runs)

    def models(self, limit: int = 20_000) -> list[ModelFigures]:
        """What the latest attempts at each model took and cost, the busiest model first."""
        with self._reading() as connection:
            return read_models.models(connection, limit)

    def paid(self) -> list[tuple[Any, ...]]:
        """Every attempt at a model: model, start, cost, and tokens (input, cached, written, output)."""
        with self._reading() as connection:
            return read_models.paid(connection)

    def questions(self, run: str) -> list[tuple[str, str, tuple[str, ...]]]:
        """What people are asked and have not answered: step path, question, choices."""
        with self._reading() as connection:
            return read_calls.questions(connection, read_runs.number_of(connection, run))

    def spending(self, run: str) -> list[read_spending.Spending]:
        """What a run has spent, by step instance and role."""
        with self._reading() as connection:
            return read_spending.spending(connection, read_runs.number_of(connection, run))

    # --- steps ---------------------------------------------------------------------------------------

    def steps(self, run: str, limit: int = 500, offset: int = 0) -> list[StepRow]:
        """A page of a run's steps, in the order they started."""
        with self._reading() as connection:
            return read_steps.steps(connection, run, limit, offset)

    def count_steps(self, run: str) -> int:
        """How many step instances a run has."""
        with self._reading() as connection:
            return read_steps.count_steps(connection, run)

    def step(self, run: str, path: str) -> StepDetail:
        """All of one step instance; raises UsageError when the run has none at ``path``."""
        with self._reading() as connection:
            return read_steps.step(connection, run, path)

    def step_outputs(self, run: str) -> dict[str, Json]:
        """What the finished step instances of a run left behind, by path."""
        with self._reading() as connection:
            return read_steps.step_outputs(connection, run)

    def events(self, run: str) -> Iterator[Event]:
        """A run that ended or waits, told again as the events that make the same record elsewhere."""
        with self._reading() as connection:
            yield from retell(connection, run)

    # --- the file ------------------------------------------------------------------------------------

    def size(self, run: str) -> int:
        """Bytes of the texts that a run uses, as they lie in the file; runs share what is the same."""
        with self._reading() as connection:
            return read_size.size_of(connection, read_runs.number_of(connection, run))

    def data_version(self) -> int:
        """A number that changes whenever any process wrote."""
        with self._watch_lock:
            try:
                if self._watch is None:
                    # only one and the same connection gives numbers that can be compared
                    self._watch = self._connect()
                found: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                raise as_ledger_error(error, self._path, "read") from error
            finally:
                if self._closed and self._watch is not None:
                    self._watch.close()
                    self._watch = None
            return found

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection within a read transaction: all that is asked in it is of one moment."""
        try:
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give(connection)
        except (sqlite3.Error, KeyError) as error:
            raise as_ledger_error(error, self._path, "read") from error

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._connect()
            connection.create_function("is_alive", 2, is_alive)
            return connection

    def _give(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        if len(self._idle) >= KEPT_OPEN:
            connection.close()
            return
        self._idle.append(connection)
        if self._closed:
            self._drop_idle()

    def _drop_idle(self) -> None:
        with suppress(IndexError):  # another thread may take the last
            while True:
                self._idle.pop().close()
