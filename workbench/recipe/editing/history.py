"""Undo and redo without end: the text of a document, files beside it, and every change that led to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.recipe.editing.text_edit import TextEdit, apply, inverse


@dataclass(slots=True)
class _Change:
    """One step of the history: edits onward, edits back, and what it is called."""

    onward: list[TextEdit]
    back: list[TextEdit]
    label: str
    typing: bool
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The texts of other files before and after."""


class History:
    """A text with its past and its future.  Undoing all of it gives the same characters again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.files: dict[str, str] = {}
        """The files beside it that a change has touched, by name, as they are now."""
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._closed = False

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change, taken back, to make again."""
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """What ``undo`` would take back; empty when nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What ``redo`` would make again; empty when nothing."""
        return self._undone[-1].label if self._undone else ""

    def change(
        self,
        edits: Sequence[TextEdit],
        label: str,
        *,
        typing: bool = False,
        files: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Make a change.  Typing that goes on where the last typing ended becomes one change with it.

        ``files`` are other files that change with the text: the text of each before and after.
        """
        edits = [edit for edit in edits if self.text[edit.start : edit.end] != edit.text]
        files = {name: pair for name, pair in (files or {}).items() if pair[0] != pair[1]}
        if not edits and not files:
            return
        change = _Change(list(edits), inverse(self.text, edits), label, typing, files)
        self.text = apply(self.text, edits)
        self.files |= {name: after for name, (_, after) in files.items()}
        self._undone.clear()
        last = self._done[-1] if self._done and not self._closed else None
        self._closed = False
        if last is None or not typing or not last.typing or not _joined(last, change):
            self._done.append(change)

    def close(self) -> None:
        """What is typed from here on is a change of its own: the cursor moved, or time passed."""
        self._closed = True

    def undo(self) -> str | None:
        """Take the last change back; its label, or None when there is none."""
        if not self._done:
            return None
        change = self._done.pop()
        self.text = apply(self.text, change.back)
        self.files |= {name: before for name, (before, _) in change.files.items()}
        self._undone.append(change)
        self._closed = True
        return change.label

    def redo(self) -> str | None:
        """Make the change again that was taken back last; its label, or None when there is none."""
        if not self._undone:
            return None
        change = self._undone.pop()
        self.text = apply(self.text, change.onward)
        self.files |= {name: after for name, (_, after) in change.files.items()}
        self._done.append(change)
        self._closed = True
        return change.label


def _joined(last: _Change, new: _Change) -> bool:
    """Whether ``new`` goes on where ``last`` ended; if so it is taken up into ``last``.

    A line break or the first letter of a word after a space begins a new change, as in other editors.
    """
    if len(last.onward) != 1 or len(new.onward) != 1 or "\n" in last.onward[0].text:
        return False
    (one,), (two,) = last.onward, new.onward
    end = one.start + len(one.text)
    if two.text and two.start == two.end == end and one.text:
        if "\n" in two.text or (one.text[-1].isspace() and not two.text[0].isspace()):
            return False
        merged = TextEdit(one.start, one.end, one.text + two.text)
        taken = last.back[0].text
    elif not two.text and not one.text and two.end == one.start:
        merged = TextEdit(two.start, one.end, "")
        taken = new.back[0].text + last.back[0].text
    else:
        return False
    last.onward = [merged]
    last.back = [TextEdit(merged.start, merged.start + len(merged.text), taken)]
    return True
