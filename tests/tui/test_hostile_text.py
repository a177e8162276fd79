"""Model output is data: nothing in it steers the terminal, is read as markup, or ends the app."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.tui.apps import LARGE, SMALL, FrozenApp, run_screen, screen_text, settled, until
from tests.tui.fake_bench import FakeBench, Scripted, make_recipe
from workbench.safe_text import FORBIDDEN
from workbench.tui.backstop import InertFilter
from workbench.tui.detail_text import TABS
from workbench.tui.screens.dialogs import Dialog

EVIL = (
    "\x1b[31mred\x1b]52;c;cm0gLXJm\x07 \x1b]8;;http://evil\x1b\\link "
    "\x9b2J\x90q\x9c\x00\x7f\u202etxt.exe\u2066 "
    "\u200b\ufeff\U000e0041 \ud800 [/] [/etc/passwd] [x=' "
    "[@click=app.quit]click me[/] [red]red[/red] $primary\r\n"
    "second\u2028line\x85 \x0b\x0c"
)


@pytest.fixture
def evil(tmp_path):
    folder = tmp_path
    make_recipe(folder, "triage")
    make_recipe(folder, "review")
    bench = FakeBench(folder)
    gate = (EVIL, False, 0.5, EVIL)
    path = f"kind[0]/{EVIL}"
    script = [
        Scripted("kind", prompt=EVIL, answer=EVIL, model=EVIL, role=EVIL, gates=(gate,)),
        Scripted(path, verb=EVIL, prompt=EVIL, answer=EVIL, model=EVIL),
        Scripted("draft", prompt=EVIL, answer=EVIL, gates=(gate,), error=EVIL),
    ]
    bench.record("triage", {"ticket": EVIL, EVIL: EVIL}, script)
    bench.record(EVIL, {EVIL: EVIL}, script)
    bench.scripts["triage"] = script[:1]
    bench.scripts["review"] = [Scripted("verdict", "human", question=EVIL, choices=(EVIL, "ok"))]
    return bench


def assert_inert(app):
    """No forbidden character would reach the terminal, and no content became an action."""
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            assert not FORBIDDEN.search(segment.text), repr(segment.text)
            meta = segment.style.meta if segment.style else {}
            assert "@click" not in meta, meta
            assert not (segment.style and segment.style.link)


def drawn_text_was_safe(app, monkeypatch):
    """The backstop had nothing to do: texts were made safe before they were drawn."""
    caught = []
    original = InertFilter.apply

    def spy(self, segments, background):
        caught.extend(segment.text for segment in segments if FORBIDDEN.search(segment.text))
        return original(self, segments, background)

    monkeypatch.setattr(InertFilter, "apply", spy)
    return caught


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_past_runs_full_of_hostile_text(evil, size, monkeypatch):
    app = FrozenApp(evil)
    caught = drawn_text_was_safe(app, monkeypatch)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        assert_inert(app)
        await pilot.press("enter")
        await settled(pilot)
        screen = run_screen(app)
        for path in list(screen.model.state.rows):
            screen.select_step(path)
            await settled(pilot)
            for tab in ("Run", *TABS):
                screen.set_tab(tab)
                screen.draw_detail()
                screen.action_pane(2)
                await pilot.pause()
                assert_inert(app)
        if screen.model.graph.nodes:
            screen.show_view(graph=False)
            screen.action_pane(1)
            await settled(pilot)
            assert_inert(app)
        await pilot.press("y", "Y", "question_mark")
        await settled(pilot)
        assert_inert(app)
        assert caught == []


async def test_a_hostile_recipe_of_the_record(evil, monkeypatch):
    app = FrozenApp(evil, open_run="run0001")
    caught = drawn_text_was_safe(app, monkeypatch)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await settled(pilot)
        assert_inert(app)
        text = screen_text(app)
        assert "␛[31mred" in text
        assert "[@click=app.quit]click me[/]" in text, "markup is shown as it is"
        assert caught == []


async def test_stepping_and_dialogs(evil):
    app = FrozenApp(evil)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await settled(pilot)
        card = next(each for each in app.screen.cards if each.name == "triage")
        app.start_run(card.recipe, {"ticket": EVIL}, {}, step=True)
        await until(pilot, lambda: run_screen(app).model.halt, "a stop")
        await settled(pilot)
        assert_inert(app)
        for key in ("e", "m", "s"):
            await pilot.press(key)
            await settled(pilot)
            assert isinstance(app.screen, Dialog)
            assert_inert(app)
            await pilot.press("escape")
        await pilot.press("space")
        await settled(pilot)
        assert_inert(app)
        await pilot.press("e")
        await settled(pilot)
        assert_inert(app)
        await pilot.press("ctrl+s", "c")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        await settled(pilot)
        assert_inert(app)


async def test_a_hostile_question_and_inputs_form(evil):
    app = FrozenApp(evil)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await settled(pilot)
        cards = {each.name: each for each in app.screen.cards}
        app.open_inputs(cards["triage"])
        await settled(pilot)
        assert_inert(app)
        app.screen._show_problem(EVIL)
        app.tell(EVIL, "error")
        await settled(pilot)
        assert_inert(app)
        app.start_run(cards["review"].recipe, {"document": EVIL}, {}, step=False)
        await until(pilot, lambda: isinstance(app.screen, Dialog), "the question")
        await settled(pilot)
        assert_inert(app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")


def test_the_backstop_drops_what_was_missed():
    clean = InertFilter().apply(
        [Segment("a\x1b]52;c;x\x07\x9b\u202eb\tc", Style(bold=True, link="http://\x1b")), Segment("ok")],
        Color(0, 0, 0),
    )
    assert [segment.text for segment in clean] == ["a]52;c;xb c", "ok"]
    assert clean[0].style.bold and not clean[0].style.link
