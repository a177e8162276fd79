"""The app: which screens there are, which runs are under way, and what every screen can ask for."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from workbench import events
from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.recipe.editing.saving import open_text
from workbench.recipe.recipe import Recipe
from workbench.safe_text import copyable, safe_text
from workbench.study.batches import BatchResult
from workbench.study.bench import Bench
from workbench.tui import starts
from workbench.tui.backstop import InertFilter
from workbench.tui.batch_session import BatchSession, Begin
from workbench.tui.keys import APP_KEYS, GROUPS, MOVING
from workbench.tui.recipe_cards import Card
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.batch import BatchScreen
from workbench.tui.screens.compose import ComposeScreen
from workbench.tui.screens.dialogs import ConfirmDialog, Dialog
from workbench.tui.screens.help import HelpScreen
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inputs import InputsScreen
from workbench.tui.screens.run import RunScreen
from workbench.tui.session import Session
from workbench.tui.themes import DARK, INKS_ELSEWHERE, LIGHT, SIXTEEN
from workbench.tui.travel_stepper import TravelStepper

LITTLE = (10_000, 50, 100)
"""Thresholds of the collector: a key waits some 3 ms for it, not 15."""
TOLD_SECONDS = 1.5
"""How long a word in passing is shown at least; it lies over the screen."""
READING_SECONDS = 0.04
"""What each of its letters adds."""


class WorkbenchApp(App[None]):
    """The workbench in the terminal."""

    CSS_PATH = Path(__file__).parent / "app.tcss"
    TITLE = "workbench"
    BINDINGS: ClassVar[list[BindingType]] = [*APP_KEYS]
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, bench: Bench, open_run: str | None = None) -> None:
        super().__init__()
        self.bench = bench
        self.sessions: list[Session] = []
        self.batches: list[BatchSession] = []
        """Batches that were begun here."""
        self.conditions: list[str] = []
        """Where stepped runs stand still, whichever run it is."""
        self._open_first = open_run
        self._inert = InertFilter()
        self._no_color = NoColor()
        for theme in (DARK, LIGHT, SIXTEEN):
            self.register_theme(theme)
        # without colour the terminal's own two remain; Textual's greys would be colours of ours
        self.theme = "ansi-dark" if self.no_color else DARK.name

    def now(self) -> int:
        """The present, as the record counts it."""
        return events.now()

    def on_mount(self) -> None:
        """Home first; the run that was asked for on top of it."""
        if self.console.color_system == "standard" and self.theme == DARK.name and not self.is_headless:
            self.theme = SIXTEEN.name
        self.push_screen(HomeScreen())
        if self._open_first is not None:
            self.call_after_refresh(self.open_run, self._open_first)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Everything drawn passes the backstop first."""
        filters = [self._inert, *super().get_line_filters()]
        if not self.no_color:
            return filters
        # Textual chose a grey filter before our theme was set: it draws default on default as black on black
        return [*(each for each in filters if not isinstance(each, Monochrome)), self._no_color]

    def get_css_variables(self) -> dict[str, str]:
        """Our inks in themes that do not know them."""
        variables = super().get_css_variables()
        for name, other in INKS_ELSEWHERE.items():
            variables.setdefault(name, variables[other])
        return variables

    # -- telling and copying ------------------------------------------------------------------------

    def tell(self, message: str, severity: str = "information") -> None:
        """Say something in passing; nothing in it is markup."""
        told = safe_text(message)
        seconds = TOLD_SECONDS + len(told) * READING_SECONDS + (2 if severity != "information" else 0)
        self.notify(told, severity=cast("Any", severity), markup=False, timeout=seconds)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard of the terminal, also over SSH (OSC 52)."""
        if not text:
            self.tell("There is nothing to copy here.")
            return
        self.copy_to_clipboard(copyable(text))
        first = text.strip().splitlines()[0] if text.strip() else ""
        self.tell(f"Copied: {first[:60]}{'…' if len(first) > 60 or len(text) > len(first) + 1 else ''}")

    def action_copy(self) -> None:
        """Copy what the screen has in view."""
        if isinstance(self.screen, WorkbenchScreen | Dialog):
            self.copy(self.screen.copy_text())

    def action_copy_command(self) -> None:
        """Copy the command line that does the same."""
        if isinstance(self.screen, WorkbenchScreen | Dialog):
            self.copy(self.screen.command())

    def action_help(self) -> None:
        """Show the keys of the screen in view."""
        screen = self.screen
        if not isinstance(screen, HelpScreen):
            text = getattr(screen, "HELP_TEXT", "")
            self.push_screen(HelpScreen(text, screen.active_bindings))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key of the screen, by its name, in the palette."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            known = binding.group in GROUPS and binding.group is not MOVING
            if not active.enabled or not known or binding.action in seen:
                continue
            seen.add(binding.action)
            do = partial(self._do, binding.action, active.node)
            yield SystemCommand(binding.description, binding.tooltip, do)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what a key is for; a dialog that it opens is in view before the next key is looked up.

        A dialog is opened by a worker, which begins at the next turn: of keys that came together the second
        would else be taken for a gesture on what lies beneath.
        """
        done = await super()._check_bindings(key, priority)
        if done:
            await asyncio.sleep(0)
        return done

    async def _do(self, action: str, node: Any) -> None:
        await self.run_action(action, node)

    # -- runs ---------------------------------------------------------------------------------------

    def session_of(self, run: str) -> Session | None:
        """The session of a run that is under way here."""
        return next((each for each in self.sessions if each.state.id == run), None)

    def open_run(self, reference: str, step: str | None = None, tab: str = "Run") -> None:
        """Show a run of the record, or one that is under way here; with ``step``, a tab of that step."""
        try:
            run = self.bench.reader.run(reference).id
        except WorkbenchError as error:
            self.tell(error.message, "error")
            return
        session = self.session_of(run)
        self.push_screen(RunScreen(run, session, (step, tab) if step is not None else None))

    def open_inputs(self, card: Card) -> None:
        """Ask for the inputs of a recipe."""
        self.push_screen(InputsScreen(card))

    def open_compose(self, path: Path) -> None:
        """Compose a recipe; where that is under way already, go back to it."""
        under_way = [each for each in self.screen_stack if isinstance(each, ComposeScreen)]
        if any(each.draft.path == path for each in under_way):
            while not (isinstance(self.screen, ComposeScreen) and self.screen.draft.path == path):
                self.pop_screen()
            return
        try:
            opened = open_text(path)
        except WorkbenchError as error:
            self.tell(error.message, "error")
            return
        self.push_screen(ComposeScreen(opened))

    def start_run(
        self, recipe: Recipe, inputs: Mapping[str, Json], models: Mapping[str, str], *, step: bool
    ) -> None:
        """Run a recipe, and show it."""
        self.show_session(starts.live(self.bench, recipe, inputs, models, step=step))

    def replay(self, run: str, *, speed: int) -> None:
        """Replay a run: at the speed it had (1), or at once (0)."""
        try:
            self.show_session(starts.replay(self.bench, run, speed=speed))
        except WorkbenchError as error:
            self.tell(error.message, "error")

    def resume(self, run: str, answers: Mapping[str, str] | None = None) -> None:
        """Go on with a run that stopped."""
        try:
            self.show_session(starts.resume(self.bench, run, answers or {}))
        except WorkbenchError as error:
            self.tell(error.message, "error")

    def show_session(self, session: Session) -> None:
        """Start a run, and show it."""
        self.sessions = [each for each in self.sessions if each.running]
        self.sessions.append(session)
        if isinstance(session.stepper, TravelStepper):
            session.stepper.watch.conditions = self.conditions
        while len(self.screen_stack) > 2 and not isinstance(self.screen, ComposeScreen):
            self.pop_screen()
        self.push_screen(RunScreen(None, session))
        session.start()

    # -- batches ------------------------------------------------------------------------------------

    def batch_session(self, batch: str) -> BatchSession | None:
        """The session of a batch that is under way here."""
        return next((each for each in self.batches if each.batch == batch and each.running), None)

    async def start_batch(self, begin: Begin) -> None:
        """Begin a batch and show it; says why where it cannot begin."""

        async def told(session: BatchSession) -> BatchResult:
            result = await begin(session)
            if result.stopped:
                self.tell(f"Stopped: {result.stopped}. When that is mended, R goes on.", "warning")
            return result

        session = BatchSession(told)
        self.batches = [*(each for each in self.batches if each.running), session]
        session.start()
        if await session.begun() and session.batch is not None:
            while len(self.screen_stack) > 2:
                self.pop_screen()
            self.push_screen(BatchScreen(session.batch))
        elif session.problem is not None:
            self.tell(session.problem.message, "error")

    # -- leaving ------------------------------------------------------------------------------------

    @property
    def _under_way(self) -> list[Session | BatchSession]:
        return [*self.sessions, *self.batches]

    @work(exclusive=True, group="quitting")
    async def action_quit(self) -> None:  # type: ignore[override]
        """Leave; asks first when runs would be cut off."""
        for screen in self.screen_stack:
            if isinstance(screen, ComposeScreen) and not await screen.may_leave():
                return
        running = [each for each in self._under_way if each.running]
        if not running:
            self.exit()
            return
        question = (
            f"{len(running)} run{'s are' if len(running) > 1 else ' is'} still under way. Leaving cancels "
            f"{'them' if len(running) > 1 else 'it'}; the record stays, and resume goes on from there."
        )
        self.push_screen(ConfirmDialog(question, "leave"), self._leave)

    async def _leave(self, sure: bool | None) -> None:
        if sure:
            for session in self._under_way:
                await session.cancel()
            self.exit()

    async def on_unmount(self) -> None:
        """However the app ends, its runs end truthfully."""
        for session in self._under_way:
            await session.cancel()


def spare_keys() -> None:
    """Let no key wait long for the garbage collector: it looks at little, never at what is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LITTLE)


def run_tui(bench: Bench, open_run: str | None = None) -> None:
    """Open the terminal UI on a bench; returns when it is left.  The caller closes the bench."""
    spare_keys()
    WorkbenchApp(bench, open_run).run()
