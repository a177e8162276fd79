"""The dialog of breakpoints with conditions: set, listed, taken away; and gone back to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from workbench.safe_text import safe_line
from workbench.tui.conditions import problem_of
from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

EXAMPLES = (
    "cost > 0.01 · gates.grounded.score < 0.5 · model != 'local/lead'",
    "error_class == 'timeout' · failed · the name of a step",
)


class ConditionsDialog(Dialog[str]):
    """Edits the list ``conditions`` in place; the result is the one to go back to, if any."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,x", "remove", "Remove", id="condition.remove", tooltip="Take it away", show=False),
    ]
    HELP_TEXT = "Conditions over a step's result. Enter on one goes back to the first step where it was true."

    def __init__(self, conditions: list[str], steps: Collection[str]) -> None:
        super().__init__()
        self._conditions = conditions
        self._steps = steps

    def compose(self) -> ComposeResult:
        """What to write, what is set, hints."""
        with Vertical(id="dialog") as box:
            box.border_title = title(ink("stop where …"))
            yield Input(placeholder="cost > 0.01", id="condition")
            text = Document(id="dialog-text")
            text.can_focus = False
            yield text
            yield VirtualList(self._row, id="choices")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """List what is set."""
        self._say([ink((each, "dim")) for each in EXAMPLES])
        self._list()
        self.query_one("#condition").focus()

    def _row(self, index: int, width: int) -> Line:
        return ink("  ", (self._conditions[index], "bold"))

    def _list(self) -> None:
        choices = self.query_one("#choices", VirtualList)
        choices.set_count(len(self._conditions))
        choices.styles.height = max(1, min(len(self._conditions), 10))

    def _say(self, lines: Sequence[Line]) -> None:
        text = self.query_one("#dialog-text", Document)
        text.styles.height = max(2, min(len(lines), 4))
        text.show(list(lines))

    def hints(self) -> Sequence[Hint]:
        """For the field or for the list."""
        if isinstance(self.focused, Input):
            return (
                Hint("enter", "set", "add"),
                Hint("tab", "to the list", "app.focus_next"),
                Hint("esc", "done", "back"),
            )
        return (
            Hint("enter", "go back to it", "choose"),
            Hint("x", "remove", "remove"),
            Hint("esc", "done", "back"),
        )

    def on_descendant_focus(self) -> None:
        """Other keys matter now."""
        self.query_one("#dialog-keys").refresh()

    @on(Input.Submitted, "#condition")
    def action_add(self) -> None:
        """Set the condition that was written."""
        box = self.query_one("#condition", Input)
        text = safe_line(box.value.strip())
        problem = problem_of(text, self._steps)
        if problem is not None:
            self._say(paragraphs(problem, "bad"))
            return
        if text not in self._conditions:
            self._conditions.append(text)
        box.value = ""
        self._say([ink(("✓ set: ", "good"), text)])
        self._list()
        choices = self.query_one("#choices", VirtualList)
        choices.move_to(self._conditions.index(text))

    def action_remove(self) -> None:
        """Take the chosen condition away."""
        if self._conditions:
            gone = self._conditions.pop(self.query_one("#choices", VirtualList).cursor)
            self._say([ink(("taken away: ", "dim"), gone)])
            self._list()

    def action_choose(self) -> None:
        """Go back to where the chosen condition became true."""
        self.query_one("#choices", VirtualList).action_choose()

    def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        """The chosen condition is the result."""
        if self._conditions:
            self.dismiss(self._conditions[event.index])
