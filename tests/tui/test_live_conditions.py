"""Conditions stop a run that runs, and stops that were passed can be gone back to in other ways."""

from __future__ import annotations

from textual.widgets import Input

from tests.study.kit import Lab
from tests.tui.travel_kit import (
    CHAIN,
    ended,
    forward,
    halted,
    opened,
    place,
    shown,
    stepper,
    stepping,
    top,
    until,
)
from workbench.tui.screens.conditions import ConditionsDialog
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.travels import Proposal
from workbench.usage import Price

BRANCHING = """
steps:
  left: {prompt: "left"}
  right: {prompt: "right"}
  both: {prompt: "{{ left.text }} {{ right.text }}"}
outputs: {said: "{{ both.text }}"}
"""


async def test_a_run_stops_where_a_condition_holds(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await pilot.press("B")
        dialog = await shown(pilot, ConditionsDialog)
        dialog.query_one(Input).value = "'THREE' in text"
        await pilot.press("enter", "escape", "c")
        await until(pilot, lambda: halted(app) is not None and halted(app).path == "three", "a stop")
        assert place(app) == ("AnswerStop", "three")
        await pilot.press("B")
        await shown(pilot, ConditionsDialog)
        await pilot.press("tab", "x", "escape", "c")
        await ended(app, pilot)
        assert app.conditions == []
        assert len(lab.asked()) == 7


async def test_a_cost_stops_the_run_at_the_next_stop(tmp_path) -> None:
    lab = Lab(tmp_path / "paid", price=Price(10**9, 10**9))
    async with opened(lab) as (app, pilot):
        app.conditions.append("cost > 0")
        app.start_run(lab.write(CHAIN), {"word": "x"}, {}, step=False)
        await until(pilot, lambda: halted(app) is not None, "a stop")
        assert place(app) == ("AnswerStop", "one")
        await pilot.press("x")
        await ended(app, pilot)
    await lab.close()


async def test_back_to_a_stop_chosen_from_the_list_and_forth_again(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await forward(app, pilot, 4)
        here = halted(app)
        await pilot.press("H")
        dialog = await shown(pilot, ChoiceDialog)
        assert len(dialog._rows) == 5
        await pilot.press("G", "enter")
        await until(pilot, lambda: halted(app).path == "one", "the first stop")
        assert top(app).model.walked == 1
        await pilot.press("left_square_bracket", *["equals_sign"] * 4, "right_square_bracket")
        await until(pilot, lambda: halted(app) is here, "where it stands")
        assert stepper(app).looking is None
        await pilot.press("c")
        await ended(app, pilot)
        assert lab.reader.count_runs() == 1, "looking back makes no new line"


async def test_edits_made_before_the_stop_are_made_again_and_cost_nothing(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await pilot.press("s")
        await until(pilot, lambda: app.screen.query("TextArea"), "the editor")
        app.screen.query("TextArea").last().text = "skipped"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: halted(app) is not None and halted(app).path == "one", "its answer")
        await forward(app, pilot, 4)
        assert len(lab.asked()) == 2
        await pilot.press("backspace", "space")
        await until(pilot, lambda: lab.reader.count_runs() == 2 and halted(app) is not None, "a new line")
        assert lab.asked() == []
        await pilot.press("c")
        await ended(app, pilot)
        assert lab.reader.outputs("last") == {"said": "SEVEN SIX FIVE FOUR THREE TWO SKIPPED"}
        assert len(lab.asked()) == 4


async def test_back_from_the_end_of_a_run(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await pilot.press("c")
        await ended(app, pilot)
        first = top(app).model.state.id
        assert len(lab.asked()) == 7
        await pilot.press(*["backspace"] * 4)
        await until(pilot, lambda: halted(app) is not None, "an earlier stop")
        assert place(app) == ("CallStop", "six")
        await pilot.press("equals_sign", "equals_sign", "equals_sign", "equals_sign")
        await until(pilot, lambda: halted(app) is None, "the end again")
        await pilot.press("backspace", "e")
        await until(pilot, lambda: app.screen.query("TextArea"), "the editor")
        app.screen.query("TextArea").last().text = "sept"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: lab.reader.count_runs() == 2, "a new line")
        await ended(app, pilot)
        assert lab.asked() == []
        assert lab.reader.outputs("last") == {"said": "sept"}
        assert lab.reader.run(first).status == "done", "the old line is kept as it was"


async def test_going_on_from_an_earlier_stop_with_parallel_steps(lab: Lab) -> None:
    async with stepping(lab, BRANCHING) as (app, pilot):
        await forward(app, pilot, 4)
        assert halted(app).path == "both"
        assert sorted(lab.asked()) == ["left", "right"]
        for _ in range(3):
            await pilot.press("backspace")
        await pilot.press("n")
        await until(pilot, lambda: lab.reader.count_runs() == 2, "a new line")
        await until(pilot, lambda: halted(app) is not None, "a stop")
        assert lab.asked() == [], "the old line answers"
        await pilot.press("c")
        await ended(app, pilot)
        assert lab.asked() == ["LEFT RIGHT"]
        assert lab.reader.outputs("last") == {"said": "LEFT RIGHT"}


async def test_going_back_in_a_fork_keeps_what_its_line_had_been_given(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await forward(app, pilot, 2)
        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("TextArea"), "the editor")
        app.screen.query("TextArea").last().text = "zwei"
        await pilot.press("ctrl+s", "c")
        await ended(app, pilot)
    first = lab.reader.run("last").id
    lab.asked()
    async with opened(lab) as (app, pilot):
        fork = Proposal("", first, at="four", output="vier")
        app.show_session(fork.session(lab.bench, step=True))
        await until(pilot, lambda: halted(app) is not None, "a stop")
        while halted(app).path != "six":
            await forward(app, pilot, 1)
        assert lab.asked() == ["five vier"]
        await pilot.press("backspace", "e")
        await until(pilot, lambda: app.screen.query("TextArea"), "the editor")
        app.screen.query("TextArea").last().text = "fünf"
        await pilot.press("ctrl+s", "c")
        await until(pilot, lambda: lab.reader.count_runs() == 3, "a new line")
        await ended(app, pilot)
    assert lab.asked() == ["six fünf", "seven SIX FÜNF"]
    outputs = {path: output["text"] for path, output in lab.reader.step_outputs("last").items()}
    assert outputs["two"] == "ZWEI" and outputs["four"] == "vier"


ASKS = """
steps:
  draft: {prompt: "draft"}
  check: {human: "Is this right? {{ draft.text }}", choices: [yes it is, no]}
outputs: {said: "{{ check.text }}"}
"""


async def test_back_while_a_person_is_asked(lab: Lab) -> None:
    async with stepping(lab, ASKS) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("escape", "backspace", "backspace")
        await until(pilot, lambda: halted(app) is not None, "an earlier stop")
        assert place(app) == ("AnswerStop", "draft")
        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("TextArea"), "the editor")
        app.screen.query("TextArea").last().text = "better"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: lab.reader.count_runs() == 2, "a new line")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question again")
        assert "better" in app.screen._text
        await pilot.press("enter")
        await ended(app, pilot)
        assert lab.reader.outputs("last") == {"said": "yes it is"}
        assert len(lab.asked()) == 1
