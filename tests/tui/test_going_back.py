"""Going back in a run that stands still: nothing is paid twice, and both lines are kept."""

from __future__ import annotations

from tests.study.kit import Lab
from tests.tui.travel_kit import CHAIN, ended, forward, halted, place, stepper, stepping, top, until
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.family import FamilyScreen


async def test_ten_stops_back_a_changed_prompt_and_on(lab: Lab) -> None:
    async with stepping(lab, CHAIN, word="x") as (app, pilot):
        await forward(app, pilot, 13)
        assert place(app) == ("AnswerStop", "seven")
        assert len(lab.asked()) == 7
        old = top(app).model.state.id
        for _ in range(10):
            await pilot.press("backspace")
        await until(pilot, lambda: place(app) == ("AnswerStop", "two"), "ten stops back")
        await pilot.press("backspace")
        await until(pilot, lambda: place(app) == ("CallStop", "two"), "one more")
        assert lab.asked() == [], "looking back costs nothing"
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditDialog), "the editor")
        app.screen.query("TextArea").last().text = "zwei"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: top(app).model.state.id not in ("", old), "a new line")
        await until(pilot, lambda: halted(app) is not None and stepper(app)._back is None, "there")
        assert place(app) == ("AnswerStop", "two")
        assert lab.asked() == ["zwei"], "only what was edited is asked"
        await pilot.press("c")
        await ended(app, pilot)
        new = top(app).model.state.id
        assert len(lab.asked()) == 5, "only what follows is paid for"
        assert lab.reader.run(old).status == "cancelled"
        assert lab.reader.run(new).status == "done"
        assert lab.reader.run(new).parent == old
        assert lab.reader.outputs(new) == {"said": "SEVEN SIX FIVE FOUR THREE ZWEI"}
        await pilot.press("F")
        await until(pilot, lambda: isinstance(app.screen, FamilyScreen) and app.screen.members, "family")
        assert [each.run.id for each in app.screen.members] == [old, new]
        await pilot.press("escape")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.comparison, "compare")
        assert app.screen.comparison.split.path == "two"
