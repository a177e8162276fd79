"""The form as rows: a field takes as many as its text needs, up to a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.recipe.source import Path
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.fields import FieldRow
from workbench.tui.ink import Line, cells, fit, ink

MOST_LINES = 6
LABEL = 11
"""The least width of the labels; where there is room they take what the longest needs."""
MOST_LABEL = 24


@dataclass(frozen=True, slots=True)
class FormLine:
    """One row: the field it belongs to, what it shows; or an action to do on enter."""

    field: FieldRow | None
    label: str
    text: str
    name: str = ""
    """The ink of the text."""
    action: str = ""
    part: Path = ()
    """The part of the recipe that it stands for, in the form of a section."""


def form_lines(draft: Draft, fields: Sequence[FieldRow]) -> list[FormLine]:
    """The rows of the form of the selected part."""
    item = draft.item
    if item is None:
        return []
    if item.kind == "section":
        return _section(draft, str(item.path[0]))
    lines: list[FormLine] = []
    for row in fields:
        lines += _field_lines(row)
    if item.kind == "step":
        lines.append(FormLine(None, "", "+ check…", "key", "check"))
    if item.kind != "output":
        lines.append(FormLine(None, "", "+ field…", "key", "add_field"))
    return lines


def _section(draft: Draft, section: str) -> list[FormLine]:
    inside = [row for row in draft.rows if row.item.path[:-1] == (section,)]
    lines = [FormLine(None, row.item.name, row.about, "dim", part=row.item.path) for row in inside]
    return [*lines, FormLine(None, "", "+ add…", "key", "add")]


def _field_lines(row: FieldRow) -> list[FormLine]:
    label = row.label.removeprefix("gate.").removeprefix("set.").removeprefix("with.")
    label = label if row.label.startswith(("set.", "with.")) else label.replace("_", " ")
    label = f"✓ {label}" if row.label.startswith("gate.") else label
    if not row.given:
        return [FormLine(row, label, f"— {row.about}", "dim")]
    if not isinstance(row.value, str) or "\n" not in row.value.strip():
        return [FormLine(row, label, row.text)]
    texts = row.value.rstrip().split("\n")
    shown = (
        texts
        if len(texts) <= MOST_LINES
        else [*texts[: MOST_LINES - 1], f"… {len(texts) - MOST_LINES + 1} more lines"]
    )
    return [FormLine(row, label if number == 0 else "", text) for number, text in enumerate(shown)]


def label_room(lines: Sequence[FormLine], width: int) -> int:
    """How wide the column of labels is in a form of this width."""
    longest = max((cells(ink(line.label)) for line in lines), default=0)
    return max(LABEL, min(longest, width // 3, MOST_LABEL))


def draw_line(line: FormLine, room: int, width: int) -> Line:
    """One row: the label in its column, ``room`` wide, the value beside it."""
    if line.action:
        return ink(" ", (line.text, line.name))
    name = "good" if line.label.startswith("✓") else "" if line.part else "dim"
    label = fit(ink((line.label, name)), room)
    return fit((*label, (" ", ""), *ink((line.text, line.name))), width)
