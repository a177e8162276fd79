"""Help: every key of the screen beneath, grouped, made from the same table that binds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical

from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.keys import GROUPS
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar

SIGNS = """✓ done   ▶ running   ○ not yet   ‖ paused   ✗ failed   · skipped
? waits for a person   ■ cancelled   $ over budget   ! crashed
↺ answered from the record   × for each item   ↻ repeated   ◇ conditional   ◉ breakpoint"""

NAMES = {
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "equals_sign": "=",
    "backspace": "⌫",
}


def key_name(key: str) -> str:
    """A key as people read it."""
    key = key.replace("ctrl+", "^").replace("upper_", "⇧")
    return NAMES.get(key, key)


def help_lines(text: str, bindings: Mapping[str, ActiveBinding]) -> list[Line]:
    """What the screen is for, then the keys by group."""
    lines = [*paragraphs(text), ()] if text else []
    for group in GROUPS:
        keys: dict[str, tuple[list[str], str, str]] = {}
        for key, active in bindings.items():
            binding = active.binding
            if binding.group is group and active.enabled:
                names, *_ = keys.setdefault(binding.action, ([], binding.description, binding.tooltip))
                names.append(key_name(key))
        if keys:
            lines.append(ink((group.description, "key")))
            for names, label, tooltip in keys.values():
                shown = " ".join(names)
                lines.append(ink(f"  {shown:<12} ", (f"{label:<14} ", "bold"), (tooltip, "dim")))
            lines.append(())
    lines.append(ink(("Signs", "key")))
    return lines + [(("  ", ""), *line) for line in paragraphs(SIGNS)]


class HelpScreen(Dialog[None]):
    """All keys of the screen beneath."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="dialog", classes="-large") as box:
            box.border_title = title(ink("Keys"))
            yield Document(id="help")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Show it."""
        self.query_one("#help", Document).show(self._lines)
        self.query_one("#help").focus()

    def hints(self) -> Sequence[Hint]:
        """Back."""
        return (Hint("esc", "back", "back"), Hint("j/k", "scroll", ""))
