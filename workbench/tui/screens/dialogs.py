"""Small dialogs over a screen: yes or no, one of a list, a text to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from workbench.tui.ink import Line, fit, ink, paragraphs
from workbench.tui.keys import BACK_KEYS
from workbench.tui.screens.going import GoingScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

Result = TypeVar("Result")


class Dialog(GoingScreen[Result], ModalScreen[Result]):
    """A dialog: escape closes it without a result."""

    BINDINGS: ClassVar[list[BindingType]] = [*BACK_KEYS]
    HELP_TEXT: ClassVar[str] = "A dialog: enter or the key named below takes it, escape leaves it."

    def action_back(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def hints(self) -> Sequence[Hint]:
        """Which keys matter here."""
        return (Hint("enter", "choose", "choose"), Hint("esc", "back", "back"))

    def copy_text(self) -> str:
        """What ``y`` copies."""
        return ""

    def command(self) -> str:
        """Dialogs have no command of their own."""
        return ""


class ChoiceDialog(Dialog[int]):
    """One of a few rows; the result is the row's number.  ``text`` stands above them."""

    def __init__(self, heading: str, rows: Sequence[Line], text: str = "") -> None:
        super().__init__()
        self._title = heading
        self._rows = rows
        self._text = text

    def compose(self) -> ComposeResult:
        """Text, rows, hints."""
        with Vertical(id="dialog") as box:
            box.border_title = title(ink(self._title))
            if self._text:
                yield Document(id="dialog-text")
            yield VirtualList(lambda index, width: fit((("  ", ""), *self._rows[index]), width), id="choices")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Fill it, as high as it needs to be."""
        choices = self.query_one("#choices", VirtualList)
        choices.set_count(len(self._rows))
        choices.styles.height = min(len(self._rows), 14)
        if self._text:
            lines = paragraphs(self._text)
            text = self.query_one("#dialog-text", Document)
            text.styles.height = min(sum(1 + len("".join(t for t, _ in line)) // 60 for line in lines), 16)
            text.show(lines)
        choices.focus()

    def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        """Take the row."""
        self.dismiss(event.index)

    def action_choose(self) -> None:
        """Take the row at the cursor."""
        self.query_one("#choices", VirtualList).action_choose()


class ConfirmDialog(Dialog[bool]):
    """Asks before something is lost."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "Yes", id="dialog.yes", tooltip="Do it", show=False),
        Binding("n", "back", "No", id="dialog.no", tooltip="Leave it", show=False),
    ]

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """Question and hints."""
        with Vertical(id="dialog"):
            yield Document(id="dialog-text")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Show the question."""
        text = self.query_one("#dialog-text", Document)
        text.show(paragraphs(self._question))
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """As many rows as the question needs in the width there is."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        self.query_one("#dialog-text", Document).fit(self.size.height // 2)

    def hints(self) -> Sequence[Hint]:
        """Yes and no."""
        return (Hint("y", self._yes, "yes"), Hint("n", "no", "back"))

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)


class LeaveDialog(ConfirmDialog, inherit_bindings=False):
    """Asks what is to become of unsaved work: True saves it, False lets it go, nothing stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *BACK_KEYS,
        Binding("s,enter", "yes", "Save", id="leave.save", tooltip="Save, and leave", show=False),
        Binding("n", "drop", "Drop", id="leave.drop", tooltip="Leave without saving", show=False),
    ]

    def hints(self) -> Sequence[Hint]:
        """Save, drop, stay."""
        return (
            Hint("s", self._yes, "yes"),
            Hint("n", "leave without saving", "drop"),
            Hint("esc", "stay", "back"),
        )

    def action_drop(self) -> None:
        """Let it go."""
        self.dismiss(False)
