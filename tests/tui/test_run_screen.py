"""The run screen: live, past, walked, replayed, asked, and what it copies."""

from __future__ import annotations

import contextlib

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, run_screen, screen_text, settled, until
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.home import HomeScreen


@contextlib.asynccontextmanager
async def past(bench, run="run0001", size=LARGE):
    app = FrozenApp(bench, open_run=run)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield app, pilot


async def press(pilot, *keys):
    await pilot.press(*keys)
    await settled(pilot)


async def test_a_past_run_opens_on_its_outputs_beside_its_graph(bench):
    async with past(bench) as (app, _):
        text = screen_text(app)
        assert "✓ done triage" in text
        assert "We are sorry. Your refund is on its way." in text
        assert "I was charged twice" in text
        for name in ("kind", "facts", "draft", "polish ◇"):
            assert f"✓ {name}" in text
        assert "▼" in text


async def test_a_failed_run_opens_at_what_failed(bench):
    async with past(bench, "run0002") as (app, pilot):
        assert run_screen(app).model.selected == "draft"
        text = screen_text(app)
        assert "✗ draft no answer within 30 s" in text
        assert "R resume" in text
        await press(pilot, "l", "l")
        assert "✗ timeout" in screen_text(app)


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("Prompt", ["sent to acme/big", "── system ──", "── user ──", "▌ticket an input"]),
        ("Answer", ["Your refund is on its way.", "It takes two days."]),
        (
            "Why",
            [
                "→ acme/big",
                "first of 2 candidates",
                "local/compose",
                "stands by for a fallback",
                "0.90",
            ],
        ),
        ("Gates", ["✓ passed  length", "score 0.92"]),
        ("Attempts", ["✓ ok  call 3", "412 in, 231 out", "$0.0121", "first word after 0.2 s"]),
        ("Raw", ["fingerprint", "response", '"role": "system"']),
    ],
)
async def test_tabs(bench, tab, words):
    async with past(bench) as (app, pilot):
        screen = run_screen(app)
        screen.select_step("draft")
        screen.set_tab(tab)
        screen.draw_detail()
        await settled(pilot)
        text = screen_text(app).replace("\u00a0", " ")
        for word in words:
            assert word in text, text


async def test_arrows_in_the_graph_choose_a_step_and_enter_opens_it(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "g")
        assert run_screen(app).model.selected == "kind"
        await press(pilot, "right")
        assert run_screen(app).model.selected == "facts"
        await press(pilot, "j", "enter")
        assert run_screen(app).model.selected == "draft"
        assert app.focused.id == "detail"


