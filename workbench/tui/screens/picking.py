"""Small dialogs to compose with: a line to type, and rows to pick from by typing a part of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from workbench.safe_text import safe_line
from workbench.tui.compose_keys import PICK_KEYS
from workbench.tui.ink import Line, cells, fit, ink, paragraphs, plain
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

MOST_ROWS = 16
WHOLE_ROWS = 2
"""The rows in which a cut row is told in full."""
MOST_TEXT = 6
"""The rows that the words above the list take at most."""
ROOMY = 18
"""From this many rows of the screen on there is room for them."""
Check = Callable[[str], str | None]
"""What is wrong with a typed text, for people; None when it is right."""


class AskDialog(Dialog[str]):
    """One line of text; the result is the line."""

    def __init__(self, heading: str, value: str = "", about: str = "", check: Check | None = None) -> None:
        super().__init__()
        self._title = heading
        self._value = value
        self._about = about
        self._check = check
        self._wrong = ""

    def compose(self) -> ComposeResult:
        """What it is about, the line, what is wrong, hints."""
        with Vertical(id="dialog") as box:
            box.border_title = title(ink(self._title))
            yield Input(safe_line(self._value), id="ask", select_on_focus=True)
            yield InkedBar(self._note, id="ask-note")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one("#ask").focus()

    def _note(self, width: int) -> Line:
        return ink((f"✗ {self._wrong}", "bad")) if self._wrong else ink((self._about, "dim"))

    def hints(self) -> Sequence[Hint]:
        """Take it, or leave it."""
        return (Hint("enter", "take", "take"), Hint("esc", "back", "back"))

    @on(Input.Changed, "#ask")
    def _typed(self, event: Input.Changed) -> None:
        self._wrong = (self._check(event.value) or "") if self._check and event.value else ""
        self.query_one("#ask-note").refresh()

    @on(Input.Submitted, "#ask")
    def action_take(self) -> None:
        """Give the line back, when it is right."""
        text = self.query_one("#ask", Input).value
        self._wrong = (self._check(text) or "") if self._check else ""
        if self._wrong:
            self.query_one("#ask-note").refresh()
        else:
            self.dismiss(text)


@dataclass(frozen=True, slots=True)
class Pick:
    """One row to pick: what it stands for, how it is drawn, and what more it is found by."""

    value: str
    line: Line
    words: str = ""

    def found_by(self, typed: str) -> bool:
        """True when every typed word occurs."""
        text = f"{self.value} {plain(self.line)} {self.words}".casefold()
        return all(word in text for word in typed.casefold().split())

    def nearness(self, typed: str) -> int:
        """The less the better: its name begins so, its name holds it, something about it does."""
        name = self.value.casefold()
        return 0 if name.startswith(typed) else 1 if typed in name else 2


class PickDialog(Dialog[list[str]]):
    """Rows to pick from; typing narrows them.  The result is what was picked, in order.

    With ``many`` several can be marked (tab); with ``free``, a word about it, what was typed can be taken.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*PICK_KEYS]

    def __init__(
        self,
        heading: str,
        picks: Sequence[Pick],
        *,
        many: bool = False,
        marked: Sequence[str] = (),
        free: str = "",
        text: str = "",
        wide: bool = False,
    ) -> None:
        super().__init__()
        self._wide = wide
        self._title = heading
        self._picks = list(picks)
        self._many = many
        self._free = free
        self._text = text
        self.marked = list(marked)
        self.shown = self._picks

    def compose(self) -> ComposeResult:
        """The line to type, the rows, hints."""
        with Vertical(id="dialog", classes="-wide" if self._wide else "") as box:
            box.border_title = title(ink(self._title))
            if self._text:
                yield Document(id="dialog-text")
            yield Input(placeholder=self._asks, id="pick-filter")
            yield VirtualList(self._row, id="picks")
            yield Document(id="pick-whole")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Fill it."""
        if self._text:
            about = self.query_one("#dialog-text", Document)
            lines = paragraphs(self._text)
            about.can_focus = False
            about.show(lines)
        picks = self.query_one("#picks", VirtualList)
        picks.can_focus = self.query_one("#pick-whole").can_focus = False
        picks.set_count(len(self._picks))
        first = next((n for n, pick in enumerate(self._picks) if pick.value in self.marked), 0)
        picks.move_to(first)
        self.query_one("#pick-filter").focus()
        self.call_after_refresh(self._fit)

    @property
    def _asks(self) -> str:
        if not self._free:
            return "type to find"
        return "type to find, or write your own" if self._picks else "write it here"

    def on_resize(self) -> None:
        """As many rows as there is room for."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Let the rows have the room that is left; a cut row is told in full beneath."""
        box, picks = self.query_one("#dialog"), self.query_one("#picks", VirtualList)
        for about in self.query("#dialog-text").results(Document):
            about.fit(MOST_TEXT)
        whole = self.query_one("#pick-whole", Document)
        width = picks.size.width - (3 if self._many else 0)
        whole.display = any(cells(pick.line) > width for pick in self._picks) and self.size.height >= ROOMY
        others = [each for each in box.children if each is not picks and each.display]
        taken = sum(
            each.outer_size.height + each.styles.margin.bottom for each in others if each is not whole
        )
        taken += picks.styles.margin.bottom + box.gutter.height + (WHOLE_ROWS if whole.display else 0)
        room = int(self.size.height * 0.94) - taken
        wanted = max(1, len(self._picks))
        picks.styles.height = max(1, min(wanted, MOST_ROWS, room))
        picks.move_to(picks.cursor)
        self._tell_whole()

    @on(VirtualList.Moved, "#picks")
    def _tell_whole(self) -> None:
        picks, whole = self.query_one("#picks", VirtualList), self.query_one("#pick-whole", Document)
        if whole.display:
            cut = picks.cursor < len(self.shown) and cells(self.shown[picks.cursor].line) > picks.size.width
            words = " ".join(plain(self.shown[picks.cursor].line).split()) if cut else ""
            whole.show([ink((words, "dim"))])

    def _row(self, index: int, width: int) -> Line:
        pick = self.shown[index]
        if not self._many:
            return fit(pick.line, width)
        place = f"{self.marked.index(pick.value) + 1}" if pick.value in self.marked else " "
        return fit((*ink((f"{place:>2} ", "good")), *pick.line), width)

    def hints(self) -> Sequence[Hint]:
        """Take, mark, back."""
        mark = (Hint("tab", "mark", "mark"),) if self._many else ()
        return (Hint("enter", "take", "take"), *mark, Hint("↑↓", "choose", ""), Hint("esc", "back", "back"))

    @on(Input.Changed, "#pick-filter")
    def _typed(self, event: Input.Changed) -> None:
        typed = event.value.strip().casefold()
        found = [pick for pick in self._picks if pick.found_by(typed)]
        self.query_one("#dialog").border_subtitle = title(
            () if found or self._free else ink(("nothing matches", "warn"))
        )
        self.shown = sorted(found, key=lambda pick: pick.nearness(typed))
        value = event.value.strip()
        if self._free and typed and not self.shown:
            self.shown = [Pick(value, ink(value, (f"  {self._free}", "dim")))]
        picks = self.query_one("#picks", VirtualList)
        picks.set_count(len(self.shown))
        picks.move_to(0)
        self._tell_whole()

    def action_move(self, rows: int) -> None:
        """Move the cursor of the rows while one types."""
        self.query_one("#picks", VirtualList).action_move(rows)

    def action_mark(self) -> None:
        """Mark the row, or no longer."""
        picks = self.query_one("#picks", VirtualList)
        if not self._many or not self.shown:
            return
        value = self.shown[picks.cursor].value
        if value in self.marked:
            self.marked.remove(value)
        else:
            self.marked.append(value)
            if all(value != pick.value for pick in self._picks):
                self._picks.append(self.shown[picks.cursor])
        picks.refresh()

    @on(Input.Submitted, "#pick-filter")
    def action_take(self) -> None:
        """Give back what is marked, else the row at the cursor."""
        if self._many and self.marked:
            self.dismiss(self.marked)
        elif self.shown:
            self.dismiss([self.shown[self.query_one("#picks", VirtualList).cursor].value])

    @on(VirtualList.Chosen, "#picks")
    def _clicked(self) -> None:
        if self._many:
            self.action_mark()
        else:
            self.action_take()
