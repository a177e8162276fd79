"""A dialog for one line: asked for with examples, and taken when it is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from workbench.safe_text import safe_line
from workbench.tui.ink import ink
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar


class LineDialog(Dialog[str]):
    """One line; ``wrong`` says what is wrong with it, or nothing."""

    HELP_TEXT = "Write one line; enter takes it, escape leaves all as it was."

    def __init__(
        self, heading: str, value: str, told: Sequence[str], wrong: Callable[[str], str], hint: str = ""
    ) -> None:
        super().__init__()
        self._title = heading
        self._value = value
        self._told = told
        self._wrong = wrong
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The line, what may stand there, hints."""
        with Vertical(id="dialog") as box:
            box.border_title = title(ink(self._title))
            yield Input(self._value, placeholder=self._hint, id="line")
            text = Document(id="dialog-text")
            text.can_focus = False
            yield text
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Write at once."""
        text = self.query_one("#dialog-text", Document)
        text.styles.height = max(2, len(self._told))
        text.show([ink((each, "dim")) for each in self._told])
        self.query_one("#line").focus()

    def hints(self) -> Sequence[Hint]:
        """Take it or leave it."""
        return (Hint("enter", "use", "use"), Hint("esc", "back", "back"))

    @on(Input.Submitted, "#line")
    def action_use(self) -> None:
        """Give the line back when it is right."""
        line = self.query_one("#line", Input).value.strip()
        problem = self._wrong(line)
        if problem:
            self.query_one("#dialog-text", Document).show([ink(("✗ ", "bad"), safe_line(problem))])
        else:
            self.dismiss(line)
