"""Why calls were answered or asked as they were: as a page and as JSON."""

from __future__ import annotations

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line
from workbench.cli.formats import short, state, value_text
from workbench.cli.render_differences import difference_blocks
from workbench.events import Json
from workbench.study.explain import TEXTS, Difference
from workbench.study.explaining import Explained

SHOWN = 60


def explain_page(run: str, step: str, calls: list[Explained], width: int) -> list[Block]:
    """All that ``explain`` tells."""
    blocks: list[Block] = [flat(Span(f"step {step}", "bold"), f"  of run {run}")]
    if not calls:
        blocks.append(flat(Span("it asked nobody", "dim")))
    for each in calls:
        blocks += [line(), *_call(each, width)]
    return blocks


def _call(each: Explained, width: int) -> list[Block]:
    head = flat(
        Span(f"{each.call.kind} {each.call.call}", "bold"), f"  {each.call.model or each.call.target}  ",
        state(each.call.status),
    )  # fmt: skip
    style = "green" if each.call.status == "reused" else "yellow" if each.differs else ""
    blocks: list[Block] = [head, flat(Span(each.verdict, style), indent=2)]
    if each.other is None:
        return blocks
    names = dict.fromkeys((*each.parts, *each.other_parts))
    changed = {difference.part for difference in each.differs}
    rows: list[list[Piece]] = [
        [
            Span("≠", "yellow") if name in changed else Span("=", "dim"),
            name,
            _shown(each.other_parts.get(name)),
            _shown(each.parts.get(name)),
        ]
        for name in names
    ]
    columns = [Column(""), Column("part"), Column("recorded", shrink=True), Column("now", shrink=True)]
    blocks.append(Grid(columns, rows))
    for difference in each.differs:
        if difference.part in TEXTS or isinstance(difference.after, str | dict | list):
            blocks += difference_blocks(difference, width)
    return blocks


def _shown(value: Json) -> str:
    return "" if value is None else short(value_text(value), SHOWN)


def explain_json(calls: list[Explained]) -> list[Json]:
    """The same for programs."""
    return [
        {
            "call": each.call.call,
            "kind": each.call.kind,
            "target": each.call.target,
            "status": each.call.status,
            "fingerprint": each.call.fingerprint,
            "verdict": each.verdict,
            "recorded": dict(each.other_parts) if each.other else None,
            "now": dict(each.parts),
            "differences": [difference_json(difference) for difference in each.differs],
        }
        for each in calls
    ]


def difference_json(difference: Difference) -> dict[str, Json]:
    """One part that differs, for programs."""
    texts = difference.part in TEXTS
    return {
        "part": difference.part,
        "before": difference.before,
        "after": difference.after,
        "diff": difference.diff() if texts else None,
    }
