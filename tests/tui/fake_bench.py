"""A bench without engine, ledger or models: it plays scripts as events, on a clock of its own.

It has the interface that the screens use, counts what is read from it, and folds its own events into rows.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from workbench.engine.control import (
    AnswerStop,
    CallStop,
    EditOutput,
    EditRequest,
    Retry,
    Skip,
    Stop,
    SwapModel,
)
from workbench.errors import UsageError
from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Candidate,
    Delta,
    Event,
    GateChecked,
    HumanAsked,
    RouteDecided,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.ledger.opinions import Label
from workbench.ledger.read_rhythm import Beat
from workbench.ledger.rows import RunFilter, RunReport, RunRow, RunSnapshot, StepDetail, StepRow
from workbench.ledger.search import Searched
from workbench.ledger.search_index import Progress
from workbench.providers.port import Message, Segment
from workbench.study.bench import Result
from workbench.tui.run_state import RunState
from workbench.usage import Price, Usage

START = 1_772_000_000_000_000
"""When all clocks here start: 25 February 2026, 06:13 UTC."""
NOW = START + 3_600_000_000
PRICE = Price(1_000_000_000, 4_000_000_000)

TRIAGE = """\
schema: workbench/v1
name: triage
about: Sort a ticket, draft an answer, check it.
inputs:
  ticket: {type: string, about: what the customer wrote}
  tone: {type: string, choices: [kind, brief], default: kind}
  limit: {type: integer, default: 3}
  urgent: {type: boolean, default: false}
  tags: {type: list, default: []}
models:
  sorter: [local/bayes, local/blend]
  writer: {candidates: [acme/big, local/compose]}
budget: {usd: 0.05}
steps:
  kind: {classify: "{{ ticket }}", into: [billing, technical], model: sorter}
  facts: {prompt: "List the facts in {{ ticket }}", model: writer}
  draft:
    prompt: "Answer {{ ticket }} as {{ kind.label }} from {{ facts.text }}"
    model: writer
    gate: {length: {at_most: 400}}
  polish:
    if: kind.label == 'billing'
    prompt: "Make {{ draft.text }} kinder"
    model: writer
outputs:
  reply: "{{ polish.text or draft.text }}"
"""
REVIEW = """\
schema: workbench/v1
name: review
about: Ask a person about a document.
inputs:
  document: string
models:
  reader: [local/lead]
steps:
  summary: {prompt: "Summarise {{ document }}", model: reader}
  verdict: {human: "Is this right? {{ summary.text }}", choices: [approve, reject]}
outputs:
  verdict: "{{ verdict.answer }}"
"""
BROKEN = """\
schema: workbench/v1
name: broken
inputs: {ticket: string}
models: {writer: [local/compose]}
steps:
  draft: {prompt: "Answer {{ tickett }}", model: writter}
  odd: {promt: "x"}
