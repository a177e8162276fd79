"""What a run looks like at this moment: events folded into rows.  The record feeds the same rows.

No Textual here, and nothing is ever asked: ``receive`` takes events, ``load`` and ``add_rows`` take what the
reader of the ledger returned.  Taking the same event twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from workbench.events import (
    BudgetLine,
    BudgetUsed,
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    HumanAsked,
    Json,
    Missing,
    Mode,
    RateLimited,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    RunStatus,
    StepFinished,
    StepStarted,
)
from workbench.ledger.rows import RunRow, StepRow
from workbench.tui.live_detail import LiveDetails
from workbench.tui.paths import node, parent
from workbench.usage import Usage, add_known, tokens_told


@dataclass(slots=True)
class Totals:
    """What a run has spent and made so far."""

    cost_nano: int = 0
    cost_known: bool = True
    saved_nano: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    calls: int = 0
    reused: int = 0

    @property
    def tokens_known(self) -> bool:
        """False when calls were paid for and no tokens of any were told."""
        return tokens_told(self.cost_known, self.tokens_in, self.tokens_out, self.calls)


@dataclass(slots=True)
class NodeSum:
    """A node of the recipe's graph: its own row, and its instances counted by status."""

    own: StepRow | None = None
    counts: Counter[str] = field(default_factory=Counter)
    cost_nano: int = 0
    started: int = 0
    finished: int = 0
    last: StepRow | None = None

    @property
    def instances(self) -> int:
        """How many items and passes there are."""
        return sum(self.counts.values())

    @property
    def status(self) -> str:
        """The node's state: its own row's, else what its instances add up to."""
        if self.own is not None:
            return self.own.status
        for status in ("running", "waiting", "failed", "cancelled", "done", "skipped"):
            if self.counts[status]:
                return status
        return "pending"

    @property
    def seconds(self) -> float | None:
        """From the first start to the last end."""
        if self.own is not None:
            return self.own.seconds
        return (self.finished - self.started) / 1e6 if self.finished and self.started else None


