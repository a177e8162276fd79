"""The search screen: what it finds and opens, what it says when there is nothing, and how it looks.

After a change that is meant to be seen:  pytest tests/tui/test_search_screen.py --snapshot-update
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests import waiting
from tests.tui.apps import LARGE, SMALL, FrozenApp, run_screen, screen_text, settled, until
from tests.tui.fake_bench import START, FakeBench
from tests.tui.test_hostile_text import EVIL, assert_inert, drawn_text_was_safe
from workbench.errors import LedgerError
from workbench.ledger.search import Match, Searched
from workbench.tui.screens.search import SearchScreen

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
LONG = "… to whoever reads this: the customer has waited for eleven days, and now asks where the "
MATCHES = (
    Match("run0002", "triage", "done", START, "draft", "prompt", LONG, "refund", " of her order is …"),
    Match("run0002", "triage", "done", START, None, "input", "where is my ", "refund", "?"),
    Match("run0001", "a-recipe-with-a-long-name", "failed", START, "each_ticket[12]/polish#2/reply",
          "answer", "", "Refunds", " take two days, says the shop."),
    Match("run0001", "triage", "failed", START, "kind", "error", "no model left for ", "refund", ""),
)  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.tui.screens.search.TYPING_PAUSE", 0.01)


def finds(bench: FakeBench, found: Callable[[str], Searched]) -> None:
    bench.reader.finds = found


def everything(text: str) -> Searched:
    return Searched(MATCHES, 1204, 0) if text.startswith("refund") else Searched((), 0, 0)


def looking_for(*keys: str) -> Any:
    async def before(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press("s", *keys)
        await settled(pilot)

    return before


@SIZES
def test_how_it_looks(snap_compare, bench, size) -> None:
    finds(bench, everything)
    before = looking_for(*"refund", "enter", "j")
    assert snap_compare(FrozenApp(bench), terminal_size=size, run_before=before)


@SIZES
def test_how_it_begins(snap_compare, bench, size) -> None:
    assert snap_compare(FrozenApp(bench), terminal_size=size, run_before=looking_for())


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_what_is_found_opens_at_its_step(bench, size) -> None:
    finds(bench, everything)
    app = FrozenApp(bench)
    async with app.run_test(size=size) as pilot:
        await looking_for(*"refund")(pilot)
        await until(pilot, lambda: "the first 4 of 1,204 texts" in screen_text(app))
        assert app.screen.command() == "workbench search refund"
        await pilot.press("down")
        assert "where the refund of her" in screen_text(app).replace("\n", " ")
        await pilot.press("enter")
        await settled(pilot)
        screen = run_screen(app)
        assert (screen.run_id, screen.model.selected, screen.tab) == ("run0002", "draft", "Prompt")
        await until(pilot, lambda: "Answer the ticket" in screen_text(app), "the prompt of the step")
        while app.screen is screen:
            await pilot.press("escape")
            await settled(pilot)
        assert isinstance(app.screen, SearchScreen)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert (run_screen(app).model.follow, run_screen(app).tab) == (True, "Run")
        await pilot.press("escape")
        await pilot.press("slash", "escape")
        await until(pilot, lambda: not isinstance(app.screen, SearchScreen))


async def test_what_was_typed_to_filter_is_looked_for(bench) -> None:
    finds(bench, everything)
    app = FrozenApp(bench)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"refund")
        await settled(pilot)
        assert "f3 search everything" in screen_text(app)
        await pilot.press("f3")
        await until(pilot, lambda: "1,204 texts" in screen_text(app))
        assert app.screen.query_one("#query").value == "refund"


async def test_nothing_and_no_words(bench) -> None:
    finds(bench, everything)
    app = FrozenApp(bench)
    async with app.run_test(size=SMALL) as pilot:
        await looking_for("x", "enter")(pilot)
        await until(pilot, lambda: "Nothing on record matches." in screen_text(app))
        await pilot.press("backspace", "exclamation_mark")
        await until(pilot, lambda: "no word in it" in screen_text(app))
        await pilot.press("backspace")
        await until(pilot, lambda: "newest first" in screen_text(app))
        assert app.screen.command() == "workbench search"


async def test_what_comes_late_is_dropped_and_keys_are_heard_meanwhile(bench) -> None:
    asked: list[str] = []
    answered = threading.Event()

    def slow(text: str) -> Searched:
        asked.append(text)
        assert answered.wait(waiting.LONG)
        return Searched(MATCHES[:1] if text == "a" else MATCHES[1:], 1, 0)

    finds(bench, slow)
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("s", "a")
        await until(pilot, lambda: asked == ["a"])
        await pilot.press("b", "c", "enter")
        await pilot.pause(0.05)
        assert asked == ["a"], "one search at a time"
        answered.set()
        await until(pilot, lambda: app.screen.found.matches == MATCHES[1:])
        assert asked == ["a", "abc"]
        assert app.screen.focused.id == "found", "enter is kept in mind"


async def test_a_long_search_tells_how_far_it_is_and_stops_when_one_leaves(bench, monkeypatch) -> None:
    monkeypatch.setattr("workbench.tui.screens.search.PATIENCE", 0.02)
    ended: list[str] = []

    def search(text: str, limit: int, progress: Callable[[int, int], None], **_: str) -> Searched:
        try:
            for _ in range(round(waiting.LONG / 0.01)):
                progress(120, 400)
                time.sleep(0.01)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise
        return Searched((), 0, 0)

    monkeypatch.setattr(bench.reader, "search", search)
    app = FrozenApp(bench)
    async with app.run_test(size=SMALL) as pilot:
        await settled(pilot)
        await pilot.press("s", "a")
        await until(pilot, lambda: "reading the record: 120 of 400 runs" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: ended == ["Left"])
        await settled(pilot)
        assert not isinstance(app.screen, SearchScreen)


async def test_a_record_that_cannot_be_read_is_told(bench) -> None:
    def broken(text: str) -> Searched:
        raise LedgerError("the record is [bold]gone[/]")

    finds(bench, broken)
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await looking_for("a")(pilot)
        await until(pilot, lambda: "the record is [bold]gone[/]" in screen_text(app))
        finds(bench, everything)
        await pilot.press("backspace", *"refund")
        await until(pilot, lambda: app.screen.found.total == 1204)


@SIZES
async def test_hostile_texts_are_drawn_inert(bench, monkeypatch, size) -> None:
    evil = Match(EVIL, EVIL, EVIL, START, EVIL, EVIL, EVIL, EVIL, EVIL)
    finds(bench, lambda text: Searched((evil, evil), 2, 0))
    app = FrozenApp(bench)
    caught = drawn_text_was_safe(app, monkeypatch)
    async with app.run_test(size=size, notifications=True) as pilot:
        await looking_for("a", "enter")(pilot)
        await until(pilot, lambda: app.screen.found.total == 2)
        assert_inert(app)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert_inert(app)
        assert isinstance(app.screen, SearchScreen), "no run has such a name"
    assert not caught


async def test_the_real_record_whatever_is_typed(lab) -> None:
    recipe = lab.write(
        "steps:\n  draft: {prompt: 'where is the red umbrella', model: m}\n"
        "  words: {each: \"['one', 'two']\", prompt: 'shout {{ item }} parasol', model: m}\n"
        "outputs: {text: '{{ draft.text }}'}\n"
    )
    await lab.bench.run(recipe, {})
    app = FrozenApp(lab.bench)  # type: ignore[arg-type]
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("s")
        for query in (
            '"',
            "a AND",
            "* OR (",
            "NEAR(x y)",
            "body:umbrella -x ^y",
            "'; DROP TABLE runs",
            "é*\u0301",
        ):
            app.screen.query_one("#query").value = query
            await settled(pilot)
            await until(pilot, lambda: not app.screen._searching)
            assert isinstance(app.screen, SearchScreen)
        app.screen.query_one("#query").value = '"two paras"*'
        await until(pilot, lambda: len(app.screen.found.matches) == 2, "the prompt and the answer")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: not isinstance(app.screen, SearchScreen))
        await settled(pilot)
        screen = run_screen(app)
        assert (screen.model.selected, screen.tab) == ("words[1]", "Prompt")
        assert "shout two parasol" in screen_text(app)
