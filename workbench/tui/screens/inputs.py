"""The inputs of a run: a form typed from the recipe, filled as last time, errors in place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Select

from workbench.errors import RecipeError, WorkbenchError
from workbench.events import Json
from workbench.recipe.inputs import read_inputs
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.safe_text import safe_line
from workbench.study.change import Change
from workbench.tui import commands
from workbench.tui.forms import field_specs, parse
from workbench.tui.ink import Line, ink, join, paragraphs, spread
from workbench.tui.keys import FORM_KEYS
from workbench.tui.recipe_cards import Card
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.travel_keys import FORM_PLAN_KEYS
from workbench.tui.travels import Proposal
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.field import Field
from workbench.tui.widgets.inked import InkedBar
from workbench.tui.widgets.key_bar import Hint, KeyBar


class InputsScreen(WorkbenchScreen):
    """The form before a run."""

    BINDINGS: ClassVar[list[BindingType]] = [*FORM_KEYS, *FORM_PLAN_KEYS]
    HELP_TEXT = "What the recipe needs to know before it runs. Fields marked * must be given."

    def __init__(self, card: Card, fresh: Callable[[], Recipe] | None = None) -> None:
        super().__init__()
        assert card.recipe is not None
        self._fresh = fresh or (lambda: load(card.path))
        self._card = card
        self._recipe: Recipe = card.recipe
        self._last: dict[str, Json] = {}

    def compose(self) -> ComposeResult:
        """Bar, form, hints; the fields come when the last inputs are known."""
        yield InkedBar(self._bar, id="bar")
        yield VerticalScroll(id="form", can_focus=False)
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Look up the last inputs, then make the fields."""
        self._fill()

    @work(exclusive=True)
    async def _fill(self) -> None:
        bench = self.workbench.bench
        last = await asyncio.to_thread(lambda: bench.reader.last_inputs(self._recipe.name))
        if self.gone:
            return
        self._last = last or {}
        self.query_one("#bar").refresh()
        form = self.query_one("#form", VerticalScroll)
        specs = field_specs(self._recipe.document.inputs, self._last)
        intro = Document(id="problem")
        intro.can_focus = False
        fields = [Field(spec) for spec in specs]
        buttons = Horizontal(
            Button("Run  F5", variant="primary", id="run"),
            Button("Step through  F10", id="step"),
            id="buttons",
        )
        await form.mount(intro, *fields, *self._model_fields(), buttons)
        if fields:
            fields[0].focus_control()
        else:
            self.query_one("#run").focus()

    def _model_fields(self) -> list[RoleField]:
        known = [info.name for info in self.workbench.bench.providers.models()]
        return [
            RoleField(name, role.candidates, known) for name, role in self._recipe.document.models.items()
        ]

    def _bar(self, width: int) -> Line:
        about = self._recipe.document.about
        left = join([ink(" ", ("new run of ", "dim"), (self._recipe.name, "bold")), ink((about, "dim"))])
        given = ink(("filled as last time ", "dim")) if self._last else ()
        return spread(left, given, width)

    def hints(self) -> Sequence[Hint]:
        """Run, step, move."""
        return (
            Hint("F1", "help", "app.help"),
            Hint("F5", "run", "submit(False)"),
            Hint("F10", "step through", "submit(True)"),
            Hint("F8", "plan", "plan"),
            Hint("tab", "next field", "app.focus_next"),
            Hint("esc", "back", "back"),
        )

    # -- reading ------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Json] | None:
        """The inputs, or None with every problem shown where it is."""
        values: dict[str, Json] = {}
        wrong: list[Field] = []
        for field in self.query(Field):
            try:
                values[field.spec.name] = parse(field.spec, field.text)
                field.show_error(None)
            except KeyError:
                field.show_error(None)
            except ValueError as error:
                field.show_error(str(error))
                wrong.append(field)
        if wrong:
            wrong[0].focus_control()
            return None
        return values

    def _models(self) -> dict[str, str]:
        chosen = {field.role: field.chosen for field in self.query(RoleField)}
        return {role: model for role, model in chosen.items() if model}

    def _show_problem(self, message: str | None) -> None:
        problem = self.query_one("#problem", Document)
        problem.set_class(message is not None, "-shown")
        if message is not None:
            lines = paragraphs(message, "bad")
            problem.styles.height = min(8, len(lines) + 2)
            problem.show(lines)
            self.query_one("#form").scroll_home(animate=False)

    # -- actions ------------------------------------------------------------------------------------

    @work(exclusive=True)
    async def action_submit(self, step: bool) -> None:
        """Run, when all inputs are right."""
        values = await self._checked()
        if values is not None:
            self.workbench.start_run(self._recipe, values, self._models(), step=step)

    @work(exclusive=True)
    async def action_plan(self) -> None:
        """Show what the run would do, when all inputs are right."""
        values = await self._checked()
        if values is not None:
            change = Change(models=self._models())
            proposal = Proposal("everything is asked", change=change, recipe=self._recipe, inputs=values)
            self.workbench.push_screen(PlanScreen(proposal))

    async def _checked(self) -> dict[str, Json] | None:
        """The inputs, checked against the recipe as it is now; None with what is wrong shown."""
        values = self._read()
        if values is None:
            return None
        try:
            # as it is now, not when it was listed
            self._recipe = await asyncio.to_thread(self._fresh)
            read_inputs(self._recipe, values)
        except RecipeError as error:
            self._show_problem("\n".join(str(problem) for problem in error.problems))
            return None
        except WorkbenchError as error:
            self._show_problem(error.message)
            return None
        self._show_problem(None)
        return values

    @on(Button.Pressed, "#run")
    def _run_pressed(self) -> None:
        self.action_submit(False)

    @on(Button.Pressed, "#step")
    def _step_pressed(self) -> None:
        self.action_submit(True)

    def action_back(self) -> None:
        """Back without a run."""
        self.dismiss()

    def command(self) -> str:
        """The run as a command."""
        values = {}
        for field in self.query(Field):
            try:
                values[field.spec.name] = parse(field.spec, field.text)
            except (KeyError, ValueError):
                continue
        return commands.run_command(self._card.reference, values, self._models())


class RoleField(Horizontal):
    """A role and the model that serves it in this run."""

    def __init__(self, role: str, candidates: Sequence[str], known: Sequence[str]) -> None:
        super().__init__()
        self.role = role
        self._candidates = candidates
        self._others = list(dict.fromkeys([*candidates, *known]))

    def compose(self) -> ComposeResult:
        """Name and choice."""
        yield InkedBar(lambda width: ink(("model ", "dim"), (self.role, "bold")))
        usual = Content(safe_line(f"as the recipe says: {', '.join(self._candidates)}"))
        options = [(usual, ""), *((Content(safe_line(name)), name) for name in self._others)]
        yield Select[str](options, value="", allow_blank=False, compact=True)

    @property
    def chosen(self) -> str:
        """The model chosen instead of the recipe's, or nothing."""
        value = self.query_one(Select).value
        return value if isinstance(value, str) else ""
