"""What pruning the record does, or did."""

from __future__ import annotations

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line
from workbench.cli.formats import count, moment, size, state
from workbench.events import Json
from workbench.ledger.prune import Pruned

SHOWN = 50
COLUMNS = (
    Column("run"),
    Column("recipe", shrink=True),
    Column("status"),
    Column("started", spare=1),
    Column("texts", "right"),
)


def gc_page(pruned: Pruned) -> list[Block]:
    """What goes, what stays, what it gives back."""
    dry = pruned.after is None
    needed = [_needed(pruned)] if pruned.needed else []
    if not pruned.runs:
        return [flat("nothing to delete"), *needed]
    rows: list[list[Piece]] = [
        [each.id, each.recipe, state(each.status), Span(moment(each.started), "dim"), size(each.bytes)]
        for each in pruned.runs[:SHOWN]
    ]
    blocks: list[Block] = [Grid(COLUMNS, rows)]
    if len(pruned.runs) > SHOWN:
        blocks.append(flat(Span(f"… {len(pruned.runs) - SHOWN:,} runs more", "dim")))
    verb = "would delete" if dry else "deleted"
    told = f"{verb} {count(len(pruned.runs), 'run')} and {count(pruned.texts, 'text')}"
    kept = (
        f", {size(pruned.text_bytes)}; {count(pruned.kept, 'run')} {'stay' if pruned.kept != 1 else 'stays'}"
    )
    blocks += [line(), flat(Span(told, "bold"), kept), *needed]
    if pruned.after is not None:
        blocks.append(flat(f"the record: {size(pruned.before)} → {size(pruned.after)}"))
    else:
        blocks.append(flat(f"the record: {size(pruned.before)}"))
    return blocks


def _needed(pruned: Pruned) -> Block:
    names = ", ".join(pruned.needed[:5]) + (", …" if len(pruned.needed) > 5 else "")
    return flat(Span(f"kept all the same, since they wait or unfinished runs need them: {names}", "dim"))


def gc_json(pruned: Pruned) -> dict[str, Json]:
    """The same for programs."""
    return {
        "dry_run": pruned.after is None,
        "runs": [
            {"run": each.id, "recipe": each.recipe, "status": each.status, "bytes": each.bytes}
            for each in pruned.runs
        ],
        "kept": pruned.kept,
        "needed": list(pruned.needed),
        "texts": pruned.texts,
        "text_bytes": pruned.text_bytes,
        "before_bytes": pruned.before,
        "after_bytes": pruned.after,
    }
