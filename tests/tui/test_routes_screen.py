"""The routes screen: what each role's models did, who rests now; and how it looks.

After a change that is meant to be seen:  pytest tests/tui/test_routes_screen.py --snapshot-update
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, screen_text, settled
from tests.tui.fake_bench import NOW
from workbench.events import Candidate
from workbench.ledger.rows import DecisionRow
from workbench.providers.rates import RateState
from workbench.settings import Limits
from workbench.study.route_looks import RouteLook
from workbench.study.routes import RouteFigures
from workbench.tui.screens.run import RunScreen

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


def attempt(run: str, status: str, error_class: str | None = None) -> Any:
    decision = DecisionRow(
        "draft", 2, 1, "writer", "cascade", "acme/big", "cheapest first", (Candidate("acme/big", True),)
    )
    call = SimpleNamespace(
        path="draft", status=status, started=NOW - 90_000_000, seconds=1.4, cost_nano=2_100_000,
        error_class=error_class,
    )  # fmt: skip
    return SimpleNamespace(run=run, call=call, decision=decision)


BIG = RouteFigures(
    "triage", "writer", "acme/big", 320, 0.8, 2_100_000, 1.4, 300, 276, 12, 20, 0, 4.9,
    (("rate_limit", 15), ("timeout", 5)),
)  # fmt: skip
LIMITS = Limits(at_once=16, requests_per_minute=60, tokens_per_minute=20_000)
RATES = RateState("acme", 3, 2, 58, 18_200, LIMITS, {"acme/big": 12.0})
LATEST = (attempt("run0001", "error", "rate_limit"), attempt("run0002", "ok"))
LOOKS = [
    RouteLook(BIG, LATEST, "open", "rests 21.0 s more: failed 3 times in a row, last with rate_limit", RATES),
    RouteLook(
        replace(BIG, model="local/compose", attempts=80, share=0.2, cost_nano=0, failures=0, errors=(),
                fallbacks=20, seconds=0.003, slow=0.01),
        (attempt("run0002", "ok"),), "closed", "", None,
    ),
    RouteLook(replace(BIG, model="acme/\x1b[31m[bold]odd[/]"), (), "half-open", "", None),
]  # fmt: skip


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[RouteLook]:
    async def read(bench: Any) -> list[RouteLook]:
        return LOOKS

    monkeypatch.setattr("workbench.tui.screens.routes.look_at_routes", read)
    return LOOKS


@SIZES
def test_how_it_looks(snap_compare, bench, looks, size) -> None:
    async def before(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)

    assert snap_compare(FrozenApp(bench), terminal_size=size, run_before=before)


async def test_it_tells_health_and_rates_and_opens_the_latest_run(bench, looks) -> None:
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        text = screen_text(app)
        assert "rate_limit 15, timeout 5" in text
        assert "rests 21.0 s more" in text
        assert "58 of 60 requests a minute" in text
        assert "its server holds it back 12" in text
        assert "2 of 3 not asked for now" in text
        await pilot.press("j")
        await settled(pilot)
        assert "not asked since the workbench was opened" in screen_text(app)
        assert app.screen.copy_text() == "local/compose"
        await pilot.press("k", "enter")
        await settled(pilot)
        assert isinstance(app.screen, RunScreen)


async def test_without_calls_it_says_what_to_do(bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(bench: Any) -> list[RouteLook]:
        return []

    monkeypatch.setattr("workbench.tui.screens.routes.look_at_routes", read)
    app = FrozenApp(bench)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        assert "No call to a model of a role is on record yet." in screen_text(app)
