"""The recipe's test cases: run them, once or over and over; see what came otherwise; keep a run as one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.ledger.rows import RunFilter, RunRow
from workbench.recipe.recipe import Recipe
from workbench.recipe.tests_file import TESTS_NAME, Case, read_tests
from workbench.study.case_runs import CaseResult, run_case
from workbench.study.cases import keep_case
from workbench.study.expected import came_to
from workbench.tui import presentation as show
from workbench.tui.compose_keys import TEST_KEYS
from workbench.tui.composing.case_lines import case_lines, case_row, totals
from workbench.tui.composing.values import parse_value
from workbench.tui.ink import Line, ink, paragraphs, spread
from workbench.tui.run_rows import inputs_row
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

NO_CASES = (
    ink(("No cases yet.", "bold")),
    (),
    ink(("a", "key"), " keeps a run as a case: its inputs, and what came out"),
    ink("as what must come out again."),
)
LOOKED_AT = 100
LEAST_ROWS = 5
"""The rows that a list of cases has at least, where there are so many."""
USUAL_TIMES, MOST_TIMES = 5, 100


class CasesScreen(WorkbenchScreen):
    """The cases of one recipe."""

    BINDINGS: ClassVar[list[BindingType]] = [*TEST_KEYS]
    HELP_TEXT = (
        "The cases of tests.yaml, run against the recipe as it stands in Compose. What the record answers "
        "is not asked again; R asks everything anew, several times, and shows what comes only sometimes."
    )

    def __init__(self, recipe: Recipe, reference: str, cost: str = "") -> None:
        super().__init__()
        self.recipe = recipe
        self._reference = reference
        self._cost = cost
        """What a run should cost, in words; empty when unknown."""
        self.cases: tuple[Case, ...] = ()
        self.results: dict[str, list[CaseResult]] = {}
        self.wanted: dict[str, int] = {}
        """How many results of each case are wanted."""
        self.running = ""
        self._came: dict[str, Mapping[str, Json]] = {}
        self._wrong: list[Line] = []
        """Why the cases cannot be read."""

    def compose(self) -> ComposeResult:
        """Bar, the cases, the chosen one in full, hints."""
        yield InkedBar(self._bar, id="bar")
        with Container(id="case-panes"):
            yield VirtualList(self._row, id="cases")
            yield Document(id="case")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read the cases."""
        self.query_one("#cases").border_title = title(ink("Cases"))
        self.load_cases()

    def _bar(self, width: int) -> Line:
        left = ink(" ", ("tests of ", "dim"), (self.recipe.name, "bold"))
        return spread(left, totals(list(self.results.values())), width)

    def _row(self, index: int, width: int) -> Line:
        case = self.cases[index]
        results = self.results.get(case.name, [])
        running = case.name == self.running
        return case_row(case, results, running=running, wanted=self.wanted.get(case.name, 1), width=width)

    @work(exclusive=True, group="cases")
    async def load_cases(self) -> None:
        """Read tests.yaml."""
        try:
            path = self.recipe.folder / TESTS_NAME
            self.cases = await asyncio.to_thread(read_tests, path, self.recipe) if path.exists() else ()
        except WorkbenchError as error:
            self.cases = ()
            self._wrong = paragraphs(f"{TESTS_NAME} cannot be read as it is:\n{error.message}", "bad")
        else:
            self._wrong = []
        if not self.gone:
            self._show_cases()

    def _show_cases(self) -> None:
        """The list of cases; without any there is only the word on what to do."""
        cases = self.query_one("#cases", VirtualList)
        cases.set_count(len(self.cases))
        self.set_class(not self.cases, "-empty")
        self.set_focus(cases if self.cases else self.query_one("#case"))
        self._fit()
        self.refresh_hints()

    def on_resize(self) -> None:
        """Lay it out for the new size."""
        super().on_resize()
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Above each other the list is as high as its cases, and the chosen one has the rest."""
        beside = self.has_class("-wide")
        most = max(LEAST_ROWS, self.size.height // 3)
        rows = "1fr" if beside else min(len(self.cases) + 2, most)
        self.query_one("#cases").styles.height = rows
        self.call_after_refresh(self._look, keep=True)

    # -- running ------------------------------------------------------------------------------------

    def action_run_all(self) -> None:
        """Run all cases, one after the other."""
        self._run(list(self.cases), 1)

    @on(VirtualList.Chosen, "#cases")
    def action_run_one(self) -> None:
        """Run the chosen case."""
        case = self._case()
        self._run([case] if case is not None else [], 1)

    @work(exclusive=True, group="dialog")
    async def action_repeat(self) -> None:
        """Run all cases several times, everything asked anew."""
        cost = f"; a run: {self._cost}" if self._cost else ""
        asked = AskDialog("How often", str(USUAL_TIMES), f"all is asked anew each time{cost}", _times_problem)
        times = await self.workbench.push_screen_wait(asked)
        if times:
            self._run(list(self.cases), int(times))

    def action_stop(self) -> None:
        """Run no further case."""
        if self.running:
            self.workers.cancel_group(self, "testing")
            self.workbench.tell("Stopped; what has run stays.")

    @work(exclusive=True, group="testing")
    async def _run(self, cases: Sequence[Case], times: int) -> None:
        if not cases:
            self.workbench.tell("There is no case yet: a keeps a run as one.")
        for case in cases:
            self.results.pop(case.name, None)
            self.wanted[case.name] = times
        try:
            for case in cases:
                self.running = case.name
                for _ in range(times):
                    self._draw()
                    await self._run_once(case, live=times > 1)
        finally:
            self.running = ""
            if not self.gone:
                self._draw()

    async def _run_once(self, case: Case, *, live: bool) -> None:
        try:
            result = await run_case(self.workbench.bench, self.recipe, case, live=live)
        except WorkbenchError as error:
            self.workbench.tell(f"{case.name}: {error.message}", "error")
            return
        self.results.setdefault(case.name, []).append(result)
        self._came[result.run] = await asyncio.to_thread(came_to, self.workbench.bench.reader, result.run)

    def _draw(self) -> None:
        self.query_one("#cases").refresh()
        self.query_one("#bar").refresh()
        self._look(keep=True)
        self.refresh_hints()

    # -- the chosen one -----------------------------------------------------------------------------

    def _case(self) -> Case | None:
        place = self.query_one("#cases", VirtualList).cursor
        return self.cases[place] if place < len(self.cases) else None

    @on(VirtualList.Moved, "#cases")
    def _moved(self) -> None:
        self._look()

    def _look(self, *, keep: bool = False) -> None:
        case = self._case()
        about = self.query_one("#case", Document)
        if case is None:
            about.show(self._wrong or NO_CASES)
            return
        came, results = self._came.__getitem__, self.results.get(case.name, [])
        about.show(case_lines(case, results, came, about.room), keep=keep)

    # -- keeping ------------------------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def action_keep(self) -> None:
        """Make a case of a run: of the last one, or of one to choose where the inputs differ."""
        bench = self.workbench.bench
        rows = keepable(bench.reader.runs(LOOKED_AT, 0, RunFilter(recipe=self.recipe.name, status="done")))
        if not rows:
            self.workbench.tell("There is no finished run of this recipe yet: F5 in Compose runs it.")
            return
        chosen = [rows[0].id]
        if len(rows) > 1:
            picks = [Pick(row.id, inputs_row(row, self.workbench.now())) for row in rows]
            chosen = await self.workbench.push_screen_wait(PickDialog("Keep which run as a case", picks))
        if not chosen:
            return
        row = next(row for row in rows if row.id == chosen[0])
        first = next((value for value in row.inputs.values() if isinstance(value, str)), row.id)
        name = await self.workbench.push_screen_wait(
            AskDialog(f"Keep {row.id} as a case", show.one_line(first, 50), "the name of the case")
        )
        if not name:
            return
        try:
            path, _ = await asyncio.to_thread(keep_case, bench.reader, row.id, name)
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message}: {error.hint}", "error")
            return
        self.workbench.tell(f"Kept in {path.name}")
        self.load_cases()

    def action_open_run(self) -> None:
        """Open the run of the chosen case."""
        case = self._case()
        results = self.results.get(case.name) if case is not None else None
        if results:
            missed = next((each for each in results if not each.passed), results[-1])
            self.workbench.open_run(missed.run)
        else:
            self.workbench.tell("It has not run yet: enter runs it.")

    def hints(self) -> Sequence[Hint]:
        """Run, keep, back."""
        back = Hint("esc", "back", "back")
        if self.running:
            return (HELP, Hint("x", "stop", "stop"), back)
        keep = Hint("a", "keep a run", "keep")
        if not self.cases:
            return (HELP, keep, back)
        runs = (Hint("enter", "run it", "run_one"), Hint("r", "run all", "run_all"))
        return (HELP, *runs, Hint("R", "repeat", "repeat"), keep, Hint("o", "open run", "open_run"), back)

    def action_back(self) -> None:
        """Back to composing."""
        self.dismiss()

    def command(self) -> str:
        """The tests as a command."""
        return f"workbench test {self._reference}"


def keepable(rows: Sequence[RunRow]) -> list[RunRow]:
    """The newest run for each set of inputs; whole runs before tries and forks of them."""
    found: dict[str, RunRow] = {}
    for row in sorted(rows, key=lambda row: row.mode == "fork"):  # stable: the newest first
        found.setdefault(show.json_text(dict(row.inputs)), row)
    return sorted(found.values(), key=lambda row: row.started, reverse=True)


def _times_problem(text: str) -> str | None:
    value, wrong = parse_value(text, number=True)
    right = isinstance(value, int) and 1 < value <= MOST_TIMES
    return wrong or (None if right else f"a whole number, 2 to {MOST_TIMES}")
