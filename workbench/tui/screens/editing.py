"""Texts to edit: a prompt before it is sent, an answer before it is used, an answer to a question."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import TextArea

from workbench.safe_text import safe_text
from workbench.tui.ink import ink, paragraphs
from workbench.tui.keys import EDIT_KEYS
from workbench.tui.screens.dialogs import ConfirmDialog, Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar


class EditDialog(Dialog[list[str]]):
    """One text area for each named text; the result is all texts.

    A text nobody touched comes back as it was, even where controls in it were shown as pictures.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*EDIT_KEYS]

    def __init__(
        self, heading: str, texts: Sequence[tuple[str, str]], above: str = "", use: str = "use"
    ) -> None:
        super().__init__()
        self._title = heading
        self._texts = texts
        self._above = above
        self._use = use

    def compose(self) -> ComposeResult:
        """The texts beneath each other."""
        with Vertical(id="dialog", classes="-large") as box:
            box.border_title = title(ink(self._title))
            if self._above:
                yield Document(id="dialog-text")
            with VerticalScroll(id="texts", can_focus=False):
                for name, text in self._texts:
                    area = TextArea(safe_text(text), soft_wrap=True, tab_behavior="focus")
                    area.border_title = title(ink(name))
                    yield area
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Start at the last text, which is the one most often edited."""
        if self._above:
            lines = paragraphs(self._above)
            above = self.query_one("#dialog-text", Document)
            above.can_focus = False
            above.show(lines)
            self.call_after_refresh(self._fit, above)
        areas = list(self.query(TextArea))
        for area in areas[:-1]:
            area.styles.height = min(8, area.document.line_count + 3)
        areas[-1].focus()

    def _fit(self, above: Document) -> None:
        """The words above take the rows they need, wrapped, and leave most of the room to the texts."""
        above.fit(self.size.height // 3)

    def hints(self) -> Sequence[Hint]:
        """Use, editor, back."""
        other = (Hint("tab", "next text", "app.focus_next"),) if len(self._texts) > 1 else ()
        use, editor = Hint("^s", self._use, "use"), Hint("F4", "$EDITOR", "editor")
        return (use, editor, *other, Hint("esc", "back", "back"))

    def action_use(self) -> None:
        """Give all texts back."""
        texts = []
        for area, (_, before) in zip(self.query(TextArea), self._texts, strict=True):
            texts.append(before if area.text == safe_text(before) else area.text)
        self.dismiss(texts)

    def action_back(self) -> None:
        """Leave it; asks first where something was typed."""
        areas = zip(self.query(TextArea), self._texts, strict=True)
        if all(area.text == safe_text(before) for area, (_, before) in areas):
            self.dismiss(None)
            return
        question = f"What you typed is not used yet (^s does: {self._use}). Throw it away?"
        self.app.push_screen(ConfirmDialog(question, "throw it away"), self._left)

    def _left(self, sure: bool | None) -> None:
        if sure:
            self.dismiss(None)

    def action_editor(self) -> None:
        """Edit the text that has the focus in $EDITOR."""
        area = self.focused if isinstance(self.focused, TextArea) else self.query(TextArea).last()
        edited = edit_outside(self.app, area.text)
        if edited is not None:
            area.text = edited


def edit_outside(app: App[object], text: str) -> str | None:
    """``text`` edited in $VISUAL or $EDITOR; None when that was not possible."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text.md")
        path.write_text(text, encoding="utf-8")
        try:
            with app.suspend():
                done = subprocess.run([*shlex.split(command), str(path)], check=False)
        except SuspendNotSupported:
            app.notify("This terminal cannot step aside for an editor.", severity="warning", markup=False)
            return None
        except (OSError, ValueError):
            app.notify("The editor in $EDITOR could not be started.", severity="error", markup=False)
            return None
        return path.read_text(encoding="utf-8") if done.returncode == 0 else None
