"""The run screen's other lines: rerun with a change, fork, try a step, compare, the family."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from textual import work

from workbench.errors import RecipeError, WorkbenchError
from workbench.ledger.rows import RunSnapshot
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.study.change import Change
from workbench.study.outcome import Outcome, outcome
from workbench.tui.changes import Choice, changed, choices, role_of, texts_of
from workbench.tui.detail_text import Look, answer_text
from workbench.tui.ink import Line, ink
from workbench.tui.plan_text import outcome_lines
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.family import FamilyScreen
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.screens.run_playing import RunPlaying
from workbench.tui.screens.trying import TryScreen
from workbench.tui.starts import recipe_of
from workbench.tui.travels import Proposal

ENDED = "This is for runs that have ended; at a stop (‖) e edits and backspace goes back."


@dataclass(frozen=True, slots=True)
class Past:
    """A past run as it can be run again: its inputs and models, and the recipe to start from."""

    snapshot: RunSnapshot
    recipe: Recipe


class RunTravel(RunPlaying):
    """Other lines from this run."""

    _outcome: Outcome | None = None
    _holding = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key does what fits: e edits at a stop and changes a past run; f hurries a replay, or forks."""
        session = self.model.session
        running = self.model.running
        playing = running and session is not None and session.stepper.pace is not None
        unfit = {
            "edit": not running and self.model.halt is None,
            "change": running or self.model.halt is not None,
            "fast": not playing,
            "fork": playing,
        }
        return False if unfit.get(action) else super().check_action(action, parameters)

    def _ended(self) -> bool:
        """True when the run has ended; says so otherwise."""
        if self.model.running or self.model.halt is not None or not self.model.state.id:
            self.workbench.tell(ENDED)
            return False
        return True

    def action_compose_recipe(self) -> None:
        """Compose the recipe of this run."""
        run = self.model.state.id
        if not run:
            return
        path = Path(self.workbench.bench.reader.snapshot(run).recipe_path)
        if path.is_file():
            self.workbench.open_compose(path)
        else:
            self.workbench.tell(f"The recipe of this run is no longer at {path}.", "warning")

    # -- plan and outcome ---------------------------------------------------------------------------

    def plan_lines(self) -> list[Line]:
        """What was planned; once the run has ended, what came of it."""
        session = self.model.session
        if session is None or session.plan is None:
            return []
        return outcome_lines(session.plan, self._outcome)

    def after_draw(self) -> None:
        """At the end, hold the plan against the run."""
        super().after_draw()
        session = self.model.session
        ended = session is not None and session.plan is not None and session.result is not None
        if ended and self._outcome is None and not self._holding:
            self._holding = True
            self._hold_plan()

    @work(exclusive=True, group="outcome")
    async def _hold_plan(self) -> None:
        session = self.model.session
        if session is None or session.plan is None or session.result is None:
            return
        reader, result = self.workbench.bench.reader, session.result
        self._outcome = await asyncio.to_thread(
            outcome, reader, session.plan, result.run, ended=result.status == "done"
        )
        if not self.gone:
            self.draw_detail()

    # -- change one thing ---------------------------------------------------------------------------

    def action_change(self) -> None:
        """Run this again with one thing changed."""
        if self._ended():
            self._change()

    @work(exclusive=True, group="travel")
    async def _change(self) -> None:
        past = await self._past(as_it_was=False)
        if past is None:
            return
        run, path = self.model.state.id, self.model.selected
        found = choices(past.recipe, past.snapshot.inputs, past.snapshot.models, path)
        rows = [*(each.line() for each in found), ink(("recipe  ", "dim"), ("as it is now", "bold"))]
        number = await self._pick("run again with another …", rows)
        if number is None:
            return
        if number == len(found):
            self._propose(Proposal("the recipe as it is now", run))
            return
        change = await self._ask_value(found[number], past)
        if change is not None:
            self._propose(Proposal(changed(found[number], change), run, change))

    async def _ask_value(self, choice: Choice, past: Past) -> Change | None:
        """The new value of what was chosen."""
        if choice.kind == "model":
            model = await self._ask_model(choice.name)
            return None if model is None else Change(models={choice.name: model})
        text = await self._write(choice.name, choice.kind, choice.value)
        if text is None or text == choice.value:
            return None
        if choice.kind == "text":
            return Change(edits={choice.name: text})
        return Change(inputs={choice.name: text})

    async def _ask_model(self, role: str) -> str | None:
        known = [info.name for info in self.workbench.bench.providers.models()]
        number = await self._pick(f"model of {role}", [ink(name) for name in known])
        return None if number is None else known[number]

    # -- fork ---------------------------------------------------------------------------------------

    def action_fork(self) -> None:
        """A new line from the selected step on."""
        path = self.model.selected
        if not self._ended():
            return
        if path is None or path not in self.model.state.rows:
            self.workbench.tell("Select a step that was reached: the fork begins there.")
            return
        self._fork(path)

    @work(exclusive=True, group="travel")
    async def _fork(self, path: str) -> None:
        past = await self._past(as_it_was=True)
        if past is None:
            return
        anew = Proposal(f"{path} and what follows anew", self.model.state.id, at=path)
        found = texts_of(past.recipe, path)
        role = role_of(past.recipe, path)
        if role in past.recipe.document.models:
            found.append(Choice("model", role, past.snapshot.models.get(role, "")))
        rows = [
            ink(("anew    ", "dim"), ("as it is", "bold")),
            ink(("output  ", "dim"), ("written by hand", "bold"), ("  the step is not run", "dim")),
            *(each.line() for each in found),
        ]
        number = await self._pick(f"fork at {path} with another …", rows)
        if number is None:
            return
        if number == 0:
            self._propose(anew)
        elif number == 1:
            await self._fork_output(anew)
        else:
            change = await self._ask_value(found[number - 2], past)
            if change is not None:
                told = changed(found[number - 2], change)
                self._propose(replace(anew, told=told, change=change))

    async def _fork_output(self, anew: Proposal) -> None:
        """Ask for the output of the step instead of running it."""
        assert anew.at is not None
        before = await asyncio.to_thread(self._answer_of, anew.at)
        text = await self._write(f"output of {anew.at}", "output", before)
        if text is not None:
            self._propose(replace(anew.with_output(text), told=f"{anew.at} by hand"))

    def _answer_of(self, path: str) -> str:
        detail = self.workbench.bench.reader.step(self.model.state.id, path)
        return answer_text(Look(detail))

    # -- try, compare, family -----------------------------------------------------------------------

    def action_try_step(self) -> None:
        """Run the selected step alone on what it was given."""
        path = self.model.selected
        if not self._ended():
            return
        if path is None or path not in self.model.state.rows:
            self.workbench.tell("Select a step that was reached: it is run alone.")
            return
        self.workbench.push_screen(TryScreen(self.model.state.id, path))

    def action_compare(self) -> None:
        """Compare with the run this one came from."""
        state = self.model.state
        if not self._ended():
            return
        if state.parent is None:
            self.workbench.tell(
                "This run came from no other. On the first screen m marks two runs, d compares."
            )
        else:
            self.workbench.push_screen(CompareScreen(state.parent, state.id))

    def action_family(self) -> None:
        """Show the family of this run."""
        if self.model.state.id:
            self.workbench.push_screen(FamilyScreen(self.model.state.id))

    # -- small things -------------------------------------------------------------------------------

    async def _pick(self, heading: str, rows: Sequence[Line]) -> int | None:
        """The number of a row; None when it was left."""
        return await self.workbench.push_screen_wait(ChoiceDialog(heading, rows))

    async def _write(self, heading: str, name: str, text: str) -> str | None:
        """A text edited; None when it was left."""
        found: list[str] | None = await self.workbench.push_screen_wait(
            EditDialog(heading, [(name, text)], use="plan it")
        )
        return found[0] if found else None

    def _propose(self, proposal: Proposal) -> None:
        self.workbench.push_screen(PlanScreen(proposal))

    async def _past(self, *, as_it_was: bool) -> Past | None:
        """This run as it can be run again; None, and said so, when its recipe cannot be read."""
        return await self._reading(lambda: read_past(self, as_it_was=as_it_was))

    async def _reading(self, read: Callable[[], Past]) -> Past | None:
        try:
            return await asyncio.to_thread(read)
        except RecipeError as error:
            self.workbench.tell("\n".join(map(str, error.problems)), "error")
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
        return None


def read_past(screen: RunTravel, *, as_it_was: bool) -> Past:
    """The recipe of a run: recorded, or as its files are now."""
    snapshot = screen.workbench.bench.reader.snapshot(screen.model.state.id)
    path = Path(snapshot.recipe_path)
    recorded = recipe_of(snapshot)
    if path.is_file() and not (as_it_was and recorded is not None):
        return Past(snapshot, load(path, edits=snapshot.edits))
    if recorded is None:
        raise WorkbenchError("The recipe of this run cannot be read any more.")
    return Past(snapshot, recorded)