"""
RECIPES = {"triage": TRIAGE, "review": REVIEW, "broken": BROKEN}


def make_recipe(folder: Path, name: str) -> Path:
    """Write one of the recipes of the tests."""
    path = folder / "recipes" / name / "recipe.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(RECIPES[name], encoding="utf-8")
    return path


@dataclass
class Scripted:
    """One step as the fake plays it."""

    path: str
    verb: str = "prompt"
    role: str = "writer"
    model: str = "acme/big"
    prompt: str = "Answer the ticket."
    answer: str = "Your refund is on its way.\nIt takes two days."
    question: str = ""
    choices: tuple[str, ...] = ()
    gates: tuple[tuple[str, bool, float | None, str], ...] = ()
    error: str = ""
    skipped: bool = False


def triage_script(ticket: str = "I was charged twice") -> list[Scripted]:
    """The steps of ``triage``."""
    length = ("length", True, 0.92, "")
    return [
        Scripted("kind", "classify", "sorter", "local/bayes", ticket, "billing"),
        Scripted("facts", prompt=f"List the facts in {ticket}", answer="- charged twice"),
        Scripted("draft", prompt=f"Answer the ticket {ticket!r} as billing", gates=(length,)),
        Scripted("polish", prompt="Make it kinder", answer="We are sorry. Your refund is on its way."),
    ]


def review_script() -> list[Scripted]:
    """The steps of ``review``."""
    return [
        Scripted("summary", role="reader", model="local/lead", answer="A contract for cleaning."),
        Scripted("verdict", "human", question="Is this right?\nA contract.", choices=("approve", "reject")),
    ]


class Clock:
    """Ticks a tenth of a second with each event."""

    def __init__(self, start: int = START) -> None:
        self.at = start

    def tick(self, seconds: float = 0.1) -> int:
        self.at += int(seconds * 1e6)
        return self.at


@dataclass
class Play:
    """Plays a script to listeners, stopping where a controller wants to."""

    run: str
    recipe: str
    script: Sequence[Scripted]
    listeners: Sequence[object]
    controller: object = None
    person: object = None
    mode: str = "live"
    parent: str | None = None
    clock: Clock = field(default_factory=Clock)
    pause: float = 0.0
    seq: int = 0
    calls: int = 0
    files: Mapping[str, str | None] = field(default_factory=dict)

    def emit(self, event: Event, seconds: float = 0.1) -> None:
        self.seq += 1
        event = replace(event, run=self.run, seq=self.seq, at=self.clock.tick(seconds))
        for listener in self.listeners:
            listener.receive(event)

    async def go(self, inputs: Mapping[str, object]) -> Result:
        self.emit(
            RunStarted(
                recipe=self.recipe, recipe_hash="5e1f" * 8, recipe_path=f"/nowhere/{self.recipe}/recipe.yaml",
                files=self.files, file_hashes={}, inputs=inputs, mode=self.mode, parent=self.parent,
            )
        )  # fmt: skip
        status, error, where, text = "done", None, None, ""
        try:
            for step in self.script:
                done = await self.step(step)
                if done is None:
                    status = "waiting"
                    break
                text = done
                if step.error:
                    status, error, where = "failed", step.error, step.path
                    break
        except asyncio.CancelledError:
            status = "cancelled"
        outputs = {"reply": text} if status == "done" else {}
        self.emit(RunFinished(status=status, outputs=outputs, error=error, error_path=where))
        if status == "cancelled" and self.controller is not None and not getattr(self, "stopped", False):
            raise asyncio.CancelledError
        return Result(self.run, status, outputs, error, None, where)

    async def step(self, step: Scripted) -> str | None:
        if step.skipped:
            self.emit(
                StepFinished(
                    path=step.path, verb=step.verb, status="skipped", reason="the condition is false"
                )
            )
            return ""
        self.emit(StepStarted(path=step.path, verb=step.verb, role=step.role))
        text = await (self.ask(step) if step.verb == "human" else self.call(step))
        if text is None:
            self.emit(StepFinished(path=step.path, verb=step.verb, status="waiting"))
            return None
        for name, passed, score, reason in step.gates:
            self.emit(
                GateChecked(
                    path=step.path, call=self.calls, gate=name, passed=passed, score=score, reason=reason
                )
            )
        status = "failed" if step.error else "done"
        output = {"status": status, "text": text, "failed": bool(step.error)}
        error = step.error or None
        self.emit(
            StepFinished(
                path=step.path, verb=step.verb, status=status, output=output, error=error,
                error_class="timeout" if error else None,
            )
        )  # fmt: skip
        return text

    async def ask(self, step: Scripted) -> str | None:
        self.calls += 1
        self.emit(HumanAsked(path=step.path, call=self.calls, question=step.question, choices=step.choices))
        return await self.person.ask(step.path, step.question, step.choices) if self.person else None

    async def call(self, step: Scripted) -> str:
        model, prompt = step.model, step.prompt
        start = prompt.find("ticket")
        segments = (Segment(start, start + 6, "input", "ticket"),) if start >= 0 else ()
        messages = (Message("system", "Be kind."), Message("user", prompt, segments))
        other = Candidate("local/compose", reason="stands by for a fallback")
        candidates = (Candidate(model, True, "first of the role", PRICE, 30_000, 2.1, 0.9), other)
        attempt = 1
        while True:
            self.calls += 1
            stop = CallStop(
                step.path, self.calls, "model", model, messages, {"task": "prompt"}, candidates,
                "first of 2 candidates", recorded=self.mode == "replay",
            )  # fmt: skip
            move = await self.controller.before_call(stop) if self.controller else None
            match move:
                case Skip(text):
                    return text
                case SwapModel(name):
                    model = name
                case EditRequest(edited):
                    messages = edited
                case Stop():
                    self.stopped = True
                    raise asyncio.CancelledError
            text = await self.attempt(step, model, messages, candidates, attempt)
            after = AnswerStop(step.path, self.calls, text, None, model, 12_100_000, self.mode == "replay")
            move = await self.controller.after_call(after) if self.controller else None
            match move:
                case EditOutput(edited_text):
                    return edited_text
                case Retry():
                    attempt += 1
                    continue
                case Stop():
                    self.stopped = True
                    raise asyncio.CancelledError
            return text

    async def attempt(self, step, model, messages, candidates, attempt) -> str:
        where = {"path": step.path, "call": self.calls, "attempt": attempt}
        if self.mode == "replay":
            self.emit(
                CallReused(
                    path=step.path, call=self.calls, kind="model", target=model, fingerprint="f" * 32,
                    source=(self.parent or "", self.calls, 1), answer={"text": step.answer}, model=model,
                    saved_nano=12_100_000, seconds=0.5,
                )
            )  # fmt: skip
            return step.answer
        reason = "first of 2 candidates"
        self.emit(
            RouteDecided(
                **where, role=step.role, policy="fixed", chosen=model, reason=reason, candidates=candidates
            )
        )
        request = {
            "task": "prompt",
            "messages": [
                {
                    "role": m.role,
                    "text": m.text,
                    "segments": [[s.start, s.end, s.kind, s.source, s.id] for s in m.segments],
                }
                for m in messages
            ],
        }
        self.emit(CallStarted(**where, kind="model", target=model, fingerprint="f" * 32, request=request))
        for piece in _pieces(step.answer):
            self.emit(Delta(**where, text=piece))
            await asyncio.sleep(self.pause)
        usage = Usage(input=412, output=231, state="reported")
        cost = 0 if model.startswith("local/") else 12_100_000
        self.emit(
            CallFinished(
                **where, status="error" if step.error else "ok", answer={"text": step.answer}, model=model,
                finish="stop", usage=usage, cost_nano=cost, price=PRICE, seconds=0.5, first_token=0.2,
                chunks=[(0.01, len(step.answer) // 2), (0.02, len(step.answer))],
                error=step.error or None, error_class="timeout" if step.error else None,
                raw={"request": request, "response": {"text": step.answer}},
            )
        )  # fmt: skip
        return step.answer


def _pieces(text: str) -> list[str]:
    return [text[start : start + 8] for start in range(0, len(text), 8)]


@dataclass
class Kept:
    """One run on the fake record."""

    row: RunRow
    snapshot: RunSnapshot
    state: RunState
    order: list[StepRow]


class FakeReader:
    """A record in memory that counts what is read from it."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.version = 1
        self.rows_read = 0
        self.steps_read = 0
        self.details_read = 0
        self.inputs: dict[str, Mapping[str, object]] = {}
        self.filters = ("", "")
        self.finds: Callable[[str], Searched] = lambda text: Searched((), 0, 0)

    def keep(self, state: RunState, files: Mapping[str, str | None]) -> None:
        """Put a folded run on record."""
        row = run_row(state, len(self.kept) + 1)
        snapshot = RunSnapshot(
            state.id, state.recipe, state.recipe_hash, f"/nowhere/{state.recipe}/recipe.yaml", files, {},
            state.inputs, state.mode, state.parent, outputs=state.outputs, status=state.status,
        )  # fmt: skip
        self.kept[state.id] = Kept(row, snapshot, state, list(state.rows.values()))
        self.inputs[state.recipe] = state.inputs
        self.version += 1

    def labels(self, run: str) -> list[Label]:
        return []

    def _matching(self, where: RunFilter) -> list[RunRow]:
        rows = (each.row for each in reversed(self.kept.values()))
        text = where.text.lower()
        return [
            row
            for row in rows
            if (not where.recipe or row.recipe == where.recipe)
            and (not text or text in f"{row.id} {row.recipe} {row.status} {row.inputs} {row.error}".lower())
        ]

    def runs(self, limit: int = 200, offset: int = 0, where: RunFilter = RunFilter()) -> list[RunRow]:  # noqa: B008
        page = self._matching(where)[offset : offset + limit]
        self.rows_read += len(page)
        return page

    def search(
        self,
        text: str,
        limit: int = 20,
        progress: Progress | None = None,
        *,
        recipe: str = "",
        status: str = "",
    ) -> Searched:
        self.filters = (recipe, status)
        return self.finds(text)

    def count_runs(self, where: RunFilter = RunFilter()) -> int:  # noqa: B008
        return len(self._matching(where))

    def run(self, reference: str) -> RunRow:
        found = self.kept.get(reference)
        if found is None:
            raise UsageError(f"no run is named {reference}")
        return found.row

    def snapshot(self, run: str) -> RunSnapshot:
        return self.kept[run].snapshot

    def report(self, run: str) -> RunReport:
        state = self.kept[run].state
        return RunReport(state.budgets, state.missing)

    def outputs(self, run: str) -> Mapping[str, object]:
        return self.kept[run].snapshot.outputs

    def steps(self, run: str, limit: int = 500, offset: int = 0) -> list[StepRow]:
        page = self.kept[run].order[offset : offset + limit]
        self.steps_read += len(page)
        return page

    def count_steps(self, run: str) -> int:
        return len(self.kept[run].order)

    def step(self, run: str, path: str) -> StepDetail:
        self.details_read += 1
        state = self.kept[run].state
        live = state.details.get(path)
        row = state.rows[path]
        return live.as_detail(row) if live else StepDetail(row, None, (), (), ())

    def questions(self, run: str) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(path, *asked) for path, asked in self.kept[run].state.questions.items()]

    def recording(self, run: str) -> list[object]:
        details = self.kept[run].state.details.steps.values()
        return [call for detail in details for call in detail.calls.values()]

    def rhythm(self, run: str) -> list[Beat]:
        calls = self.recording(run)
        return [Beat(each.path, each.started, each.seconds or 0.0, each.chunks) for each in calls]

    def data_version(self) -> int:
        return self.version

    def last_inputs(self, recipe: str) -> Mapping[str, object] | None:
        return self.inputs.get(recipe)


