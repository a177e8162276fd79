"""The words of a recipe's label flow."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.blocks import Line, Span, flat
from workbench.events import Json
from workbench.study.check import LabelRow


def label_block(rows: Sequence[LabelRow]) -> list[Line]:
    """Each label: from where, through which steps, to which outputs, and who may see it."""
    lines: list[Line] = []
    for row in rows:
        ways = [", ".join(row.sources) or "its steps", ", ".join(row.steps), ", ".join(row.outputs)]
        lines.append(flat("  label ", Span(row.label, "bold"), f": {' → '.join(filter(None, ways))}"))
        if row.taken_off:
            lines.append(flat(Span(f"    taken off by {', '.join(row.taken_off)}", "dim")))
        if row.is_free:
            lines.append(flat(Span("    no clearance names it: any model may see it", "dim")))
            continue
        for model, cleared in row.models.items():
            mark = Span("    ✓ ", "green") if cleared else Span("    ✗ ", "red")
            lines.append(flat(mark, f"{model}{'' if cleared else ' is not cleared and gets nothing'}"))
    return lines


def label_json(row: LabelRow) -> dict[str, Json]:
    """The same for programs."""
    return {
        "label": row.label, "from": list(row.sources), "steps": list(row.steps),
        "outputs": list(row.outputs), "taken_off_by": list(row.taken_off), "models": dict(row.models),
        "any_model": row.is_free,
    }  # fmt: skip
