"""A dialog with a longer text to read."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from workbench.tui.ink import Line, ink, plain
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar


class ReadingDialog(Dialog[None]):
    """Lines to read; escape leaves."""

    def __init__(self, heading: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._title = heading
        self._lines = lines

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="dialog", classes="-large") as box:
            box.border_title = title(ink(self._title))
            yield Document(id="help")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Show it."""
        text = self.query_one("#help", Document)
        text.show(self._lines)
        text.focus()

    def hints(self) -> Sequence[Hint]:
        """Back."""
        return (Hint("esc", "back", "back"), Hint("j/k", "scroll", ""), Hint("y", "copy", "app.copy"))

    def copy_text(self) -> str:
        """All of it."""
        return "\n".join(plain(line) for line in self._lines)
