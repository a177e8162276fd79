"""Other lines from a past run, by keys: plans, reruns, forks in an each and a repeat, tries, comparing."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input, TextArea

from tests.study.kit import Lab
from tests.tui.travel_kit import CHAIN, EACH, REPEAT, ended, opened, screen_text, shown, top, until
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.conditions import ConditionsDialog
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.family import FamilyScreen
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.screens.trying import TryScreen


async def select(app: Any, pilot: Any, path: str) -> None:
    """Select a step in the list of steps, by keys."""
    screen = top(app)
    if screen.shows_graph:
        await pilot.press("v")
    for row in range(len(screen.model.rows())):
        if screen.model.rows()[row].folded:
            screen.query_one("#steps").move_to(row)
            await pilot.press("enter")
    rows = [row.path for row in screen.model.rows()]
    screen.query_one("#steps").focus()
    await pilot.press("g", *["j"] * rows.index(path))
    await until(pilot, lambda: screen.model.selected == path, f"{path} selected")


async def choose(pilot: Any, text: str) -> None:
    """Choose the row of a dialog that holds a text."""
    dialog = await shown(pilot, ChoiceDialog)
    rows = ["".join(part for part, _ in row) for row in dialog._rows]
    row = next(index for index, row in enumerate(rows) if text in row)
    await pilot.press(*["down"] * row, "enter")


async def write(pilot: Any, text: str) -> None:
    """Write into the editor and take it."""
    dialog = await shown(pilot, EditDialog)
    dialog.query(TextArea).last().text = text
    await pilot.press("ctrl+s")


async def plan(pilot: Any) -> dict[str, str]:
    """The plan in view: what each step would do."""
    screen = await shown(pilot, PlanScreen)
    await until(pilot, lambda: screen.plan is not None, "the plan")
    return {step.path: step.action for step in screen.plan.steps}


async def go_on(app: Any, pilot: Any) -> str:
    """From the plan to the end of the run; its id."""
    before = app.bench.reader.count_runs()
    await pilot.press("enter")
    await until(pilot, lambda: app.bench.reader.count_runs() > before, "a new run")
    await ended(app, pilot)
    return str(top(app).model.state.id)


FORKS = [
    (
        EACH,
        "say[1]",
        {"say[0]": "reuse", "say[1]": "call", "say[2]": "reuse"},
        ["say b", "SAY A SAY B SAY C"],
    ),
    (REPEAT, "better#2", {"better#1": "reuse", "better#2": "call"}, ["X..", "X...", "after X..."]),
]


@pytest.mark.parametrize(("text", "path", "planned", "asked"), FORKS, ids=["each", "repeat"])
async def test_fork_in_the_middle(
    lab: Lab, text: str, path: str, planned: dict[str, str], asked: list[str]
) -> None:
    first = await lab.run(text)
    async with opened(lab, first.run) as (app, pilot):
        await select(app, pilot, path)
        await pilot.press("f")
        await choose(pilot, "anew")
        found = await plan(pilot)
        assert planned.items() <= found.items()
        assert lab.asked() == [], "a plan asks nobody"
        fork = await go_on(app, pilot)
        assert lab.asked() == asked
        await pilot.press("d")
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: screen.comparison is not None, "the comparison")
        assert (screen.comparison.left.id, screen.comparison.right.id) == (first.run, fork)
        assert screen.comparison.split is None


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [(EACH, "say[1]", "SAY A BY HAND SAY C"), (REPEAT, "better#2", "AFTER BY HAND.")],
    ids=["each", "repeat"],
)
async def test_fork_with_an_output_by_hand_and_compare_with_the_parent(
    lab: Lab, text: str, path: str, said: str
) -> None:
    first = await lab.run(text)
    async with opened(lab, first.run) as (app, pilot):
        await select(app, pilot, path)
        await pilot.press("f")
        await choose(pilot, "written by hand")
        await write(pilot, "by hand")
        await plan(pilot)
        fork = await go_on(app, pilot)
        assert lab.reader.outputs(fork)["said"] == said
        await pilot.press("d")
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: screen.comparison is not None, "the comparison")
        assert screen.comparison.split.path == path
        assert screen.comparison.split.cause == "the output was changed by hand"


async def test_change_a_prompt_see_the_plan_and_run(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    async with opened(lab, first.run) as (app, pilot):
        await select(app, pilot, "five")
        await pilot.press("e")
        await choose(pilot, "steps.five.prompt")
        await write(pilot, "cinq {{ four.text }}")
        found = await plan(pilot)
        assert [path for path, action in found.items() if action == "reuse"] == [
            "one",
            "two",
            "three",
            "four",
        ]
        assert found["five"] == "call"
        run = await go_on(app, pilot)
        assert len(lab.asked()) == 3
        await until(pilot, lambda: "plan    = planned" in screen_text(app), "plan against actual")
        assert "made 3 calls" in screen_text(app)
        assert lab.reader.run(run).mode == "rerun"


async def test_change_an_input_and_leave_the_plan(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    async with opened(lab, first.run) as (app, pilot):
        await pilot.press("e")
        await choose(pilot, "word")
        await write(pilot, "y")
        assert (await plan(pilot))["one"] == "call"
        await pilot.press("escape")
        assert top(app) is app.screen
        assert lab.asked() == [] and lab.reader.count_runs() == 1


async def test_try_a_step_alone_and_keep_the_best(lab: Lab) -> None:
    answers = iter(["worse", "better", "THE REST"] + ["x"] * 9)
    first = await lab.run(CHAIN, word="x")
    lab.fake.script = lambda model, request: lab_reply(next(answers))
    async with opened(lab, first.run) as (app, pilot):
        await select(app, pilot, "six")
        await pilot.press("t")
        screen = await shown(pilot, TryScreen)
        await until(pilot, lambda: len(screen.tries) == 2 and screen.tries[-1].ended, "a try")
        await pilot.press("t")
        await until(pilot, lambda: len(screen.tries) == 3 and screen.tries[-1].ended, "another")
        assert [each.text for each in screen.tries[1:]] == ["worse", "better"]
        assert len(lab.asked()) == 2, "the step alone"
        await pilot.press("enter")
        assert (await plan(pilot))["seven"] == "call"
        run = await go_on(app, pilot)
        assert lab.reader.outputs(run) == {"said": "THE REST"}
        assert lab.asked() == ["seven better"]


def lab_reply(text: str) -> Any:
    from workbench.providers.port import Reply

    return Reply(text)


async def test_going_back_to_where_a_condition_became_true_in_a_past_run(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    async with opened(lab, first.run) as (app, pilot):
        await pilot.press("B")
        dialog = await shown(pilot, ConditionsDialog)
        dialog.query_one(Input).value = "coost > 1"
        await pilot.press("enter")
        assert app.conditions == []
        dialog.query_one(Input).value = "'FOUR' in text"
        await pilot.press("enter", "tab", "enter")
        await until(pilot, lambda: top(app).model.selected == "four", "there")
        assert top(app).model.walked == 4


async def test_the_family_and_jumping_between_branches(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    second = await lab.bench.fork(first.run, "six", change())
    third = await lab.bench.fork(second.run, "seven", change(), output="no")
    async with opened(lab, second.run) as (app, pilot):
        await pilot.press("F")
        family = await shown(pilot, FamilyScreen)
        assert [each.run.id for each in family.members] == [first.run, second.run, third.run]
        await pilot.press("j", "enter")
        await until(pilot, lambda: top(app).model.state.id == third.run, "the other branch")
        await pilot.press("escape", "g", "d")
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: screen.comparison is not None, "the comparison")
        assert {screen.comparison.left.id, screen.comparison.right.id} == {first.run, second.run}


def change() -> Any:
    from workbench.study.change import Change

    return Change()


async def test_two_marked_runs_are_compared(lab: Lab) -> None:
    first = await lab.run(CHAIN, word="x")
    second = await lab.run(CHAIN, word="y")
    async with opened(lab) as (app, pilot):
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("m", "j", "m", "d")
        screen = await shown(pilot, CompareScreen)
        await until(pilot, lambda: screen.comparison is not None, "the comparison")
        assert {screen.comparison.left.id, screen.comparison.right.id} == {first.run, second.run}
        assert screen.comparison.split.path == "inputs"
        await pilot.press("Y")
        assert app.clipboard == f"workbench compare {second.run} {first.run}"
        await pilot.press("n", "n", "p")
        assert screen.pair.path == "two"
        await pilot.press("n", "u", "t")
        assert screen.focused.id == "totals"
        await pilot.press("y")
        assert "tokens" in app.clipboard


async def test_the_plan_of_a_new_run_from_its_inputs(lab: Lab) -> None:
    await lab.run(CHAIN, word="x")
    async with opened(lab) as (app, pilot):
        await pilot.press("n")
        screen = await shown(pilot, InputsScreen)
        await until(pilot, lambda: isinstance(screen.focused, TextArea), "the field")
        await pilot.press("f8")
        found = await plan(pilot)
        assert found == dict.fromkeys(("one", "two", "three", "four", "five", "six", "seven"), "call")
        assert lab.asked() == []
        await go_on(app, pilot)
        assert len(lab.asked()) == 7
