"""Comparisons, plans and families of the tests, made by hand so that they always look the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.tui.fake_bench import START, run_row, step_row
from workbench.ledger.rows import CallRow, GateRow, RunRow
from workbench.study.compare import Comparison, Pair, Side, Split
from workbench.study.plan import Plan, PlannedStep
from workbench.tui.run_state import RunState
from workbench.tui.travels import Proposal
from workbench.usage import Usage

HOSTILE = "x\x1b]52;c;ZXZpbA==\x07 [red]no[/] \u202etxt\x9b31m"
ANSWERS = (
    "We are sorry for the double charge.\nRefund 8812 is on its way, within two days.",
    "We are sorry for the double charge.\nRefund 8812 arrives within five days.\nYours, the team",
)


def a_run(id: str = "run0001", **more: Any) -> RunRow:
    """A finished run."""
    state = RunState()
    state.id, state.recipe, state.status, state.started = id, "triage", "done", START
    state.finished = START + 2_600_000
    row = run_row(state, 1)
    given = {"cost_nano": 12_900_000, "tokens_in": 412, "tokens_out": 231, "calls": 4, "steps": 4}
    return replace(row, **{**given, **more})


def a_call(path: str, prompt: str, answer: str, model: str = "acme/big") -> CallRow:
    """A call that was answered."""
    return CallRow(
        path=path, call=1, attempt=1, kind="model", target=model, status="ok", fingerprint="f" * 32,
        started=START, seconds=0.4, request={"messages": [{"role": "user", "text": prompt}]},
        answer={"text": answer, "data": None}, model=model, finish="stop", usage=Usage(), cost_nano=3_000_000,
        price=None, first_token=None, chunks=(), raw=None, error=None, error_class=None, source=None,
    )  # fmt: skip


def a_side(path: str, prompt: str, answer: str, model: str = "acme/big", score: float = 0.9) -> Side:
    """One side of a step."""
    row = replace(step_row(path, 1), model=model, tokens_in=120, tokens_out=40, cost_nano=3_000_000)
    gate = GateRow(path, 1, "grounded", score >= 0.6, score, "", 0.0)
    return Side(row, {"text": answer}, (a_call(path, prompt, answer, model),), (gate,))


def a_comparison(text: str = "", path: str = "draft") -> Comparison:
    """Two runs: one step the same, one that differs, one on each side alone."""
    same = a_side("kind", "Sort it", "billing")
    left = a_side(path, f"Answer the ticket.{text}", ANSWERS[0] + text)
    right = a_side(path, f"Answer the ticket kindly.{text}", ANSWERS[1] + text, "acme/small", 0.5)
    gone = a_side("polish", "Make it kinder", "Kinder")
    pairs = (
        Pair(same, same),
        Pair(left, right, ("prompt", "model", "answer", "output", "gates")),
        Pair(gone, None),
        Pair(None, a_side("review", "Is it right?", "yes")),
    )
    runs = a_run(), a_run("run0002", mode="rerun", parent="run0001", cost_nano=3_800_000, calls=2, reused=2)
    split = Split(path, f"prompt text differs{text}")
    return Comparison(*runs, pairs, (("reply", "a", "b"), ("label", "x", "x")), split)


def a_plan(text: str = "") -> Plan:
    """One step of each action."""
    return Plan(
        "triage",
        "run0001",
        (
            PlannedStep("kind", "classify", "reuse", "asked the same in run0001", "local/bayes"),
            PlannedStep("draft", "prompt", "call", f"prompt text differs{text}", "acme/big"),
            PlannedStep("notify", "tool", "call", "its input differs", "notify", effects=True),
            PlannedStep("polish", "prompt", "unknown", "until draft is known", "acme/big"),
            PlannedStep("parts", "set", "none", "asks nobody"),
        ),
    )


class PlannedAlready(Proposal):
    """A proposal whose plan is known."""

    async def plan(self, bench: Any) -> Plan:
        return a_plan()


def a_family() -> list[RunRow]:
    """A run, two forks of it, one fork of a fork."""
    return [
        a_run(),
        a_run("run0002", mode="fork", parent="run0001", saved_nano=9_000_000, reused=3, calls=1),
        a_run("run0003", mode="fork", parent="run0002", status="cancelled"),
        a_run("run0004", mode="rerun", parent="run0001", status="failed"),
    ]