async def test_walking_back_shows_the_run_as_it_was(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "left_square_bracket", "left_square_bracket")
        screen = run_screen(app)
        assert screen.model.selected == "facts"
        text = screen_text(app)
        assert "walk: step 2 of 4" in text
        assert "○ draft" in text
        assert "- charged twice" in text
        await press(pilot, "right_square_bracket")
        assert "✓ draft" in screen_text(app)
        await press(pilot, "left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert screen.model.selected == "kind"
        await press(pilot, *["right_square_bracket"] * 5)
        assert screen.model.walked is None


async def test_replay_fast_makes_a_run_of_its_own_and_calls_nobody(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "P")
        screen = run_screen(app)
        await until(pilot, lambda: not screen.model.running, "the end")
        await settled(pilot)
        assert screen.model.state.mode == "replay"
        assert screen.model.state.parent == "run0001"
        assert screen.model.state.totals.calls == 0
        assert "saved" in screen_text(app)


async def test_replay_at_its_speed_streams_what_was_recorded_and_can_be_hurried(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "p")
        screen = run_screen(app)
        await until(pilot, lambda: "kind" in screen.model.state.rows, "the first step")
        assert screen.model.running
        assert "f fast" in screen_text(app)
        await pilot.press("f")
        await until(pilot, lambda: not screen.model.running, "the end")
        assert screen.model.state.status == "done"


async def test_a_person_is_asked_and_the_run_goes_on_with_the_answer(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        card = next(each for each in app.screen.cards if each.name == "review")
        app.start_run(card.recipe, {"document": "x"}, {}, step=False)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await settled(pilot)
        assert "Is this right?" in screen_text(app)
        await press(pilot, "escape")
        assert "asks a person" in screen_text(app)
        assert "a answer" in screen_text(app)
        await press(pilot, "a", "j", "enter")
        screen = run_screen(app)
        await until(pilot, lambda: not screen.model.running, "the end")
        assert screen.model.state.details.get("verdict").output["text"] == "reject"


async def test_later_puts_the_run_aside(bench):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        card = next(each for each in app.screen.cards if each.name == "review")
        app.start_run(card.recipe, {"document": "x"}, {}, step=False)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await press(pilot, "G", "enter")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        assert run_screen(app).model.state.status == "waiting"


async def test_a_waiting_run_is_answered_later_and_resumed(bench):
    async with past(bench, "run0003") as (app, pilot):
        assert "? waiting review" in screen_text(app)
        await press(pilot, "a", "enter")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        assert bench.started == [{"resumed": "run0003", "answers": {"verdict": "approve"}}]


async def test_copying_text_and_command(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "y")
        assert app.clipboard == "We are sorry. Your refund is on its way."
        await press(pilot, "Y")
        assert app.clipboard == "workbench show run0001"
        await press(pilot, "g", "Y")
        assert app.clipboard == "workbench show run0001 kind"


async def test_a_copy_of_hostile_text_is_harmless(bench):
    async with past(bench) as (app, pilot):
        app.copy("a\x1b]52;c;x\x07b\ud800c")
        assert app.clipboard == "a]52;c;xb\ufffdc"
        await settled(pilot)


async def test_one_pane_at_a_time_where_it_is_narrow(bench):
    async with past(bench, size=SMALL) as (app, pilot):
        assert "1 Graph" in screen_text(app)
        await press(pilot, "l")
        assert "2 polish" in screen_text(app)
        assert "1 Graph" not in screen_text(app)
        await press(pilot, "escape")
        assert "1 Graph" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, HomeScreen)


async def test_zoom_and_list(bench):
    async with past(bench) as (app, pilot):
        await press(pilot, "v")
        assert "1 Steps" in screen_text(app)
        await press(pilot, "2", "z")
        assert "1 Steps" not in screen_text(app)
        await press(pilot, "z", "1")
        assert "1 Steps" in screen_text(app)


async def test_the_palette_has_every_action_by_its_name(bench):
    async with past(bench) as (app, pilot):
        names = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Replay 1x", "Breakpoint", "Zoom", "Copy command", "Theme", "Quit", "Help"} <= names
        await press(pilot, "ctrl+p", *"graph/list", "enter")
        await until(pilot, lambda: "1 Steps" in screen_text(app), "the list")


async def test_every_key_has_an_id_and_says_what_it_does():
    from workbench.tui import keys

    tables = [value for name, value in vars(keys).items() if name.endswith("_KEYS")]
    for binding in [each for table in tables for each in table]:
        assert binding.id and binding.tooltip and binding.description and binding.group, binding


async def test_a_run_that_nobody_knows_is_said_not_raised(bench):
    app = FrozenApp(bench, open_run="nothing")
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await until(pilot, lambda: "no run is named nothing" in screen_text(app), "said so")
        assert isinstance(app.screen, HomeScreen)


async def test_no_colour_uses_the_terminals_own(bench, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = FrozenApp(bench, "run0002")
    assert app.theme == "ansi-dark"
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        text = screen_text(app)
        for state in ("✗ failed", "✓ kind", "○ polish", "✗ draft"):
            assert state in text
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert colour is None or colour.is_default, segment


@pytest.mark.parametrize("theme", ["workbench-light", "nord", "ansi-dark", "ansi-light", "textual-light"])
async def test_every_theme_knows_our_inks(bench, theme):
    async with past(bench) as (app, pilot):
        app.theme = theme
        await settled(pilot)
        assert "✓ done triage" in screen_text(app)
