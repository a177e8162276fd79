"""Before a batch: the dataset, the mapping of its columns with a preview, variants, and what it will ask."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input

from workbench.batch.variants import Choice, grid
from workbench.errors import RecipeError, UsageError, WorkbenchError
from workbench.recipe.load import load
from workbench.study.batch_options import BatchOptions
from workbench.study.batches import AT_ONCE, BatchResult, Prepared, prepare
from workbench.tui.batch_session import BatchSession
from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.keys import BATCH_FORM_KEYS
from workbench.tui.presentation import count, one_line
from workbench.tui.recipe_cards import Card
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar
from workbench.tui.widgets.key_bar import Hint, KeyBar

FIELDS = (
    ("data", "data *", "a .jsonl, .csv or .tsv file, or a folder of texts"),
    ("map", "columns", "column=input, several apart by spaces; those of one name need none"),
    (
        "variants",
        "variants",
        "role=provider/model, several apart by spaces make a grid",
    ),
    ("limit", "rows", "only the first so many; empty: all"),
    ("at_once", "at once", "runs side by side"),
    ("budget", "budget", "dollars that all runs together may cost; empty: no limit"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds."""

    data: Path
    options: BatchOptions
    at_once: int


class BatchFormScreen(WorkbenchScreen):
    """The form before a batch."""

    CSS_PATH = "batches.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*BATCH_FORM_KEYS]
    HELP_TEXT = "Which data the recipe runs over. Enter checks all rows and shows the mapping; F5 runs it."

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card

    def compose(self) -> ComposeResult:
        """Fields, preview, hints."""
        yield InkedBar(self._bar, id="bar")
        with VerticalScroll(id="batch-form", can_focus=False):
            for name, label, about in FIELDS:
                yield InkedBar(_labelled(label, about))
                yield Input(str(AT_ONCE) if name == "at_once" else "", id=f"field-{name}", compact=True)
            preview = Document(id="preview")
            preview.can_focus = False
            yield preview
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Begin with the data."""
        self.query_one("#field-data").focus()

    def _bar(self, width: int) -> Line:
        return ink(" ", ("new batch of ", "dim"), (self._card.name, "bold"))

    def hints(self) -> Sequence[Hint]:
        """Run, preview."""
        return (
            Hint("F1", "help", "app.help"),
            Hint("F5", "run", "begin"),
            Hint("enter", "preview", "preview"),
            Hint("tab", "next field", "app.focus_next"),
            Hint("esc", "back", "back"),
        )

    # -- reading ------------------------------------------------------------------------------------

    def _text(self, name: str) -> str:
        return self.query_one(f"#field-{name}", Input).value.strip()

    def _read(self) -> Asked:
        """What the form holds; UsageError for what cannot be meant."""
        if not self._text("data"):
            raise UsageError("name the data first")
        choices = [Choice(name, value, value) for name, value in _pairs("variants", self._text("variants"))]
        edits = [each.name for each in choices if each.is_edit]
        if edits:
            raise UsageError(f"{edits[0]} is a place in the recipe", hint="the command batch varies it")
        budget = self._text("budget")
        options = BatchOptions(
            columns=dict(_pairs("columns", self._text("map"))),
            limit=_number("rows", self._text("limit")),
            variants=grid(choices),
            budget_usd=_amount(budget) if budget else None,
        )
        return Asked(
            self.workbench.bench.folder / Path(self._text("data")).expanduser(),
            options,
            _number("at once", self._text("at_once")) or AT_ONCE,
        )

    async def _prepared(self) -> tuple[Asked, Prepared] | None:
        """The batch, checked; None with what is wrong shown."""
        preview = self.query_one("#preview", Document)
        try:
            asked = self._read()
            recipe = await asyncio.to_thread(load, self._card.path)
            ready = await prepare(self.workbench.bench, recipe, asked.data, asked.options)
        except RecipeError as error:
            self._show(paragraphs("\n".join(str(each) for each in error.problems), "bad"))
            return None
        except WorkbenchError as error:
            self._show(paragraphs(f"✗ {error.message}" + (f"\n{error.hint}" if error.hint else ""), "bad"))
            return None
        self._show(preview_lines(ready))
        preview.refresh()
        return asked, ready

    def _show(self, lines: Sequence[Line]) -> None:
        preview = self.query_one("#preview", Document)
        preview.styles.height = len(lines) + 1
        preview.show(lines)
        self.call_after_refresh(self.query_one("#batch-form").scroll_end, animate=False)

    # -- actions ------------------------------------------------------------------------------------

    @on(Input.Submitted)
    @work(exclusive=True)
    async def action_preview(self) -> None:
        """Check all rows, and show the mapping."""
        await self._prepared()

    @work(exclusive=True, group="begin")
    async def action_begin(self) -> None:
        """Run it, when all is right."""
        found = await self._prepared()
        if found is None:
            return
        asked, ready = found
        bench = self.workbench.bench

        async def begin(session: BatchSession) -> BatchResult:
            return await bench.batch(
                ready.recipes[0], asked.data, asked.options, at_once=asked.at_once, watcher=session
            )

        await self.workbench.start_batch(begin)

    def action_back(self) -> None:
        """Back without a batch."""
        self.dismiss()

    def command(self) -> str:
        """The batch as a command."""
        words = ["workbench", "batch", self._card.reference, "--data", self._text("data")]
        for option, name in (("--map", "map"), ("--variant", "variants")):
            for each in self._text(name).split():
                words += [option, each]
        for option, name in (("--limit", "limit"), ("--at-once", "at_once"), ("--budget-usd", "budget")):
            words += [option, self._text(name)] if self._text(name) else []
        return shlex.join(words)


def preview_lines(ready: Prepared) -> list[Line]:
    """Rows, the mapping with the first row's values, and what will be asked."""
    plan, first = ready.plan, ready.survey.first
    lines = [ink(("✓ ", "good"), f"{count(ready.survey.rows, 'row')}, {count(plan.runs, 'run')}")]
    for name, column in ready.mapping.columns.items():
        lines.append(
            ink((f"  {name}", "bold"), f" ← {column}: ", (one_line(first.values.get(column), 60), "dim"))
        )
    asks = f"{plan.model_asks:,} model calls" if plan.model_asks else f"{plan.asks:,} questions"
    told = f"  asks {'about ' if not plan.is_plain else ''}{asks}"
    if plan.variants:
        told += f", each distinct one once ({plan.apart:,} questions without sharing)"
    return [*lines, ink(told), *(ink(("  ! ", "warn"), each.message) for each in ready.warnings)]


def _labelled(label: str, about: str) -> Callable[[int], Line]:
    return lambda width: ink((label, "bold"), (f"  {about}", "dim"))


def _pairs(name: str, text: str) -> list[tuple[str, str]]:
    found = []
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals or not key or not value:
            raise UsageError(f"{name}: {word} should be name=value")
        found.append((key, value))
    return found


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{name} must be a whole number from 1, not {text}")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise UsageError(f"budget must be an amount of dollars, not {text}")
    return amount