@dataclass(slots=True)
class RunState:
    """One run, live or past: what its screen shows."""

    id: str = ""
    recipe: str = ""
    recipe_hash: str = ""
    mode: Mode = "live"
    status: RunStatus = "running"
    parent: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    started: int = 0
    finished: int | None = None
    error: str | None = None
    error_path: str | None = None
    totals: Totals = field(default_factory=Totals)
    rows: dict[str, StepRow] = field(default_factory=dict)
    """The step instances by path, in the order they started."""
    nodes: dict[str, NodeSum] = field(default_factory=dict)
    children: dict[str, Counter[str]] = field(default_factory=dict)
    """By path: the states of the rows right beneath it."""
    questions: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Open questions to a person, by step path."""
    budgets: tuple[BudgetLine, ...] = ()
    """What limits it, and what is used of that."""
    budgets_at: int = 0
    """When that was told."""
    near: str = ""
    """The limits that came near last, in words."""
    missing: tuple[Missing, ...] = ()
    """Steps it did without, or did not come to."""
    details: LiveDetails = field(default_factory=LiveDetails)
    shape: int = 0
    """Changes when rows were added."""
    revision: int = 0
    """Changes with everything."""
    _seq: int = 0

    # -- the record ---------------------------------------------------------------------------------

    def load(self, row: RunRow) -> None:
        """Take a run's row of the record."""
        self.id, self.recipe, self.recipe_hash = row.id, row.recipe, row.recipe_hash
        self.mode, self.status, self.parent, self.inputs = row.mode, row.status, row.parent, row.inputs
        self.started, self.finished = row.started, row.finished
        self.error, self.error_path = row.error, row.error_path
        self.totals = Totals(
            row.cost_nano,
            row.cost_known,
            row.saved_nano,
            row.tokens_in,
            row.tokens_out,
            row.calls,
            row.reused,
        )
        self.revision += 1

    def add_rows(self, rows: Iterable[StepRow]) -> None:
        """Take a page of step rows of the record."""
        for row in rows:
            self._put(row)

    # -- the stream ---------------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """Take one event of the stream."""
        if event.seq and event.seq <= self._seq:
            return
        self._seq = max(self._seq, event.seq)
        self.revision += 1
        self.details.receive(event)
        match event:
            case RunStarted():
                self._run_started(event)
            case RunResumed():
                self.status, self.finished, self.questions = "running", None, {}
                self.budgets, self.budgets_at = event.budgets, event.at
            case BudgetUsed():
                self.budgets, self.budgets_at = event.lines, event.at
                self.near = "; ".join(event.near) or self.near
            case RunFinished():
                self.status, self.finished, self.outputs = event.status, event.at, event.outputs
                self.error, self.error_path = event.error, event.error_path
                self.budgets, self.missing = event.budgets or self.budgets, event.missing
            case StepStarted():
                order = self.rows[event.path].order if event.path in self.rows else len(self.rows)
                self._put(_new_row(event.path, event.verb, order, event.at))
            case StepFinished():
                self._step_finished(event)
            case HumanAsked():
                self.questions[event.path] = (event.question, event.choices)
                self._change(event.path, status="waiting")
            case _:
                self._call_event(event)

    def _run_started(self, event: RunStarted) -> None:
        self.id, self.recipe, self.recipe_hash = event.run, event.recipe, event.recipe_hash
        self.mode, self.parent, self.inputs = event.mode, event.parent, event.inputs
        self.started, self.status = event.at, "running"
        self.budgets, self.budgets_at = event.budgets, event.at

    def _step_finished(self, event: StepFinished) -> None:
        if event.status != "waiting":
            self.questions.pop(event.path, None)
        if event.path not in self.rows:  # skipped steps may end without ever having started
            self._put(_new_row(event.path, event.verb, len(self.rows), event.at))
        self._change(
            event.path,
            status=event.status,
            finished=event.at,
            reason=event.reason,
            error=event.error,
            error_class=event.error_class,
        )

    def _call_event(self, event: Event) -> None:
        match event:
            case RouteDecided() if not event.gate:
                self._change(event.path, model=event.chosen)
            case RateLimited():
                self._change(event.path, model=event.target, reason=event.reason)
            case CallStarted() if event.kind != "hand":
                row = self.rows.get(event.path)
                self._change(event.path, attempts=row.attempts + 1 if row else 1, reason="")
                self.totals.calls += event.attempt == 1
            case CallFinished():
                self._call_finished(event)
            case CallReused():
                row = self.rows.get(event.path)
                self.totals.reused += 1
                self.totals.saved_nano += event.saved_nano or 0
                self._change(
                    event.path,
                    reused=row.reused + 1 if row else 1,
                    model=event.model
                    if event.kind == "model" and not event.gate
                    else row.model
                    if row
                    else "",
                )
            case GateChecked():
                row = self.rows.get(event.path)
                if row is not None:
                    passed, failed = int(event.passed), int(not event.passed)
                    self._change(
                        event.path,
                        gates_passed=row.gates_passed + passed,
                        gates_failed=row.gates_failed + failed,
                    )

    def _by_people(self, event: CallFinished) -> bool:
        """True for what a person did: it has neither tokens nor a price, and that is not unknown."""
        detail = self.details.get(event.path)
        call = detail.calls.get((event.call, event.attempt)) if detail else None
        return call is not None and call.kind in ("human", "hand") and not event.cost_nano

    def _call_finished(self, event: CallFinished) -> None:
        if self._by_people(event):
            return
        totals, usage = self.totals, event.usage
        added, known = add_known(event.cost_nano)
        totals.cost_nano += added
        totals.cost_known = totals.cost_known and known
        totals.tokens_in += usage.input_total or 0
        totals.tokens_out += usage.output or 0
        row = self.rows.get(event.path)
        if row is None:
            return
        unknown = row.cost_nano is None or event.cost_nano is None
        self._change(
            event.path,
            model=(event.own_model or row.model) if row.model else "",  # tools and sources are no models
            cost_nano=None if unknown else (row.cost_nano or 0) + (event.cost_nano or 0),
            tokens_in=row.tokens_in + _known_input(usage),
            tokens_out=row.tokens_out + (usage.output or 0),
        )

    # -- rows ---------------------------------------------------------------------------------------

    def _change(self, path: str, **changes: object) -> None:
        row = self.rows.get(path)
        if row is not None:
            self._put(replace(row, **changes))  # type: ignore[arg-type]

    def _put(self, row: StepRow) -> None:
        """Keep a row and what is summed up from it."""
        old = self.rows.get(row.path)
        self.rows[row.path] = row
        self.revision += 1
        if old is None:
            self.shape += 1
        self._count_child(row, old)
        self._sum_node(row, old)

    def _count_child(self, row: StepRow, old: StepRow | None) -> None:
        above = parent(row.path)
        if above is None or (old is not None and old.status == row.status):
            return
        counts = self.children.setdefault(above, Counter())
        if old is not None:
            counts[old.status] -= 1
        counts[row.status] += 1

    def _sum_node(self, row: StepRow, old: StepRow | None) -> None:
        name = node(row.path)
        summed = self.nodes.setdefault(name, NodeSum())
        if name == row.path:
            summed.own = row
        else:
            if old is not None:
                summed.counts[old.status] -= 1
            summed.counts[row.status] += 1
            summed.last = row
        summed.cost_nano += (row.cost_nano or 0) - ((old.cost_nano or 0) if old else 0)
        summed.started = min(summed.started or row.started, row.started)
        summed.finished = max(summed.finished, row.finished or 0)


def _known_input(usage: Usage) -> int:
    return usage.input_total or 0


def _new_row(path: str, verb: str, order: int, at: int) -> StepRow:
    """A step that has just begun."""
    return StepRow(
        order=order,
        path=path,
        verb=verb,
        status="running",
        started=at,
        finished=None,
        model="",
        attempts=0,
        reused=0,
        cost_nano=0,
        tokens_in=0,
        tokens_out=0,
        gates_passed=0,
        gates_failed=0,
        reason="",
        error=None,
        error_class=None,
    )