class FakeBench:
    """A bench that plays scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path("/home/you/project")
        self.under = folder
        self.reader = FakeReader()
        models = [
            SimpleNamespace(name=name) for name in ("local/bayes", "local/compose", "acme/big", "acme/small")
        ]
        self.providers = SimpleNamespace(models=lambda: models)
        self.scripts: dict[str, list[Scripted]] = {"triage": triage_script(), "review": review_script()}
        self.numbers = itertools.count(1)
        self.started: list[dict[str, object]] = []
        self.pause = 0.0
        self.clock = Clock()

    @classmethod
    def with_history(cls, folder: Path) -> FakeBench:
        """Three past runs: one done, one failed, one waiting."""
        bench = cls(folder)
        bench.record("triage", {"ticket": "I was charged twice"})
        failing = triage_script()
        failing[2] = replace(
            failing[2], error="no answer within 30 s", gates=(("length", False, 0.1, "too long: 512 of 400"),)
        )
        bench.record("triage", {"ticket": "My card is lost"}, failing)
        bench.record("review", {"document": "A contract for cleaning."})
        return bench

    def record(
        self, recipe: str, inputs: Mapping[str, object], script: Sequence[Scripted] | None = None
    ) -> str:
        """Play a run without anyone looking."""
        state = RunState()
        play = self._play(recipe, script, [state])
        asyncio.run(play.go(inputs))
        self.reader.keep(state, play.files)
        return play.run

    def _play(
        self, recipe: str, script: Sequence[Scripted] | None, listeners: Sequence[object], **more: object
    ) -> Play:
        run = f"run{next(self.numbers):04}"
        self.clock.tick(60)
        files = {"recipe.yaml": RECIPES[recipe]} if recipe in RECIPES else {}
        steps = script if script is not None else self.scripts[recipe]
        return Play(run, recipe, steps, listeners, clock=self.clock, pause=self.pause, files=files, **more)

    def recipe_paths(self) -> list[Path]:
        return sorted((self.under / "recipes").glob("*/recipe.yaml"))

    async def run(
        self, recipe, inputs, *, models=None, controller=None, listeners=(), person=None, **_
    ) -> Result:
        self.started.append({"recipe": recipe.name, "inputs": inputs, "models": models})
        state = RunState()
        play = self._play(recipe.name, None, [state, *listeners], controller=controller, person=person)
        return await self._kept(play, state, inputs)

    async def replay(self, reference, *, controller=None, listeners=()) -> Result:
        row = self.reader.run(reference)
        state = RunState()
        play = self._play(
            row.recipe, None, [state, *listeners], controller=controller, mode="replay", parent=row.id
        )
        return await self._kept(play, state, row.inputs)

    async def resume(self, reference, *, answers=None, controller=None, listeners=(), person=None) -> Result:
        row = self.reader.run(reference)
        kept = self.reader.kept[row.id]
        self.started.append({"resumed": row.id, "answers": answers})
        play = self._play(row.recipe, [], [kept.state, *listeners], controller=controller, person=person)
        play.run, play.seq = row.id, 1_000
        for path, text in (answers or {}).items():
            play.emit(StepFinished(path=path, verb="human", status="done", output={"answer": text}))
        play.emit(RunFinished(status="done", outputs=dict(answers or {})))
        self.reader.keep(kept.state, kept.snapshot.files)
        return Result(row.id, "done", dict(answers or {}))

    async def _kept(self, play: Play, state: RunState, inputs: Mapping[str, object]) -> Result:
        try:
            return await play.go(inputs)
        finally:
            self.reader.keep(state, play.files)


def run_row(state: RunState, number: int) -> RunRow:
    """A folded run as the ledger lists it."""
    totals = state.totals
    models = tuple(dict.fromkeys(row.model for row in state.rows.values() if row.model))
    return RunRow(
        id=state.id, number=number, recipe=state.recipe, recipe_hash=state.recipe_hash, mode=state.mode,
        status=state.status, started=state.started, finished=state.finished, parent=state.parent,
        inputs=state.inputs, cost_nano=totals.cost_nano, cost_known=totals.cost_known,
        saved_nano=totals.saved_nano, tokens_in=totals.tokens_in, tokens_out=totals.tokens_out,
        tokens_cached=0, calls=totals.calls, reused=totals.reused, steps=len(state.rows), models=models,
        error=state.error, error_class=None, error_path=state.error_path,
    )  # fmt: skip


def step_row(path: str, order: int, status: str = "done") -> StepRow:
    """A step as the ledger lists it."""
    return StepRow(
        order=order, path=path, verb="prompt", status=status, started=START + order * 1_000,
        finished=START + order * 1_000 + 900, model="local/compose", attempts=1, reused=0,
        cost_nano=1_000_000, tokens_in=10, tokens_out=5, gates_passed=0, gates_failed=0,
        reason="", error=None, error_class=None,
    )  # fmt: skip
