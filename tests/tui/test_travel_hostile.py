"""Hostile data on the screens of other lines, a playback by keys, and a comparison of a thousand steps."""

from __future__ import annotations

from typing import Any

from tests.study.kit import Lab
from tests.tui.travel_data import HOSTILE, a_comparison, a_side
from tests.tui.travel_kit import CHAIN, ended, forward, opened, screen_text, shown, stepping, top, until
from workbench.ledger.read_rhythm import Beat
from workbench.ledger.reader import Reader
from workbench.providers.port import Reply
from workbench.safe_text import FORBIDDEN
from workbench.study.compare import Comparison, Pair
from workbench.tui import compare_text
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.family import FamilyScreen
from workbench.tui.screens.trying import TryScreen


def inert(app: Any, *, shows: bool = True) -> None:
    """Nothing on the screen steers a terminal, and nothing was taken as markup."""
    text = screen_text(app)
    assert not FORBIDDEN.search(text.replace("\n", ""))
    assert not shows or "[red]" in text


async def test_hostile_answers_on_every_screen(lab: Lab) -> None:
    lab.fake.script = lambda model, request: Reply(HOSTILE + request.messages[-1].text[:3])
    async with stepping(lab, CHAIN, word=HOSTILE) as (app, pilot):
        await forward(app, pilot, 3)
        await pilot.press("backspace", "H")
        await shown(pilot, ChoiceDialog)
        inert(app, shows=False)
        await pilot.press("escape", "c")
        await until(pilot, lambda: lab.reader.count_runs() == 2, "a new line")
        await ended(app, pilot)
        await pilot.press("d")
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: "[red]" in screen_text(app), "what they answered")
        inert(app)
        await pilot.press("y")
        assert "\x1b" not in app.clipboard
        await pilot.press("escape", "F")
        await shown(pilot, FamilyScreen)
        inert(app, shows=False)
        await pilot.press("escape", "t")
        screen = await shown(pilot, TryScreen)
        await until(pilot, lambda: len(screen.tries) == 2 and screen.tries[-1].ended, "a try")
        await until(pilot, lambda: "[red]" in screen_text(app), "what it answered")
        inert(app)


async def test_a_past_run_plays_four_times_as_fast_and_then_at_once(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    async with opened(lab, first.run) as (app, pilot):
        await pilot.press("4")
        await until(pilot, lambda: lab.reader.count_runs() == 2, "a playback")
        await ended(app, pilot)
        assert top(app).model.state.mode == "replay"
        assert top(app).model.state.outputs == {"said": "SEVEN SIX FIVE FOUR THREE TWO ONE X"}
    assert lab.asked() == []


async def test_speeds_while_it_plays(lab: Lab, monkeypatch) -> None:
    monkeypatch.setattr(Reader, "rhythm", lambda reader, run: [Beat("one", 0, 500.0)])
    first = await lab.run(CHAIN, word="x")
    async with opened(lab, first.run) as (app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: getattr(top(app), "pace", None) is not None, "a playback")
        pace = top(app).pace
        await pilot.press("f")
        assert pace.speed == 4
        await pilot.press("f")
        assert pace.speed == 0
        await ended(app, pilot)


async def test_a_thousand_steps_are_drawn_only_where_they_are_seen(lab: Lab, monkeypatch) -> None:
    small = a_comparison()
    pairs = [
        Pair(a_side(f"say[{n}]", "same", "same"), a_side(f"say[{n}]", "same", "same")) for n in range(999)
    ]
    many = Comparison(small.left, small.right, (*pairs, small.pairs[1]), (), small.split)
    monkeypatch.setattr("workbench.tui.screens.compare.compare", lambda reader, left, right: many)
    drawn: list[int] = []
    row = compare_text.pair_row
    monkeypatch.setattr(compare_text, "pair_row", lambda pair, width: (drawn.append(1), row(pair, width))[1])
    async with opened(lab) as (app, pilot):
        app.push_screen(CompareScreen("a", "b"))
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: screen.comparison is not None, "the comparison")
        assert screen.pair.path == "draft", "the first difference, at the end of the list"
        await pilot.press("g", "n")
        assert screen.pair.path == "draft"
    assert len(drawn) < 500
