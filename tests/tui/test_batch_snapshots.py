"""The screens of batches as they look, at the smallest and at a comfortable size.

After a change that is meant to be seen:  pytest tests/tui/test_batch_snapshots.py --snapshot-update
"""

from __future__ import annotations

import random

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, settled
from tests.tui.fake_bench import NOW
from workbench.ledger.batch_rows import BatchFigures, BatchRow, BatchRun, BatchTotals
from workbench.study.agreement import Agreement, Threshold
from workbench.study.case_figures import Figures
from workbench.study.compare_many import Change, Comparison, Contrast, Measure, Subject
from workbench.study.statistics import Difference
from workbench.study.verdicts import Verdict
from workbench.tui.screens.batch import BatchScreen, Look
from workbench.tui.screens.batch_form import BatchFormScreen
from workbench.tui.screens.batches import BatchesScreen
from workbench.tui.screens.compare_many import CompareManyScreen

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
VARIANTS = [{"name": f"writer=sim/{name}", "models": {}, "edits": {}} for name in ("fast", "fair")]

TICKETS = (
    "My card was swallowed by the machine, and the branch is closed until Monday. What now?",
    "Where is my refund?",
    "I cannot get my virtual card to work.",
)


def a_batch(id: str = "b0batch001", status: str = "running", **options: object) -> BatchRow:
    return BatchRow(
        1, id, "triage", "h", "/data/tickets.csv", "d", status, NOW - 90_000_000, None, 500, 1, options
    )  # type: ignore[arg-type]


def still_batch(self: BatchScreen) -> None:
    """A batch at one moment."""
    lots = random.Random(3)
    runs = [
        BatchRun(f"run{i:07}", f"c:{i}", "failed" if i % 7 == 0 else "done", 2_000_000 + i * 9_000, True,
                 0.3 + i / 50, "server" if i % 7 == 0 else None)
        for i in range(180, 120, -1)
    ]  # fmt: skip
    figures = BatchFigures(
        tuple(lots.lognormvariate(14.5, 0.5) for _ in range(180)),
        tuple(lots.lognormvariate(-0.5, 0.6) for _ in range(180)),
        tuple(("draft: grounded", i % 5 > 0, lots.random()) for i in range(180)),
    )
    totals = BatchTotals({"done": 154, "failed": 26}, 412_000_000, True, 0, 93_000, 21_000, 540, 0)
    labels = {"run0000178": "good", "run0000176": "bad"}
    found = Agreement("triage", "draft", "grounded", 31, 4, 6, 19, Threshold(0.72, 0.92, 0.1))
    given = {each.run: TICKETS[place % len(TICKETS)] for place, each in enumerate(runs)}
    self.look = Look(a_batch(variants=VARIANTS), totals, runs, figures, given, labels, [found])
    self.query_one("#batch-runs").focus()
    self.call_after_refresh(self._show)


def still_batches(self: BatchesScreen) -> None:
    """The list at one moment."""
    self.rows = [
        a_batch(), a_batch("b0batch002", "done", variants=VARIANTS), a_batch("b0batch003", "cancelled")
    ]  # fmt: skip
    self.marks = ("b0batch003",)
    self.query_one("#batches").set_count(3)  # type: ignore[attr-defined]
    self.query_one("#no-batches").display = False


def a_comparison() -> Comparison:
    figures = []
    for share, cost in ((0.92, 0.004), (0.81, 0.001), (0.9, 0.0022)):
        each = Figures()
        for i in range(100):
            each.add("passed", "share", f"c:{i}", float(i < share * 100))
            each.add("cost", "usd", f"c:{i}", cost)
            each.seconds.append(0.5 + i / 100)
        figures.append(each)
    subjects = tuple(
        Subject(letter, f"writer=sim/{name}", a_batch(), number)
        for number, (letter, name) in enumerate([("a", "good"), ("b", "fast"), ("c", "fair")], 1)
    )
    worse = Contrast(Difference(100, -0.11, -0.18, -0.04, 0.4, 0.003), Verdict("worse"))
    open_ = Contrast(Difference(100, -0.02, -0.07, 0.03, 0.3, 0.44), Verdict("not decisive", 900, 300, 4000))
    cheap = Contrast(Difference(100, -0.003, -0.0031, -0.0029, 0.001, 0.0), Verdict("superior"))
    same = Contrast(Difference(100, 0.0, -0.02, 0.02, 0.1, 1.0), Verdict("not decisive"))
    return Comparison(
        subjects, tuple(figures), 0.0, 100, (0, 0, 0),
        (
            Measure("passed", "share", (0.92, 0.81, 0.9), (None, worse, open_)),
            Measure("safe: pii", "share", (1.0, 1.0, 1.0), (None, same, same)),
            Measure("cost", "usd", (0.004, 0.001, 0.0022), (None, cheap, cheap)),
        ),
        tuple(Change(f"c:{i}", "b", 1.0, ("draft: grounded",), f"run000{i}", f"run001{i}") for i in range(5)),
        (Change("c:9", "c", -1.0, ("done",), "run0009", "run0019"),),
        ((), ("c:4", "c:17"), ()),
        frozenset({"a", "b", "c"}),
    )  # fmt: skip


def still_comparison(self: CompareManyScreen) -> None:
    """A comparison at one moment."""
    self.comparison = a_comparison()
    self.given = {each.first_run: TICKETS[place % 3] for place, each in enumerate(self.changes)}
    self.query_one("#cases").set_count(len(self.changes))  # type: ignore[attr-defined]
    self.call_after_refresh(self._show)


@pytest.fixture
def picture(snap_compare, bench):
    """Compare a screen with its picture, after some keys."""

    def compare(size, screen, *keys):
        async def before(pilot):
            await settled(pilot)
            pilot.app.push_screen(screen(pilot.app))
            await settled(pilot)
            for key in keys:
                await pilot.press(key)
            await settled(pilot)

        return snap_compare(FrozenApp(bench), terminal_size=size, run_before=before)

    return compare


@pytest.fixture(autouse=True)
def still(monkeypatch):
    monkeypatch.setattr(BatchScreen, "on_mount", still_batch)
    monkeypatch.setattr(BatchesScreen, "load", still_batches)
    monkeypatch.setattr(CompareManyScreen, "load", still_comparison)


@SIZES
def test_a_batch(picture, size):
    assert picture(size, lambda app: BatchScreen("b0batch001"))


def test_the_figures_of_a_batch(picture):
    assert picture(SMALL, lambda app: BatchScreen("b0batch001"), "2")


@SIZES
def test_all_batches(picture, size):
    assert picture(size, lambda app: BatchesScreen())


@SIZES
def test_many_compared(picture, size):
    assert picture(size, lambda app: CompareManyScreen(("b0batch001",)))


def test_the_form(picture):
    assert picture(SMALL, lambda app: BatchFormScreen(next(each for each in app.screen.cards if each.recipe)))
