"""What a page shows of one run: plain texts by name, made fit to be handed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    Json,
    RouteDecided,
    StepFinished,
    StepStarted,
)
from workbench.export.hiding import Hide
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunRow, StepRow
from workbench.recipe.durations import duration
from workbench.usage import Usage, money

TONES = {
    "done": "good", "ok": "good", "reused": "good", "failed": "bad", "error": "bad", "crashed": "bad",
    "running": "note", "waiting": "note", "cancelled": "note", "over_budget": "note", "unknown": "note",
}  # fmt: skip
PAGE = 1000
View = dict[str, Any]


def run_head(row: RunRow, hide: Hide) -> View:
    """A run in a line."""
    return {
        "id": row.id, "recipe": hide(row.recipe), "status": row.status.replace("_", " "),
        "tone": TONES.get(row.status, ""), "mode": row.mode, "started": moment(row.started),
        "calls": row.calls, "reused": row.reused, "cost": money(row.cost_nano, at_least=not row.cost_known),
        "seconds": duration(row.seconds),
        "tokens": f"{row.tokens_in} tokens in, {row.tokens_out} out" if row.tokens_known else "tokens ?",
        "parent": row.parent, "error": hide(row.error),
    }  # fmt: skip


def run_view(reader: Reader, run: str, hide: Hide) -> View:
    """A run with all its steps and calls."""
    row = reader.run(run)
    steps = _Steps(hide)
    for event in reader.events(run):
        steps.take(event)
    for step in all_steps(reader, run):
        steps.sum_up(step)
    return {
        "run": run_head(row, hide),
        "inputs": _named(row.inputs, hide),
        "outputs": _named(reader.outputs(run), hide),
        "steps": list(steps.by_path.values()),
    }


def all_steps(reader: Reader, run: str) -> Iterable[StepRow]:
    """All step instances, page by page."""
    offset = 0
    while page := reader.steps(run, PAGE, offset):
        yield from page
        offset += len(page)


class _Steps:
    """Sorts the events of a run by step."""

    def __init__(self, hide: Hide) -> None:
        self._hide = hide
        self._calls: dict[tuple[int, int], View] = {}
        self._decisions: dict[int, list[View]] = defaultdict(list)
        self.by_path: dict[str, View] = {}

    def take(self, event: Event) -> None:
        """One event of the run, in the order of the record."""
        if isinstance(event, StepStarted):
            self.by_path[event.path] = {
                "path": self._hide(event.path), "verb": event.verb, "calls": [], "gates": [],
            }  # fmt: skip
        elif isinstance(event, RouteDecided):
            self._decisions[event.call].append(self._decision(event))
        elif isinstance(event, CallStarted):
            self._begin(event)
        elif isinstance(event, CallFinished):
            self._end(event)
        elif isinstance(event, CallReused):
            self._reused(event)
        elif isinstance(event, GateChecked):
            self._gate(event)
        elif isinstance(event, StepFinished):
            shown = event.output if not self.by_path[event.path]["calls"] else None
            self.by_path[event.path] |= {"reason": self._hide(event.reason), "output": self._hide(shown)}

    def sum_up(self, row: StepRow) -> None:
        """The step's own figures."""
        self.by_path[row.path] |= {
            "status": row.status, "tone": TONES.get(row.status, "dim"), "model": self._hide(row.model),
            "cost": money(row.cost_nano), "seconds": duration(row.seconds), "error": self._hide(row.error),
        }  # fmt: skip

    def _call(self, event: CallStarted | CallReused, request: Mapping[str, Json] | None) -> View:
        rest = dict(request or {})
        messages = rest.pop("messages", None) or ()
        view: View = {
            "number": event.call, "kind": event.kind, "target": self._hide(event.target),
            "messages": [
                {"role": self._hide(each.get("role")), "text": self._hide(each.get("text"))}
                for each in messages
            ],
            "request": "" if messages and event.kind == "model" else self._hide(rest or None),
            "decisions": self._decisions[event.call] if event.kind == "model" else (),
        }  # fmt: skip
        self.by_path[event.path]["calls"].append(view)
        return view

    def _begin(self, event: CallStarted) -> None:
        view = self._call(event, event.request)
        if event.attempt > 1:
            view["number"] = f"{event.call}, attempt {event.attempt}"
        self._calls[event.call, event.attempt] = view

    def _end(self, event: CallFinished) -> None:
        told = (
            event.model,
            event.finish,
            money(event.cost_nano),
            duration(event.seconds),
            tokens(event.usage),
        )
        self._calls[event.call, event.attempt] |= self._answer(event, event.status, told)

    def _reused(self, event: CallReused) -> None:
        told = (event.model, f"from run {event.source[0]}", f"saved {money(event.saved_nano)}")
        self._call(event, event.asked).update(self._answer(event, "reused", told))

    def _answer(self, event: CallFinished | CallReused, status: str, told: Iterable[str]) -> View:
        answer = event.answer or {}
        return {
            "status": status, "tone": TONES.get(status, "dim"),
            "told": self._hide(" · ".join(part for part in told if part)),
            "answer": self._hide(answer.get("text")), "error": self._hide(event.error),
            "data": self._hide({key: each for key, each in answer.items() if key != "text" and each} or None),
        }  # fmt: skip

    def _decision(self, event: RouteDecided) -> View:
        return {
            "said": self._hide(f"{event.role} ({event.policy}): {event.chosen}: {event.reason}"),
            "candidates": [
                {
                    "mark": "→" if each.chosen else "", "model": self._hide(each.model),
                    "reason": self._hide(each.reason),
                    "estimate": "" if each.estimate_nano is None else money(each.estimate_nano),
                }
                for each in event.candidates
            ],
        }  # fmt: skip

    def _gate(self, event: GateChecked) -> None:
        self.by_path[event.path]["gates"].append(
            {
                "name": self._hide(event.label),
                "mark": "✓" if event.passed else "✗",
                "tone": "good" if event.passed else "bad",
                "reason": self._hide(event.reason),
                "score": "" if event.score is None else f"{event.score:.2f}",
            }
        )


def moment(micros: int | None) -> str:
    """A time in UTC."""
    if micros is None:
        return ""
    try:
        return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # a date no calendar has, from a damaged record
        return "?"


def tokens(usage: Usage) -> str:
    """Tokens in and out; empty when unknown."""
    if usage.input_total is None and usage.output is None:
        return ""
    told = tuple("?" if count is None else str(count) for count in (usage.input_total, usage.output))
    return f"{told[0]} → {told[1]} tokens"


def _named(values: Mapping[str, Json], hide: Hide) -> list[tuple[str, str]]:
    return [(hide(name), hide(value)) for name, value in values.items()]
