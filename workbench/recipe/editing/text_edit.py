"""Changes of a text: characters taken out and put in, and the fewest that lead from one text to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class TextEdit:
    """``text`` stands in place of the characters ``start..end`` of the old text."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Sequence[TextEdit]) -> str:
    """The text after all edits; ValueError when two overlap or one leads out of the text."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"the edit {edit.start}..{edit.end} overlaps another or leads out of the text")
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    pieces.append(text[at:])
    return "".join(pieces)


def inverse(text: str, edits: Sequence[TextEdit]) -> list[TextEdit]:
    """The edits that lead from the edited text back to ``text``."""
    found: list[TextEdit] = []
    shift = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        start = edit.start + shift
        found.append(TextEdit(start, start + len(edit.text), text[edit.start : edit.end]))
        shift += len(edit.text) - (edit.end - edit.start)
    return found


def between(old: str, new: str) -> list[TextEdit]:
    """Few and small edits that lead from ``old`` to ``new``: whole lines stay where they are equal."""
    if old == new:
        return []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    at = sum(map(len, before[:head]))
    middle_old = before[head : len(before) - tail]
    middle_new = after[head : len(after) - tail]
    starts = [at]
    for line in middle_old:
        starts.append(starts[-1] + len(line))
    edits = []
    for kind, a, b, c, d in SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_opcodes():
        if kind != "equal":
            edits.append(_trimmed(old, TextEdit(starts[a], starts[b], "".join(middle_new[c:d]))))
    return edits


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _trimmed(old: str, edit: TextEdit) -> TextEdit:
    """The same edit without the characters that it would replace by themselves, at both ends."""
    taken = old[edit.start : edit.end]
    if not taken or not edit.text:
        return edit
    head = _common(taken, edit.text)
    tail = _common(taken[head:][::-1], edit.text[head:][::-1])
    return TextEdit(edit.start + head, edit.end - tail, edit.text[head : len(edit.text) - tail])
