"""Search: words in the prompts, answers, inputs, outputs and errors of all runs."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from workbench.errors import WorkbenchError
from workbench.ledger.search import Match, Searched, terms_of
from workbench.tui import presentation as show
from workbench.tui.found_rows import (
    TABS_OF,
    excerpt_text,
    found_detail,
    found_heading,
    found_row,
)
from workbench.tui.ink import Line, ink, spread
from workbench.tui.keys import SEARCH_KEYS
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.search_words import Wanted, read_wanted
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

TYPING_PAUSE = 0.15
PATIENCE = 1.0
"""Seconds without a note that it takes its time."""
MOST = 200
"""Matches shown."""
LONGEST = 400
"""Characters of what one may look for."""

EMPTY = (
    "Everything on record, searched.",
    "",
    "Prompts, answers, inputs, outputs and errors of all runs, newest first.",
    'All words must be in one text. "Words in quotes" stand together,',
    "and begin* finds beginnings. Case and accents make no difference.",
    "recipe:NAME and status:failed look into such runs only.",
)
NO_WORD = ("There is no word in it to look for.", "", "Words are letters and digits.")
NO_MATCH = ("Nothing on record matches.", "", "All words must be in one text; begin* finds beginnings.")


class Left(Exception):
    """Whoever looked for something has gone."""


class SearchScreen(WorkbenchScreen):
    """A field, and where on record its words stand."""

    CSS_PATH = "search.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*SEARCH_KEYS]
    HELP_TEXT = (
        'Finds words, "phrases in quotes" and beginnings* in the prompts, answers, inputs, outputs and '
        "errors of all runs, or of those of recipe:NAME or status:failed. enter opens the run at the step "
        "that holds them."
    )

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._first = text[:LONGEST]
        self.found = Searched((), 0, 0)
        self._wanted = ""
        self._searching = False
        self._left = False
        self._began = 0.0
        self._progress = (0, 0)
        self._pause: Timer | None = None
        self._shown = ""
        """What the matches in view are matches of."""
        self._hurry = False
        """Someone waits to go to the matches."""

    def compose(self) -> ComposeResult:
        """Bar, field, matches, the one at the cursor, hints."""
        yield InkedBar(self._bar, id="bar")
        yield Input(self._first, placeholder="words to look for", max_length=LONGEST, id="query")
        yield VirtualList(self._row, found_heading, id="found")
        yield Document(id="excerpt")
        yield Document(id="nothing")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Begin at the field."""
        self.query_one("#found").border_title = title(ink("Found"))
        self.query_one("#excerpt").border_title = title(ink("Text"))
        self.query_one("#nothing", Document).can_focus = False
        self._show(Searched((), 0, 0), EMPTY)
        self.query_one("#query").focus()
        self.set_interval(0.25, self._tick)

    def on_unmount(self) -> None:
        """However one leaves, a search under way stops."""
        self._left = True

    # -- searching ----------------------------------------------------------------------------------

    @on(Input.Changed, "#query")
    def _typed(self) -> None:
        self._hurry = False
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(TYPING_PAUSE, self._look)

    def _look(self) -> None:
        """Look for what stands in the field; a search under way ends first, and what it finds is dropped."""
        text = self._wanted = self.query_one("#query", Input).value.strip()
        if not terms_of(read_wanted(text).words):
            self._show(Searched((), 0, 0), NO_WORD if text else EMPTY)
        elif not self._searching:
            self._searching = True
            self._search()

    @work(group="search")
    async def _search(self) -> None:
        text = ""
        try:
            while text != self._wanted and terms_of(read_wanted(self._wanted).words):
                text, self._began, self._progress = self._wanted, time.monotonic(), (0, 0)
                found = await asyncio.to_thread(self._find, read_wanted(text))
                if text == self._wanted and not self._left:
                    self._show(found, NO_MATCH)
        except Left:
            return
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
        finally:
            self._searching = False
            for bar in self.query("#bar"):  # none where one has left
                bar.refresh()

    def _find(self, wanted: Wanted) -> Searched:
        return self.workbench.bench.reader.search(
            wanted.words, MOST, self._heard, recipe=wanted.recipe, status=wanted.status
        )

    def _heard(self, done: int, total: int) -> None:
        """In the search's thread: so many of so many runs are read into the index."""
        self._progress = (done, total)
        if self._left:
            raise Left

    def _tick(self) -> None:
        if self._searching:
            self.query_one("#bar").refresh()

    def _show(self, found: Searched, otherwise: Sequence[str]) -> None:
        """Show what was found, or say why there is nothing."""
        self.found, self._shown = found, self._wanted
        matches = self.query_one("#found", VirtualList)
        had_focus = matches.has_focus
        self.set_class(bool(found.matches), "-found")
        matches.set_count(len(found.matches))
        with matches.prevent(VirtualList.Moved):
            matches.move_to(0)
        lines = [ink(line) if at else ink((line, "bold")) for at, line in enumerate(otherwise)]
        self.query_one("#nothing", Document).show(lines)
        if had_focus and not found.matches:
            self.action_field()
        elif self._hurry and found.matches:
            self.set_focus(matches)
        self._hurry = False
        self._show_match()
        self.query_one("#bar").refresh()
        self.refresh_hints()

    # -- drawing ------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        left = ink(" ", ("search", "bold"), ("  everything on record", "dim"))
        return spread(left, (*self._note(), (" ", "")), width)

    def _note(self) -> Line:
        """How many there are, or how far it is."""
        if self._searching and time.monotonic() - self._began > PATIENCE:
            done, total = self._progress
            if not total:
                return ink(("▶ searching", "live"))
            return ink((f"▶ reading the record: {done:,} of {show.count(total, 'run')}", "live"))
        shown, total = len(self.found.matches), self.found.total
        if total > shown:
            return ink((f"the first {shown:,} of {show.count(total, 'text')}", "dim"))
        return ink((show.count(total, "text"), "dim")) if total else ()

    def _row(self, index: int, width: int) -> Line:
        return found_row(self.found.matches[index], width)

    @property
    def chosen(self) -> Match | None:
        """The match at the cursor."""
        matches = self.found.matches
        return matches[self.query_one("#found", VirtualList).cursor] if matches else None

    @on(VirtualList.Moved, "#found")
    def _show_match(self) -> None:
        found, match = self.query_one("#found", VirtualList), self.chosen
        if match is not None:
            found.border_subtitle = title(ink(f"{found.cursor + 1:,} of {found.count:,}"))
            self.query_one("#excerpt", Document).show(found_detail(match, self.workbench.now()))

    def hints(self) -> Sequence[Hint]:
        """For the field or the matches."""
        back = Hint("esc", "back", "back")
        if isinstance(self.focused, Input):
            return (Hint("F1", "help", "app.help"), Hint("enter", "to the matches", "matches"), back)
        return (HELP, Hint("enter", "open", "open"), Hint("/", "search", "field"), back)

    def on_descendant_focus(self) -> None:
        """Other keys matter now."""
        self.refresh_hints()

    # -- actions ------------------------------------------------------------------------------------

    @on(VirtualList.Chosen, "#found")
    def action_open(self) -> None:
        """Open the run at the step."""
        match = self.chosen
        if match is not None:
            self.workbench.open_run(match.run, match.path, TABS_OF.get(match.place, "Answer"))

    @on(Input.Submitted, "#query")
    def action_matches(self) -> None:
        """From the field to what was found; what was typed last is looked for first."""
        if self._shown != self.query_one("#query", Input).value.strip():
            self._hurry = True
            self._look()
        elif self.found.matches:
            self.set_focus(self.query_one("#found"))

    def action_field(self) -> None:
        """Type other words."""
        self.set_focus(self.query_one("#query"))

    def action_back(self) -> None:
        """Back to where one came from; a search under way stops."""
        self._left = True
        self.dismiss()

    def copy_text(self) -> str:
        """The excerpt at the cursor."""
        return excerpt_text(self.chosen) if self.chosen else ""

    def command(self) -> str:
        """The same on the command line."""
        wanted = read_wanted(self._wanted).options if self._wanted else []
        return shlex.join(["workbench", "search", *wanted])
