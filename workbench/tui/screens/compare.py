"""Compare: two runs step by step, what differs in each, and what it comes to."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from workbench.errors import WorkbenchError
from workbench.study.compare import Comparison, Pair, Side, compare
from workbench.tui import compare_text
from workbench.tui.compare_text import Decisions, Form
from workbench.tui.ink import Line, ink
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.travel_keys import COMPARE_KEYS
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

BESIDE_FROM = 100
"""Columns of the screen from which on texts stand side by side."""
LOOK_PAUSE = 0.03


class CompareScreen(WorkbenchScreen):
    """Two runs of the record."""

    CSS_PATH = "travel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*COMPARE_KEYS]
    HELP_TEXT = (
        "Two runs, A and B, step by step: = same, ≠ differs, − only in A, + only in B. "
        "n and p walk the differences, u puts the texts beneath each other."
    )

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self._runs = (left, right)
        self.comparison: Comparison | None = None
        self.unified: bool | None = None
        """Chosen by hand; None goes by the room there is."""

    def compose(self) -> ComposeResult:
        """Bar and first split; steps; detail above totals; hints."""
        yield InkedBar(self._bar, id="bar")
        yield InkedBar(self._split, id="split")
        with Horizontal(id="panes"):
            yield VirtualList(self._row, id="pairs")
            with Vertical(id="compared"):
                yield Document(id="detail")
                yield Document(id="totals")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read both runs."""
        self.query_one("#pairs").border_title = title(ink("1 Steps"))
        self.query_one("#totals").border_title = title(ink("3 Totals"))
        self.query_one("#detail", Document).show([ink(("reading both runs …", "dim"))])
        self.query_one("#pairs").focus()
        self.load()

    @work(exclusive=True, group="compare")
    async def load(self) -> None:
        """Compare in a thread; then show the first step that differs."""
        try:
            found = await asyncio.to_thread(compare, self.workbench.bench.reader, *self._runs)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            self.dismiss()
            return
        self.comparison = found
        pairs = self.query_one("#pairs", VirtualList)
        pairs.set_count(len(found.pairs))
        self.query_one("#bar").refresh()
        self.query_one("#split").refresh()
        first = next((index for index, pair in enumerate(found.pairs) if pair.standing != "same"), 0)
        with pairs.prevent(VirtualList.Moved):
            pairs.move_to(first)
        self.draw_detail()
        self._draw_totals()

    # -- drawing ------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        if self.comparison is None:
            return ink(" ", ("comparing ", "dim"), " ↔ ".join(self._runs))
        return compare_text.heading(self.comparison, width)

    def _split(self, width: int) -> Line:
        return compare_text.split_line(self.comparison, width) if self.comparison else ()

    def _row(self, index: int, width: int) -> Line:
        assert self.comparison is not None
        return compare_text.pair_row(self.comparison.pairs[index], width)

    @property
    def pair(self) -> Pair | None:
        """The chosen step of both runs."""
        if self.comparison is None or not self.comparison.pairs:
            return None
        return self.comparison.pairs[self.query_one("#pairs", VirtualList).cursor]

    def _form(self) -> Form:
        width = self.query_one("#detail", Document).room
        narrow = self.size.width < BESIDE_FROM
        return Form(width, narrow if self.unified is None else self.unified)

    @work(exclusive=True, group="detail")
    async def draw_detail(self) -> None:
        """Draw the chosen step; its diff is made in a thread, unless the look has gone on by then."""
        await asyncio.sleep(LOOK_PAUSE)
        pair = self.pair
        if pair is None:
            return
        decisions = (await self._decisions(0, pair.left), await self._decisions(1, pair.right))
        lines = await asyncio.to_thread(compare_text.pair_lines, pair, decisions, self._form())
        if pair is not self.pair:
            return
        detail = self.query_one("#detail", Document)
        detail.border_title = title(ink(f"2 {pair.path}"))
        detail.border_subtitle = title(ink(self._place(pair)))
        detail.show(lines)

    async def _decisions(self, number: int, side: Side | None) -> Decisions:
        """Why a side asked whom it asked."""
        if side is None or self.comparison is None:
            return ()
        run = (self.comparison.left, self.comparison.right)[number]
        try:
            detail = await asyncio.to_thread(self.workbench.bench.reader.step, run.id, side.step.path)
        except WorkbenchError:
            return ()
        return detail.decisions

    def _place(self, pair: Pair) -> str:
        assert self.comparison is not None
        changed = [each for each in self.comparison.pairs if each.standing != "same"]
        if pair.standing == "same":
            return f"{len(changed):,} differ"
        number = next(index for index, each in enumerate(changed) if each is pair)
        return f"≠ {number + 1:,} of {len(changed):,}"

    def _draw_totals(self) -> None:
        if self.comparison is not None:
            totals = self.query_one("#totals", Document)
            width = totals.room
            totals.show(compare_text.totals_lines(self.comparison, width))

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.call_after_refresh(self.draw_detail)
        self.call_after_refresh(self._draw_totals)

    def hints(self) -> Sequence[Hint]:
        """Walking the differences first."""
        return (
            HELP,
            Hint("n", "next ≠", "difference(1)"),
            Hint("p", "previous ≠", "difference(-1)"),
            Hint("u", "unified" if not self._form().unified else "side by side", "unified"),
            Hint("1", "steps", "pane(1)"),
            Hint("t", "totals", "totals"),
            Hint("esc", "back", "back"),
        )

    # -- moving -------------------------------------------------------------------------------------

    @on(VirtualList.Moved, "#pairs")
    def _moved(self) -> None:
        self.draw_detail()

    @on(VirtualList.Chosen, "#pairs")
    def _chosen(self) -> None:
        self.action_pane(2)

    def action_difference(self, by: int) -> None:
        """To the next or previous step that differs."""
        if self.comparison is None:
            return
        pairs = self.query_one("#pairs", VirtualList)
        places = [at for at, pair in enumerate(self.comparison.pairs) if pair.standing != "same"]
        further = [at for at in places if (at - pairs.cursor) * by > 0]
        if further:
            pairs.move_to(min(further) if by > 0 else max(further))
        else:
            self.workbench.tell("No further difference." if places else "Every step is the same.")

    def action_pane(self, number: int) -> None:
        """Go to a pane; on a narrow screen it takes the other's place."""
        self.set_class(number == 1, "-steps")
        self.set_focus(self.query_one("#pairs" if number == 1 else "#detail"))

    def action_totals(self) -> None:
        """To the totals, with the room to read them, or back."""
        shown = self.has_class("-totals")
        self.set_class(not shown, "-totals")
        self.remove_class("-steps")
        self.set_focus(self.query_one("#detail" if shown else "#totals"))

    def action_unified(self) -> None:
        """Texts beneath each other, or side by side."""
        self.unified = not self._form().unified
        self.refresh_hints()
        self.draw_detail()

    def action_open_run(self, number: int) -> None:
        """Open one of the two."""
        if self.comparison is not None:
            self.workbench.open_run((self.comparison.left, self.comparison.right)[number].id)

    def action_back(self) -> None:
        """One level up."""
        if self.has_class("-totals"):
            self.action_totals()
        else:
            self.dismiss()

    def copy_text(self) -> str:
        """What the pane in view shows."""
        name = "#totals" if self.focused is not None and self.focused.id == "totals" else "#detail"
        return compare_text.text_of(self.query_one(name, Document).lines)

    def command(self) -> str:
        """The comparison as a command."""
        runs = self._runs if self.comparison is None else (self.comparison.left.id, self.comparison.right.id)
        return shlex.join(["workbench", "compare", *runs])
