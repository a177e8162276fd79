"""The batches on record, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.blocks import Block, Column, Grid, Piece, Span
from workbench.cli.formats import moment, state
from workbench.events import Json
from workbench.ledger.batch_rows import BatchRow, BatchTotals
from workbench.usage import dollars, money

COLUMNS = (
    Column("batch"), Column("recipe", shrink=True), Column("data", shrink=True), Column("status"),
    Column("rows", "right"), Column("done", "right"), Column("failed", "right"), Column("cost", "right"),
    Column("started", spare=1),
)  # fmt: skip


def batches_table(listed: Sequence[tuple[BatchRow, BatchTotals]]) -> Block:
    """One line a batch, newest first."""
    return Grid(COLUMNS, [_line(row, totals) for row, totals in listed])


def batch_json(row: BatchRow, totals: BatchTotals) -> dict[str, Json]:
    """A batch as ``runs --batches --json`` prints it; an unknown cost is None."""
    return {
        "batch": row.id, "recipe": row.recipe, "data": row.data, "status": row.status, "rows": row.rows,
        "repeat": row.repeat, "runs": dict(totals.by_status), "started": row.started,
        "finished": row.finished,
        "cost_usd": dollars(totals.cost_nano or 0) if totals.cost_known else None,
    }  # fmt: skip


def _line(row: BatchRow, totals: BatchTotals) -> list[Piece]:
    rows = row.told_rows if row.repeat == 1 else f"{row.told_rows} × {row.repeat}"
    cost = money(totals.cost_nano or 0, at_least=not totals.cost_known)
    return [
        row.id, row.recipe, row.data, state(row.status), rows, f"{totals.by_status.get('done', 0):,}",
        f"{totals.by_status.get('failed', 0):,}", cost, Span(moment(row.started), "dim"),
    ]  # fmt: skip
