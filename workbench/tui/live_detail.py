"""The details of the steps a run is at, folded from its events into the rows that the ledger also returns.

Only the latest steps are kept: what is older is read from the record, so a long run costs no memory.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Delta,
    Event,
    GateChecked,
    Json,
    RouteDecided,
    StepFinished,
)
from workbench.ledger.rows import CallRow, DecisionRow, GateRow, StepDetail, StepRow
from workbench.usage import Usage

KEPT = 40
"""How many steps' details are kept beyond those that still run."""


@dataclass(slots=True)
class LiveDetail:
    """One step's calls, decisions, gates and output so far."""

    output: Json = None
    ended: bool = False
    calls: dict[tuple[int, int], CallRow] = field(default_factory=dict)
    decisions: list[DecisionRow] = field(default_factory=list)
    gates: list[GateRow] = field(default_factory=list)
    streamed: list[str] = field(default_factory=list)
    """Pieces of the answer that is coming in now."""

    def as_detail(self, row: StepRow) -> StepDetail:
        """The same as a row of the record."""
        return StepDetail(
            row, self.output, tuple(self.calls.values()), tuple(self.decisions), tuple(self.gates)
        )


@dataclass(slots=True)
class LiveDetails:
    """The latest steps' details by path."""

    steps: OrderedDict[str, LiveDetail] = field(default_factory=OrderedDict)

    def get(self, path: str) -> LiveDetail | None:
        """The step's details, when they are kept."""
        return self.steps.get(path)

    def receive(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Delta():
                detail = self._at(event.path)
                call = detail.calls.get((event.call, event.attempt))
                if call is None or not call.gate:
                    detail.streamed.append(event.text)
            case CallStarted():
                self._at(event.path).calls[event.call, event.attempt] = _started(event)
                if not event.gate:
                    self._at(event.path).streamed.clear()
            case CallFinished():
                self._finished(event)
            case CallReused():
                self._at(event.path).calls[event.call, 0] = _reused(event)
            case RouteDecided():
                self._at(event.path).decisions.append(_decision(event))
            case GateChecked():
                self._at(event.path).gates.append(
                    GateRow(
                        event.path,
                        event.call,
                        event.gate,
                        event.passed,
                        event.score,
                        event.reason,
                        event.seconds,
                        event.cost_nano,
                        event.input,
                    )
                )
            case StepFinished():
                detail = self._at(event.path)
                detail.output, detail.ended = event.output, True
                detail.streamed.clear()
                self._forget()

    def _at(self, path: str) -> LiveDetail:
        detail = self.steps.get(path)
        if detail is None:
            detail = self.steps[path] = LiveDetail()
        return detail

    def _finished(self, event: CallFinished) -> None:
        detail = self._at(event.path)
        key = event.call, event.attempt
        row = detail.calls.get(key)
        if row is None:
            return
        detail.calls[key] = replace(
            row,
            status=event.status,
            seconds=event.seconds,
            answer=event.answer,
            model=event.model,
            finish=event.finish,
            usage=event.usage,
            cost_nano=event.cost_nano,
            price=event.price,
            first_token=event.first_token,
            chunks=tuple(event.chunks),
            raw=event.raw,
            error=event.error,
            error_class=event.error_class,
        )

    def _forget(self) -> None:
        """Drop the oldest ended steps beyond what is kept."""
        surplus = len(self.steps) - KEPT
        if surplus <= 0:
            return
        for path in [path for path, detail in self.steps.items() if detail.ended][:surplus]:
            del self.steps[path]


def _started(event: CallStarted) -> CallRow:
    return CallRow(
        path=event.path,
        call=event.call,
        attempt=event.attempt,
        kind=event.kind,
        target=event.target,
        status="started",
        fingerprint=event.fingerprint,
        started=event.at,
        seconds=None,
        request=event.request,
        answer=None,
        model="",
        finish="",
        usage=Usage(),
        cost_nano=None,
        price=None,
        first_token=None,
        chunks=(),
        raw=None,
        error=None,
        error_class=None,
        source=None,
        gate=event.gate,
    )


def _reused(event: CallReused) -> CallRow:
    return CallRow(
        path=event.path,
        call=event.call,
        attempt=0,
        kind=event.kind,
        target=event.target,
        status="reused",
        fingerprint=event.fingerprint,
        started=event.at,
        seconds=event.seconds,
        request={},
        answer=event.answer,
        model=event.model,
        finish="",
        usage=event.usage,
        cost_nano=0,
        price=None,
        first_token=None,
        chunks=(),
        raw=None,
        error=None,
        error_class=None,
        source=event.source,
        gate=event.gate,
    )


def _decision(event: RouteDecided) -> DecisionRow:
    return DecisionRow(
        event.path,
        event.call,
        event.attempt,
        event.role,
        event.policy,
        event.chosen,
        event.reason,
        event.candidates,
    )
