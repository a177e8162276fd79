"""The plan of a run before it starts: per step reuse or call, why, and what it may cost.  Spends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import RecipeError, WorkbenchError
from workbench.study.plan import Plan
from workbench.tui import commands, compare_text, plan_text, travel_commands
from workbench.tui.ink import Line, fit, ink
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.travel_keys import PLAN_KEYS
from workbench.tui.travels import Proposal
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList


class PlanScreen(WorkbenchScreen):
    """What a proposed run would do; enter does it."""

    CSS_PATH = "travel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*PLAN_KEYS]
    HELP_TEXT = (
        "What would happen, before anything is asked: ↺ answered from the record for nothing, ▶ asked anew, "
        "? unknown until an earlier answer is there. Enter goes on, escape leaves it."
    )

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.proposal = proposal
        self.plan: Plan | None = None

    def compose(self) -> ComposeResult:
        """Bar, what is different, steps, the chosen one in full, hints."""
        yield InkedBar(self._bar, id="bar")
        yield InkedBar(self._told, id="ask")
        yield VirtualList(self._row, id="plan")
        yield Document(id="why")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Work the plan out."""
        self.query_one("#plan").border_title = title(ink("Plan"))
        self.query_one("#plan").focus()
        self._load()

    @work(exclusive=True)
    async def _load(self) -> None:
        try:
            self.plan = await self.proposal.plan(self.workbench.bench)
        except WorkbenchError as error:
            told = "\n".join(map(str, error.problems)) if isinstance(error, RecipeError) else error.message
            self.workbench.tell(f"{told}\n{error.hint}".strip(), "error")
            self.dismiss()
            return
        if self.gone:
            return
        self.query_one("#plan", VirtualList).set_count(len(self.plan.steps))
        self.query_one("#bar").refresh()
        self._show_step()

    def _bar(self, width: int) -> Line:
        return plan_text.heading(self.plan, width) if self.plan else ink(" ", ("planning …", "dim"))

    def _told(self, width: int) -> Line:
        proposal = self.proposal
        kind = "new run" if proposal.run is None else "rerun" if proposal.at is None else "fork"
        of = f" of {proposal.run}" if proposal.run else ""
        at = f" at {proposal.at}" if proposal.at else ""
        return fit(ink(" ", (f"{kind}{of}{at}  ", "dim"), proposal.told), width)

    def _row(self, index: int, width: int) -> Line:
        assert self.plan is not None
        return plan_text.plan_row(self.plan.steps[index], width)

    @on(VirtualList.Moved, "#plan")
    def _show_step(self) -> None:
        if self.plan is not None and self.plan.steps:
            step = self.plan.steps[self.query_one("#plan", VirtualList).cursor]
            budgets = plan_text.budget_lines(self.plan)
            lines = [*plan_text.step_lines(step), *([(), *budgets] if budgets else [])]
            self.query_one("#why", Document).show(lines)

    def hints(self) -> Sequence[Hint]:
        """On or back."""
        return (
            Hint("?", "help", "app.help"),
            Hint("enter", "go on", "run(False)"),
            Hint("s", "step through", "run(True)"),
            Hint("esc", "back", "back"),
        )

    @on(VirtualList.Chosen, "#plan")
    def _enter(self) -> None:
        self.action_run(False)

    def action_run(self, step: bool) -> None:
        """Do what the plan says."""
        if self.plan is None:
            return
        try:
            session = self.proposal.session(self.workbench.bench, step=step)
            session.plan = self.plan
            self.workbench.show_session(session)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")

    def action_back(self) -> None:
        """Back without a run."""
        self.dismiss()

    def copy_text(self) -> str:
        """The whole plan."""
        if self.plan is None:
            return ""
        return compare_text.text_of([plan_text.plan_row(step, 160) for step in self.plan.steps])

    def command(self) -> str:
        """The proposed run as a command."""
        proposal = self.proposal
        if proposal.run is None and proposal.recipe is not None:
            return commands.run_command(
                str(proposal.recipe.folder), proposal.inputs, proposal.change.models
            ).replace("workbench run", "workbench plan", 1)
        return travel_commands.proposal_command(proposal)
