"""The recipe's test cases: run them, see what passed and what came otherwise, keep a run as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunFilter
from workbench.recipe.recipe import Recipe
from workbench.recipe.tests_file import TESTS_NAME, Case, read_tests
from workbench.study.case_runs import CaseResult, run_case
from workbench.study.cases import keep_case
from workbench.study.expected import came_to, value_at
from workbench.tui import presentation as show
from workbench.tui.compose_keys import TEST_KEYS
from workbench.tui.composing.gate_values import gate_words
from workbench.tui.diff_text import unified
from workbench.tui.ink import Line, ink, paragraphs, spread
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.screens.picking import AskDialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

NO_CASES = (
    ink(("No cases yet.", "bold")),
    (),
    ink("a keeps the recipe's last run as a case: its inputs,"),
    ink("and what came out as what must come out again."),
)


class CasesScreen(WorkbenchScreen):
    """The cases of one recipe."""

    BINDINGS: ClassVar[list[BindingType]] = [*TEST_KEYS]
    HELP_TEXT = (
        "The cases of tests.yaml, run against the recipe as it stands in Compose. a keeps the last run."
    )

    def __init__(self, recipe: Recipe, reference: str) -> None:
        super().__init__()
        self.recipe = recipe
        self._reference = reference
        self.cases: tuple[Case, ...] = ()
        self.results: dict[str, CaseResult] = {}
        self.running: set[str] = set()

    def compose(self) -> ComposeResult:
        """Bar, the cases, the chosen one in full, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, id="cases")
        yield Document(id="case")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read the cases."""
        self.query_one("#cases").border_title = title(ink("Cases"))
        self.query_one("#cases").focus()
        self.load_cases()

    def _bar(self, width: int) -> Line:
        passed = sum(each.passed for each in self.results.values())
        failed = len(self.results) - passed
        right = ink(
            (f"{passed} passed" if passed else "", "good"),
            ("  " if passed and failed else ""),
            (f"{failed} failed " if failed else " ", "bad"),
        )
        return spread(ink(" ", ("tests of ", "dim"), (self.recipe.name, "bold")), right, width)

    def _row(self, index: int, width: int) -> Line:
        case = self.cases[index]
        result = self.results.get(case.name)
        state = "running" if case.name in self.running else "pending"
        state = ("done" if result.passed else "failed") if result is not None else state
        right = ink((f"{show.seconds(result.seconds)} ", "dim")) if result is not None else ()
        left = ink((f"{show.glyph(state)} ", show.state_ink(state)), case.name)
        return spread(left, right, width)

    @work(exclusive=True, group="cases")
    async def load_cases(self) -> None:
        """Read tests.yaml."""
        try:
            path = self.recipe.folder / TESTS_NAME
            self.cases = await asyncio.to_thread(read_tests, path, self.recipe) if path.exists() else ()
        except WorkbenchError as error:
            self.cases = ()
            self.query_one("#case", Document).show(paragraphs(error.message, "bad"))
            return
        self.query_one("#cases", VirtualList).set_count(len(self.cases))
        self._look()

    # -- running ------------------------------------------------------------------------------------

    def action_run_all(self) -> None:
        """Run all cases, one after the other."""
        self._run(list(self.cases))

    @on(VirtualList.Chosen, "#cases")
    def _chosen(self) -> None:
        self.action_run_all()

    def action_run_one(self) -> None:
        """Run the chosen case."""
        case = self._case()
        self._run([case] if case is not None else [])

    @work(exclusive=True, group="testing")
    async def _run(self, cases: Sequence[Case]) -> None:
        if not cases:
            self.workbench.tell("There is no case yet: a keeps the last run as one.")
        for case in cases:
            self.results.pop(case.name, None)
            self.running = {case.name}
            self._draw()
            try:
                self.results[case.name] = await run_case(self.workbench.bench, self.recipe, case, live=False)
            except WorkbenchError as error:
                self.workbench.tell(f"{case.name}: {error.message}", "error")
            finally:
                self.running = set()
            self._draw()

    def _draw(self) -> None:
        self.query_one("#cases").refresh()
        self.query_one("#bar").refresh()
        self._look()

    # -- the chosen one -----------------------------------------------------------------------------

    def _case(self) -> Case | None:
        place = self.query_one("#cases", VirtualList).cursor
        return self.cases[place] if place < len(self.cases) else None

    @on(VirtualList.Moved, "#cases")
    def _look(self) -> None:
        case = self._case()
        about = self.query_one("#case", Document)
        if case is None:
            about.show(NO_CASES)
            return
        lines: list[Line] = [ink((case.name, "bold"))]
        result = self.results.get(case.name)
        if result is None:
            lines += [ink(("not run yet: enter runs all, r this one", "dim"))]
        elif result.passed:
            lines += [ink(("✓ passed", "good"), (f"  run {result.run}", "dim"))]
        else:
            lines += self._missed(case, result)
        lines += [(), ink(("inputs", "dim"))]
        for name, value in case.inputs.items():
            lines += [ink((f"{name}  ", "bold"), show.one_line(value, 300))]
        lines += [(), ink(("expects", "dim"))]
        for each in case.expect:
            gates = ", ".join(
                f"{name} {show.one_line(gate_words(_plain(spec)), 200)}"
                for name, spec in each.gate.given().items()
            )
            lines += [ink((f"{each.target}  ", "bold"), gates)]
        about.show(lines)

    def _missed(self, case: Case, result: CaseResult) -> list[Line]:
        """What came otherwise, with the difference where a text was wanted."""
        lines: list[Line] = [ink(("✗ failed", "bad"), (f"  run {result.run}", "dim"))]
        found = came_to(self.workbench.bench.reader, result.run)
        for miss in result.misses:
            lines += [(), ink((f"{miss.target} ", "bold"), (miss.gate, "dim"))]
            lines += paragraphs(miss.reason, "bad")
            wanted = _wanted(case, miss.target, miss.gate)
            value = value_at(found, miss.target)
            if isinstance(wanted, str) and isinstance(value, str):
                lines += unified(wanted, value, 100)
        return lines

    # -- keeping ------------------------------------------------------------------------------------

    @work(exclusive=True, group="dialog")
    async def action_keep(self) -> None:
        """Make a case of the recipe's last run."""
        bench = self.workbench.bench
        rows = bench.reader.runs(1, 0, RunFilter(recipe=self.recipe.name, status="done"))
        if not rows:
            self.workbench.tell("There is no finished run of this recipe yet.")
            return
        first = next((value for value in rows[0].inputs.values() if isinstance(value, str)), rows[0].id)
        name = await self.workbench.push_screen_wait(
            AskDialog(f"Keep {rows[0].id} as a case", show.one_line(first, 50), "the name of the case")
        )
        if not name:
            return
        try:
            path, _ = await asyncio.to_thread(keep_case, bench.reader, rows[0].id, name)
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message}: {error.hint}", "error")
            return
        self.workbench.tell(f"Kept in {path.name}")
        self.load_cases()

    def action_open_run(self) -> None:
        """Open the run of the chosen case."""
        case = self._case()
        result = self.results.get(case.name) if case is not None else None
        if result is not None:
            self.workbench.open_run(result.run)

    def hints(self) -> Sequence[Hint]:
        """Run, keep, back."""
        return (
            HELP,
            Hint("enter", "run all", "run_all"),
            Hint("r", "run this", "run_one"),
            Hint("a", "keep last run", "keep"),
            Hint("o", "open run", "open_run"),
            Hint("esc", "back", "back"),
        )

    def action_back(self) -> None:
        """Back to composing."""
        self.dismiss()

    def command(self) -> str:
        """The tests as a command."""
        return f"workbench test {self._reference}"


def _plain(spec: object) -> object:
    dump = getattr(spec, "model_dump", None)
    return dump(exclude_unset=True, by_alias=True) if dump is not None else spec


def _wanted(case: Case, target: str, gate: str) -> object:
    for each in case.expect:
        spec = each.gate.given().get(gate)
        if each.target == target and spec is not None:
            return getattr(spec, "to", spec)
    return None
