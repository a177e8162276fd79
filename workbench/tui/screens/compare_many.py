"""Many batches or variants side by side: verdicts above, the cases that changed beneath, worst first."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from workbench.errors import WorkbenchError
from workbench.study.case_texts import Given
from workbench.study.compare_many import Change, Comparison, compare_many, subjects_of
from workbench.study.fail_if import judge
from workbench.tui import many_text
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, plain, spread
from workbench.tui.keys import MANY_KEYS
from workbench.tui.screens.asking import LineDialog
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.compare import CompareScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList


class CompareManyScreen(WorkbenchScreen):
    """Batches and variants of the record."""

    CSS_PATH = "batches.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*MANY_KEYS]
    HELP_TEXT = (
        "Differences to a, case by case, with 95 % intervals and verdicts. Beneath: the cases that changed, "
        "the worst first; enter shows both runs side by side."
    )

    def __init__(self, references: Sequence[str]) -> None:
        super().__init__()
        self._references = tuple(references)
        self.comparison: Comparison | None = None
        self.given: dict[str, str] = {}
        self._steps = False
        self.margin = 0.0
        self.conditions: list[str] = []
        self._above_pareto: list[Line] = []

    def compose(self) -> ComposeResult:
        """Bar, measures, cases, hints."""
        yield InkedBar(self._bar, id="bar")
        with Vertical(id="many"):
            yield Document(id="measures")
            yield VirtualList(self._row, id="cases")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Compare."""
        measures = self.query_one("#measures", Document)
        measures.border_title = title(ink("1 Measures"))
        measures.show([ink(("comparing …", "dim"))])
        self.query_one("#cases").border_title = title(ink("2 Cases that changed"))
        self.query_one("#cases").focus()
        self.load()

    @work(exclusive=True)
    async def load(self) -> None:
        """Compare in a thread."""
        ledger, margin = self.workbench.bench.ledger, self.margin

        def compared() -> tuple[Comparison, dict[str, str]]:
            found = compare_many(ledger, subjects_of(ledger, self._references), margin)
            return found, Given(ledger.batches()).of(each.first_run for each in found.changes)

        try:
            self.comparison, self.given = await asyncio.to_thread(compared)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            self.dismiss()
            return
        self.query_one("#cases", VirtualList).set_count(len(self.changes))
        self._show()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The cases that changed: those that got worse first."""
        return () if self.comparison is None else self.comparison.changes

    def _show(self) -> None:
        if self.comparison is not None:
            measures = self.query_one("#measures", Document)
            width = measures.room
            found = self.comparison
            judged = [judge(found, each) for each in self.conditions]
            lines = many_text.judged_lines(judged)
            self._above_pareto = [*lines, *many_text.comparison_lines(found, width, steps=self._steps)]
            measures.show([*self._above_pareto, *many_text.closing_lines(found, width)], keep=True)
            worse, better = len(self.comparison.regressions), len(self.comparison.improvements)
            told = f"{worse:,} worse, {better:,} better" if worse or better else "none did"
            self.query_one("#cases").border_subtitle = title(ink(told))
        self.query_one("#bar").refresh()
        self.refresh_hints()

    def on_resize(self) -> None:
        """Draw for the new width."""
        super().on_resize()
        self.call_after_refresh(self._show)

    def _bar(self, width: int) -> Line:
        found = self.comparison
        if found is None:
            return ink(" ", ("comparing ", "dim"), " ".join(self._references))
        told = f"{show.count(len(found.subjects), 'variant')} over {show.count(found.cases, 'case')} "
        return spread(
            ink(" ", ("compare ", "dim"), (" ".join(self._references), "bold")), ink((told, "dim")), width
        )

    def _row(self, index: int, width: int) -> Line:
        change = self.changes[index]
        return many_text.change_line(change, self.given.get(change.first_run, ""), width)

    def hints(self) -> Sequence[Hint]:
        """Both runs of a case first."""
        return (
            HELP,
            Hint("enter", "both runs", "open"),
            Hint("m", f"margin {self.margin:g}", "margin"),
            Hint("c", "fail if", "condition"),
            Hint("s", "no steps" if self._steps else "steps", "steps"),
            Hint("esc", "back", "back"),
        )

    @on(VirtualList.Chosen, "#cases")
    def action_open(self) -> None:
        """Both runs of the chosen case side by side."""
        if self.changes:
            change = self.changes[self.query_one("#cases", VirtualList).cursor]
            self.workbench.push_screen(CompareScreen(change.first_run, change.run))

    def action_steps(self) -> None:
        """What each step cost and took too, or no longer."""
        self._steps = not self._steps
        self._show()

    def action_margin(self) -> None:
        """Ask for the margin, and compare by it."""
        told = (
            "The loss of a share or a score that does not matter: 0.02 is two of a hundred.",
            "With one, a verdict may be non-inferior; 0 asks for better or worse.",
        )

        def use(line: str | None) -> None:
            if line is not None:
                self.margin = float(line)
                self.load()

        dialog = LineDialog("margin", f"{self.margin:g}", told, _no_margin, "0.02")
        self.workbench.push_screen(dialog, use)

    def action_condition(self) -> None:
        """Ask for a condition, and judge by it; none takes all away."""
        found = self.comparison
        if found is None:
            return

        def wrong(line: str) -> str:
            try:
                judge(found, line) if line else None
            except WorkbenchError as error:
                told = error.message.removeprefix("--fail-if").removeprefix(": ").strip()
                return f"{told}; {error.hint}" if error.hint else told
            return ""

        def use(line: str | None) -> None:
            if line is not None:
                self.conditions = [*self.conditions, line] if line else []
                self._show()
                self.query_one("#measures", Document).scroll_home(animate=False)

        told = (
            "pass_rate.b < pass_rate.a - 0.02 · cost.b > 1.2 * cost.a · regressions.b > 3",
            "Nothing takes all conditions away.",
        )
        self.workbench.push_screen(LineDialog("fail if …", "", told, wrong), use)

    def action_pareto(self) -> None:
        """To the picture of quality against cost."""
        measures = self.query_one("#measures", Document)
        measures.focus()
        measures.scroll_to(y=len(self._above_pareto), animate=False)

    def action_change(self, by: int) -> None:
        """To another case."""
        self.query_one("#cases", VirtualList).action_move(by)

    def action_pane(self, number: int) -> None:
        """Go to a pane."""
        self.set_focus(self.query_one("#measures" if number == 1 else "#cases"))

    def action_back(self) -> None:
        """Back."""
        self.dismiss()

    def copy_text(self) -> str:
        """The measures as text."""
        return "\n".join(plain(line) for line in self.query_one("#measures", Document).lines)

    def command(self) -> str:
        """The comparison as a command."""
        margin = ["--margin", f"{self.margin:g}"] if self.margin else []
        conditions = [word for each in self.conditions for word in ("--fail-if", each)]
        return shlex.join(["workbench", "compare", *self._references, *margin, *conditions])


def _no_margin(line: str) -> str:
    """What is wrong with a margin; empty when nothing is."""
    try:
        return "" if 0 <= float(line) <= 1 else "A margin is between 0 and 1."
    except ValueError:
        return f"{line or 'Nothing'} is no number."
