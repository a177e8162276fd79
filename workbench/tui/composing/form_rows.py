"""The form as rows: a field takes as many as its text needs, up to a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.tui.composing.draft import Draft
from workbench.tui.composing.fields import FieldRow
from workbench.tui.ink import Line, fit, ink

MOST_LINES = 6
LABEL = 11


@dataclass(frozen=True, slots=True)
class FormLine:
    """One row: the field it belongs to, what it shows; or an action to do on enter."""

    field: FieldRow | None
    label: str
    text: str
    name: str = ""
    """The ink of the text."""
    action: str = ""


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
    inside = [each for each in draft.items if each.path[:-1] == (section,)]
    lines = [FormLine(None, "", each.name) for each in inside]
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


def draw_line(line: FormLine, width: int) -> Line:
    """One row: the label in its column, the value beside it."""
    if line.action or line.field is None:
        return ink(" ", (line.text, line.name))
    label = fit(ink((line.label, "good" if line.label.startswith("✓") else "dim")), LABEL)
    return fit((*label, (" ", ""), *ink((line.text, line.name))), width)
