"""Try a step: it alone runs on what it was given, as often as wanted; the best answer can be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.study.change import Change
from workbench.tui import travel_commands
from workbench.tui.changes import role_of
from workbench.tui.detail_text import last_call
from workbench.tui.diff_text import side_by_side, unified
from workbench.tui.ink import Line, ink, paragraphs, spread
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.compare import BESIDE_FROM
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.plan import PlanScreen
from workbench.tui.starts import recipe_of
from workbench.tui.travel_keys import TRY_KEYS
from workbench.tui.travels import Proposal
from workbench.tui.tries import Attempted, figure_rooms, text_of, try_step
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList


class TryScreen(WorkbenchScreen):
    """One step of a past run, again and again."""

    CSS_PATH = "travel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*TRY_KEYS]
    HELP_TEXT = (
        "The step alone, on the inputs it had. t asks once more, m asks another model; enter keeps "
        "the chosen answer: a fork goes on with it."
    )

    _is_new = False
    """The run did not have the step."""

    def __init__(self, run: str, path: str, change: Change | None = None) -> None:
        super().__init__()
        self._run_id = run
        self._path = path
        self._change = change or Change()
        self._role: str | None = None
        self.tries: list[Attempted] = []
        self.unified: bool | None = None

    def compose(self) -> ComposeResult:
        """Bar, the tries, the chosen one beside the one before, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, id="tries")
        yield Document(id="tried")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read the recorded answer, then try once."""
        self.query_one("#tries").border_title = title(ink("Answers"))
        self.query_one("#tries").focus()
        self._begin()

    def _bar(self, width: int) -> Line:
        models = ", ".join(self._change.models.values())
        right = ink((f"asking {models} " if models else "", "accent"))
        return spread(
            ink(" ", ("try ", "dim"), (self._path, "bold"), (f"  of {self._run_id}", "dim")), right, width
        )

    def _row(self, index: int, width: int) -> Line:
        return self.tries[index].row(figure_rooms(self.tries), width)

    @work(exclusive=True)
    async def _begin(self) -> None:
        reader = self.workbench.bench.reader
        try:
            snapshot = await asyncio.to_thread(reader.snapshot, self._run_id)
            recipe = self._change.recipe or recipe_of(snapshot)
            role = role_of(recipe, self._path) if recipe is not None else None
            self._role = role if recipe is not None and role in recipe.document.models else None
            detail = await asyncio.to_thread(reader.step, self._run_id, self._path)
            if self.gone:
                return
        except WorkbenchError as error:
            if self._change.recipe is None:
                self.workbench.tell(error.message, "error")
                self.dismiss()
                return
            # a step that is new since: there is no answer of it yet
            self.tries.append(Attempted("recorded", error="the run did not have this step", ended=True))
            self._is_new = True
            self._draw()
            self.action_again()
            return
        call = last_call(detail)
        recorded = Attempted(
            "recorded",
            text_of(detail.output),
            (call.model or call.target) if call else "",
            detail.step.cost_nano or 0,
            detail.step.cost_nano is not None,
            detail.step.seconds or 0.0,
            [(gate.label, gate.passed, gate.score) for gate in detail.gates],
            detail.step.error or "",
            True,
        )
        self.tries.append(recorded)
        self._draw()
        self.action_again()

    # -- trying -------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Run the step once more."""
        if not self.tries or not self.tries[-1].ended:
            self.workbench.tell("One at a time: the step is still being asked.")
            return
        self.tries.append(Attempted(f"try {len(self.tries)}"))
        self._draw()
        self.query_one("#tries", VirtualList).move_to(len(self.tries) - 1)
        self._try(self.tries[-1])

    @work(group="tries")
    async def _try(self, result: Attempted) -> None:
        at = None if self._is_new else self._path
        await try_step(self.workbench.bench, self._run_id, (self._path, at), self._change, result)
        self._draw()

    @work(exclusive=True, group="model")
    async def action_model(self) -> None:
        """Choose the model of the next tries."""
        if self._role is None:
            self.workbench.tell("This step asks no model of a role.")
            return
        known = [info.name for info in self.workbench.bench.providers.models()]
        dialog = ChoiceDialog(f"model of {self._role}", [ink(name) for name in known])
        number = await self.workbench.push_screen_wait(dialog)
        if number is not None:
            self._change = replace(self._change, models={self._role: known[number]})
            self.query_one("#bar").refresh()
            self.action_again()

    # -- looking ------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Attempted | None:
        """The answer at the cursor."""
        return self.tries[self.query_one("#tries", VirtualList).cursor] if self.tries else None

    def _draw(self) -> None:
        if self.gone:
            return
        self.query_one("#tries", VirtualList).set_count(len(self.tries))
        self._look()

    @on(VirtualList.Moved, "#tries")
    def _look(self) -> None:
        """The chosen answer beside the one before it."""
        chosen = self.chosen
        if chosen is None:
            return
        place = self.tries.index(chosen)
        tried = self.query_one("#tried", Document)
        if not chosen.ended:
            tried.border_title = title(ink(chosen.name))
            tried.show([ink(("asking …", "dim"))])
            return
        if place == 0:
            tried.border_title = title(ink(chosen.name))
            tried.show(paragraphs(chosen.error, "bad") if chosen.error else paragraphs(chosen.text))
            return
        before = self.tries[place - 1]
        tried.border_title = title(ink(f"{before.name} │ {chosen.name}"))
        width = tried.room
        draw = unified if self._unified() else side_by_side
        above = [ink(("the same answer", "dim")), ()] if before.text == chosen.text else []
        above = paragraphs(chosen.error, "bad") if chosen.error else above
        tried.show([*above, *draw(before.text, chosen.text, width)])

    def _unified(self) -> bool:
        return self.size.width < BESIDE_FROM if self.unified is None else self.unified

    def action_unified(self) -> None:
        """Texts beneath each other, or side by side."""
        self.unified = not self._unified()
        self._look()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.call_after_refresh(self._look)

    def hints(self) -> Sequence[Hint]:
        """Again, keep."""
        return (
            HELP,
            Hint("t", "try again", "again"),
            Hint("m", "model", "model"),
            Hint("enter", "keep this one", "keep"),
            Hint("u", "side by side" if self._unified() else "unified", "unified"),
            Hint("esc", "back", "back"),
        )

    # -- keeping ------------------------------------------------------------------------------------

    def _proposal(self) -> Proposal:
        chosen = self.chosen
        text = chosen.text if chosen is not None else None
        told = f"the answer of {chosen.name} is kept" if chosen is not None else ""
        return Proposal(told, self._run_id, Change(recipe=self._change.recipe), at=self._path, output=text)

    @on(VirtualList.Chosen, "#tries")
    def action_keep(self) -> None:
        """Fork with the chosen answer as the step's output."""
        chosen = self.chosen
        if chosen is not None and chosen.ended and not chosen.error:
            self.workbench.push_screen(PlanScreen(self._proposal()))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss()

    def copy_text(self) -> str:
        """The chosen answer."""
        return self.chosen.text if self.chosen else ""

    def command(self) -> str:
        """The fork that keeps the chosen answer."""
        return travel_commands.proposal_command(self._proposal())
