"""The inputs form: typed, remembered, wrong in place."""

from __future__ import annotations

import contextlib

from textual.widgets import Input, Select, TextArea

from tests.tui.apps import LARGE, FrozenApp, run_screen, screen_text, settled, until
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.run import RunScreen
from workbench.tui.widgets.field import Field


@contextlib.asynccontextmanager
async def form(bench, recipe="triage"):
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        app.open_inputs(next(each for each in app.screen.cards if each.name == recipe))
        await settled(pilot)
        yield app, pilot


def field(app, name):
    return next(each for each in app.screen.query(Field) if each.spec.name == name)


async def test_fields_are_typed_from_the_recipe_and_filled_as_last_time(bench):
    async with form(bench) as (app, _):
        assert [each.spec.name for each in app.screen.query(Field)] == [
            "ticket",
            "tone",
            "limit",
            "urgent",
            "tags",
        ]
        assert field(app, "ticket").query_one(TextArea).text == "My card is lost"
        assert field(app, "tone").query_one(Select).value == "kind"
        assert field(app, "limit").query_one(Input).value == "3"
        assert field(app, "urgent").query_one(Select).value == "false"
        assert field(app, "tags").query_one(TextArea).text == "[]"
        text = screen_text(app)
        assert "filled as last time" in text
        assert "what the customer wrote" in text


async def test_errors_stand_beneath_their_fields_and_nothing_runs(bench):
    async with form(bench) as (app, pilot):
        field(app, "ticket").query_one(TextArea).text = "  "
        field(app, "limit").query_one(Input).value = "many"
        field(app, "tags").query_one(TextArea).text = "[1,"
        await pilot.press("f5")
        await settled(pilot)
        text = screen_text(app)
        assert "✗ must be given" in text
        assert "✗ must be a whole number, not 'many'" in text
        assert "✗ is no JSON" in text
        assert isinstance(app.screen, InputsScreen)
        assert app.focused is field(app, "ticket").query_one(TextArea)
        assert not bench.started


async def test_running_takes_the_values_with_their_types(bench):
    async with form(bench) as (app, pilot):
        field(app, "ticket").query_one(TextArea).text = "Hello\nyou"
        field(app, "tags").query_one(TextArea).text = '["a"]'
        field(app, "urgent").query_one(Select).value = "true"
        await pilot.press("f5")
        await settled(pilot)
        await until(pilot, lambda: not run_screen(app).model.running, "the end")
        assert bench.started[0]["inputs"] == {
            "ticket": "Hello\nyou", "tone": "kind", "limit": 3, "urgent": True, "tags": ["a"],
        }  # fmt: skip
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, HomeScreen), "back goes to the runs, not to the form"


async def test_step_through_stands_still_first(bench):
    async with form(bench) as (app, pilot):
        await pilot.press("f10")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.model.halt, "a stop")
        app.sessions[0].stop()
        await until(pilot, lambda: not app.screen.model.running, "the end")


async def test_a_model_can_be_chosen_for_a_role(bench):
    async with form(bench) as (app, pilot):
        from workbench.tui.screens.inputs import RoleField

        writer = next(each for each in app.screen.query(RoleField) if each.role == "writer")
        writer.query_one(Select).value = "acme/small"
        assert "--model writer=acme/small" in app.screen.command()
        await pilot.press("f5")
        await settled(pilot)
        assert bench.started[0]["models"] == {"writer": "acme/small"}
        await until(pilot, lambda: not run_screen(app).model.running, "the end")


async def test_a_recipe_that_broke_meanwhile_says_so_in_place(bench):
    async with form(bench) as (app, pilot):
        app.screen._card.path.write_text("schema: workbench/v1\nname: triage\nsteps: {}\n", encoding="utf-8")
        await pilot.press("f5")
        await settled(pilot)
        assert isinstance(app.screen, InputsScreen)
        assert app.screen.query_one("#problem").has_class("-shown")


async def test_escape_goes_back(bench):
    async with form(bench) as (app, pilot):
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, HomeScreen)
