"""The run screen's way back: to earlier stops, and to where conditions became true."""

from __future__ import annotations

import asyncio

from textual import work

from workbench.engine.control import CallStop
from workbench.errors import WorkbenchError
from workbench.ledger.reader import Reader
from workbench.tui import travels
from workbench.tui.conditions import first_true
from workbench.tui.ink import Line, ink
from workbench.tui.screens.conditions import ConditionsDialog
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.run_stepping import RunStepping
from workbench.tui.stepper import StepMode
from workbench.tui.travel_stepper import Passed, Return, TravelStepper

PAGE = 1_000


class RunBack(RunStepping):
    """Going back, and conditions."""

    _branching = False

    def on_mount(self) -> None:
        """Take part in what the stepper does."""
        stepper = self.stepper
        if stepper is not None:
            stepper.on_branch = self._branch

    @property
    def stepper(self) -> TravelStepper | None:
        """The stepper of a run that is under way here."""
        session = self.model.session
        return session.stepper if session and isinstance(session.stepper, TravelStepper) else None

    def travel_note(self) -> Line:
        """Where one looks, when that is not where the run stands."""
        stepper = self.stepper
        if stepper is None or stepper.looking is None:
            return ()
        here, last = stepper.looking + 1, len(stepper.passed)
        return ink((f"◀ back at stop {here:,} of {last:,}  ", "accent"))

    def after_draw(self) -> None:
        """Say which condition made it stand still."""
        super().after_draw()
        stepper = self.stepper
        if stepper is not None and stepper.watch.told and stepper.halt is not None:
            self.workbench.tell(f"Stopped: {stepper.watch.told}.")
            stepper.watch.told = ""

    # -- earlier stops ------------------------------------------------------------------------------

    def action_stop_back(self, by: int) -> None:
        """Look at the stop before, or forth again."""
        stepper = self.stepper
        if stepper is None or not self._can_look(stepper):
            self.workbench.tell("Going back is for a run that stands still (‖): step (space) to a stop.")
        elif not stepper.look_back(by):
            self.workbench.tell("This is the first stop." if by > 0 else "The run stands here.")
        else:
            self._show_stop(stepper)

    def action_walk(self, by: int) -> None:
        """In a run that stands still: to the stop before or after."""
        stepper = self.stepper
        if stepper is not None and stepper.halt is not None:
            self.action_stop_back(-by)
        else:
            self.workbench.tell("Walking is for runs that have ended, or stand still.")

    def _can_look(self, stepper: TravelStepper) -> bool:
        """True when the run stands still, waits for a person, or has ended here."""
        session = self.model.session
        asks = session is not None and bool(session.questions)
        return bool(stepper.passed) and (asks or stepper.halt is not None or not self.model.running)

    def _go(self, mode: StepMode) -> None:
        """Go on; from an earlier stop also where the run has ended."""
        stepper = self.stepper
        if stepper is not None and stepper.looking is not None:
            stepper.go(mode)
        else:
            super()._go(mode)

    def _show_stop(self, stepper: TravelStepper) -> None:
        """Show the run as it was at the stop that is looked at."""
        at = stepper.looking
        self.model.walk_to(None if at is None else stepper.passed[at].steps)
        self.draw_all()

    def action_stops(self) -> None:
        """Choose the stop to go back to from a list of all."""
        stepper = self.stepper
        if stepper is None or not self._can_look(stepper):
            self.workbench.tell("The list of stops is for a run that stands still (‖).")
            return
        passed = list(reversed(stepper.passed))

        def use(number: int | None) -> None:
            if number is not None and stepper.look_at(len(passed) - 1 - number):
                self._show_stop(stepper)

        rows = [_stop_row(each, stepper.present - place) for place, each in _numbered(stepper)]
        self.workbench.push_screen(ChoiceDialog("go back to …", rows), use)

    def _branch(self, back: Return, mode: StepMode) -> None:
        """A move was made at an earlier stop: stop this run there, and go another way from it."""
        session = self.model.session
        if session is None or self._branching:
            return
        self._branching = True
        self.workbench.run_worker(self._begin_branch(back, mode), exclusive=True, group="branch")

    async def _begin_branch(self, back: Return, mode: StepMode) -> None:
        app, session = self.workbench, self.model.session
        assert session is not None
        try:
            await session.halt()
            app.show_session(travels.branch(app.bench, session.state.id, back, mode))
            app.tell(f"A new line from {back.target.path}; {session.state.id} is kept as it was.")
        except WorkbenchError as error:
            app.tell(error.message, "error")
        finally:
            self._branching = False

    # -- conditions ---------------------------------------------------------------------------------

    def action_conditions(self) -> None:
        """Set conditions, take them away, or go back to where one became true."""
        steps = {*self.model.graph.paths(), *self.model.state.nodes}
        dialog = ConditionsDialog(self.workbench.conditions, steps)
        self.workbench.push_screen(dialog, self._go_to_condition)

    def _go_to_condition(self, text: str | None) -> None:
        if text is not None:
            self._find(text)

    @work(exclusive=True, group="conditions")
    async def _find(self, text: str) -> None:
        """Find the first step for which it was true, in the record, and go there."""
        reader = self.workbench.bench.reader
        try:
            path = await asyncio.to_thread(find_first, reader, self.model.state.id, text)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if path is None or path not in self.model.state.rows:
            self.workbench.tell(f"{text} was never true in this run.")
        elif self.model.running:
            self._look_at_path(path)
        else:
            self.model.walk_to(list(self.model.state.rows).index(path) + 1)
            self.model.selected, self.model.follow = path, False
            if self.tab == "Run":
                self.set_tab("Answer")
            self.draw_all()
            self.workbench.tell(f"{text} became true at {path}.")

    def _look_at_path(self, path: str) -> None:
        """In a run that stands still: the first stop of a step."""
        stepper = self.stepper
        stops = list(stepper.passed) if stepper is not None else []
        number = next((at for at, each in enumerate(stops) if each.key.path == path), None)
        if stepper is None or number is None or not stepper.look_at(number):
            self.workbench.tell(f"It became true at {path}; going back there needs a run that stands still.")
        else:
            self._show_stop(stepper)


def find_first(reader: Reader, run: str, text: str) -> str | None:
    """The first step instance of a run for which a condition holds; None when there is none."""
    outputs = reader.step_outputs(run)
    offset = 0
    while page := reader.steps(run, PAGE, offset):
        found = first_true(text, page, outputs)
        if found is not None:
            return found
        offset += len(page)
    return None


def _numbered(stepper: TravelStepper) -> list[tuple[int, Passed]]:
    """The passed stops with their numbers, the newest first."""
    return list(reversed(list(enumerate(stepper.passed))))


def _stop_row(passed: Passed, index: int) -> Line:
    what = "before it is asked" if isinstance(passed.stop, CallStop) else "its answer"
    here = "  the run stands here" if index == 0 else ""
    times = f" ({passed.key.occurrence})" if passed.key.occurrence > 1 else ""
    return ink(
        (f"{index:>3}  ", "dim"), (passed.key.path, "bold"), times, (f"  {what}", "dim"), (here, "warn")
    )
