"""Help: every key of the screen beneath, grouped, made from the same table that binds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical

from workbench.tui.ink import Line, ink, paragraphs, wrap
from workbench.tui.keys import GROUPS
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar

SIGNS = """✓ done   ▶ running   ○ not yet   ‖ paused   ✗ failed   · skipped
? waits for a person   ■ cancelled   $ over budget   ! crashed
↺ answered from the record   × for each item   ↻ repeated   ◇ conditional   ◉ breakpoint"""

LABEL = 15
WIDEST = 102
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


def _row(keys: str, label: str, tooltip: str, width: int) -> list[Line]:
    """One key: what it does hangs in a column of its own."""
    before = f"  {keys:<12} "
    told = wrap(ink((tooltip, "dim")), max(20, width - len(before) - LABEL))
    first = ink(before, (f"{label:<{LABEL}}", "bold"))
    return [(*(first if number == 0 else ((" " * (len(before) + LABEL), ""),)), *line)
            for number, line in enumerate(told)]  # fmt: skip


def help_lines(text: str, bindings: Mapping[str, ActiveBinding], width: int = WIDEST) -> list[Line]:
    """What the screen is for, then the keys by group, for lines of ``width`` cells."""
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
                lines += _row(shown, label, tooltip, width)
            lines.append(())
    lines.append(ink(("Signs", "key")))
    return lines + [(("  ", ""), *line) for line in paragraphs(SIGNS)]


class HelpScreen(Dialog[None]):
    """All keys of the screen beneath."""

    def __init__(self, text: str, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._about = text
        self._shown_keys = dict(bindings)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="dialog", classes="-large") as box:
            box.border_title = title(ink("Keys"))
            yield Document(id="help")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Ready to scroll."""
        self.query_one("#help").focus()
        self.on_resize()

    def on_resize(self) -> None:
        """Show it for the width there is."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        text = self.query_one("#help", Document)
        text.show(help_lines(self._about, self._shown_keys, text.room), keep=True)

    def hints(self) -> Sequence[Hint]:
        """Back."""
        return (Hint("esc", "back", "back"), Hint("j/k", "scroll", ""))
