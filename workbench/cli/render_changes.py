"""The cases that came out otherwise, each with what it was given and what both came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Line, Span, flat, line, title
from workbench.cli.formats import count, short
from workbench.cli.render_differences import screen_width
from workbench.events import Json

if TYPE_CHECKING:
    from workbench.study.case_texts import CaseTexts
    from workbench.study.compare_many import Change

Texts = Mapping["Change", "CaseTexts"]
SHOWN = 10
LEFT, NAME = 4, 6
"""Cells before the texts of a case, and of the name of one."""


def changes_page(name: str, changes: Sequence[Change], texts: Texts) -> list[Block]:
    """The first of the changes, the worst first."""
    if not changes:
        return []
    blocks: list[Block] = [line(), title(f"{name}: {count(len(changes), 'case')}")]
    for each in changes[:SHOWN]:
        blocks += _case(each, texts[each])
    if len(changes) > SHOWN:
        blocks.append(flat(Span(f"… {len(changes) - SHOWN:,} more", "dim"), indent=2))
    blocks.append(flat(Span(f"workbench compare {changes[0].first_run} {changes[0].run}", "dim"), indent=2))
    return blocks


def _case(change: Change, told: CaseTexts) -> list[Line]:
    measures = f"  {', '.join(change.measures)}" if change.measures else ""
    head = f"row {change.row}  {change.subject} passed {-100 * change.loss:+.0f} %{measures}"
    lines = [flat(head, Span(f"  {change.first_run} {change.run}", "dim"), indent=2)]
    lines.append(_text("given", told.given, "bold"))
    if told.first == told.other:
        return [*lines, _text("both", told.first)]
    return [*lines, _text("a", told.first), _text(change.subject, told.other)]


def _text(name: str, text: str, style: str = "") -> Line:
    """The beginning of a text behind its name, as long as the screen is wide."""
    room = max(20, screen_width() - LEFT - NAME)
    return flat(Span(name.ljust(NAME), "dim"), Span(short(text, room), style), indent=LEFT)


def change_json(change: Change, texts: Texts) -> dict[str, Json]:
    """A change as one object, with the beginnings of its texts."""
    told = texts[change]
    return {**asdict(change), "row": change.row, "given": told.given,
            "answers": {"a": told.first, change.subject: told.other}}  # fmt: skip
