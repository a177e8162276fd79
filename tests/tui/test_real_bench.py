"""The screens on the real bench: recipes run on the embedded models, recorded, stepped, replayed."""

from __future__ import annotations

import pytest

from tests.tui.apps import LARGE, run_screen, screen_text, settled, until
from tests.tui.fake_bench import RECIPES
from workbench.study.bench import Bench
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.dialogs import ChoiceDialog

NOTICE = """\
schema: workbench/v1
name: notice
about: Sort a note, shorten it, ask a person.
inputs:
  note: string
models:
  sorter: [local/bayes]
  writer: [local/lead, local/compose]
data:
  kinds: {file: kinds.csv}
steps:
  kind: {classify: "{{ note }}", examples: kinds, model: sorter}
  each_word: {each: "['one', 'two', 'three']", set: {word: "{{ item }}"}}
  short: {prompt: "Shorten this {{ kind.label }}. {{ note }}", model: writer, gate: {length: {at_least: 1}}}
  sure: {human: "Send {{ short.text }}?", choices: [send, drop]}
outputs:
  text: "{{ short.text }}"
  sent: "{{ sure.answer }}"
"""
NOTE = "The lift in the north wing is out of order. It will be repaired on Monday. Use the stairs until then."


@pytest.fixture
async def bench(tmp_path):
    for name, text in {"notice": NOTICE, "broken": RECIPES["broken"]}.items():
        folder = tmp_path / "recipes" / name
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(text, encoding="utf-8")
        (folder / "kinds.csv").write_text(
            "text,label\nlift broken,repair\nstairs closed,repair\nparty on friday,news\ncake for all,news\n",
            encoding="utf-8",
        )
    opened = Bench.open(tmp_path, offline=True)
    yield opened
    await opened.close()


async def start(app, pilot, *, step):
    await settled(pilot)
    card = next(each for each in app.screen.cards if each.name == "notice")
    app.start_run(card.recipe, {"note": NOTE}, {}, step=step)


async def test_a_run_lights_up_asks_and_ends_on_record(bench):
    app = WorkbenchApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await start(app, pilot, step=False)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("enter")
        screen = run_screen(app)
        await until(pilot, lambda: not screen.model.running, "the end")
        await settled(pilot)
        text = screen_text(app)
        assert "✓ done notice" in text
        assert "sent  send" in text
        assert "gates 1✓" in text
        run = screen.model.state.id
        row = bench.reader.run(run)
        live = screen.model.state
        assert row.status == "done"
        assert {step.path: step.status for step in bench.reader.steps(run)} == {
            path: each.status for path, each in live.rows.items()
        }
        assert (row.calls, row.cost_nano, row.tokens_in) == (
            live.totals.calls, live.totals.cost_nano, live.totals.tokens_in,
        )  # fmt: skip
        await pilot.press("escape")
        await until(pilot, lambda: "✓ done" in screen_text(app), "home")
        await pilot.press("enter")
        await settled(pilot)
        assert "sent  send" in screen_text(app), "the record shows what the run showed"


async def test_stepping_edits_what_is_sent_and_what_is_used(bench):
    app = WorkbenchApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await start(app, pilot, step=True)
        screen_now = lambda: run_screen(app).model.halt  # noqa: E731
        await until(pilot, lambda: screen_now() and screen_now().path == "kind", "the first stop")
        await pilot.press("space")
        await until(pilot, lambda: type(screen_now()).__name__ == "AnswerStop", "its answer")
        await pilot.press("space")
        await until(pilot, lambda: screen_now() and screen_now().path == "short", "the next step")
        await pilot.press("e")
        await settled(pilot)
        area = app.screen.query("TextArea").last()
        area.text = area.text.replace("Shorten", "Please shorten")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: type(screen_now()).__name__ == "AnswerStop", "the answer")
        await pilot.press("e")
        await settled(pilot)
        app.screen.query("TextArea").last().text = "By hand."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen_now() and screen_now().path == "sure", "the person's step")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await settled(pilot)
        assert "Send By hand.?" in screen_text(app)
        await pilot.press("j", "enter")
        screen = run_screen(app)
        await until(pilot, lambda: not screen.model.running, "the end")
        assert screen.model.state.outputs["text"] == "By hand."
        calls = bench.reader.step(screen.model.state.id, "short").calls
        assert [call.kind for call in calls].count("hand") == 2


async def test_replay_at_its_speed_gives_the_same_without_a_call(bench):
    app = WorkbenchApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await start(app, pilot, step=False)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("enter")
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        first = run_screen(app).model.state
        await pilot.press("p")
        await until(pilot, lambda: run_screen(app).model.state.parent == first.id, "the replay")
        await pilot.press("f")
        screen = run_screen(app)
        await until(pilot, lambda: not screen.model.running, "its end")
        assert (screen.model.state.status, screen.model.state.outputs) == ("done", first.outputs)
        assert screen.model.state.totals.calls == 0


async def test_a_run_put_aside_is_answered_from_its_record(bench):
    app = WorkbenchApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await start(app, pilot, step=False)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("G", "enter")
        await until(pilot, lambda: not run_screen(app).model.running, "put aside")
        assert run_screen(app).model.state.status == "waiting"
        await pilot.press("escape")
        await until(pilot, lambda: "? waiting" in screen_text(app), "home shows it")
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question again")
        await pilot.press("enter")
        await until(pilot, lambda: run_screen(app).model.state.status == "done", "the end")
        assert run_screen(app).model.state.outputs["sent"] == "send"


async def test_leaving_in_the_middle_records_a_cancelled_run(bench):
    app = WorkbenchApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await start(app, pilot, step=True)
        await until(pilot, lambda: run_screen(app).model.halt, "the first stop")
        run = run_screen(app).model.state.id
        await pilot.press("ctrl+q")
        await settled(pilot)
        await pilot.press("y")
        await until(pilot, lambda: not app.sessions[0].running, "cancelled")
    assert bench.reader.run(run).status == "cancelled"
