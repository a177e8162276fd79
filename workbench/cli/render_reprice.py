"""Past calls under other prices, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.blocks import Column, Grid
from workbench.events import Json
from workbench.study.reprice import Repriced
from workbench.usage import dollars, money

COLUMNS = (
    Column("model"),
    Column("calls", "right"),
    Column("cost", "right"),
    Column("would cost", "right"),
    Column("without a price", "right", spare=1),
)


def repriced_table(found: Sequence[Repriced]) -> Grid:
    """One row a model, and their sum."""
    total = Repriced("together")
    for each in found:
        total.calls += each.calls
        total.recorded += each.recorded
        total.recorded_unknown += each.recorded_unknown
        total.would_cost += each.would_cost
        total.unknown += each.unknown
    rows = [*found, total] if len(found) > 1 else found
    return Grid(COLUMNS, [_cells(each) for each in rows])


def repriced_json(each: Repriced) -> dict[str, Json]:
    """One model for programs; a sum that is not the whole is null, and what is known of it beside."""
    return {
        "model": each.model,
        "calls": each.calls,
        "cost_usd": None if each.recorded_unknown else dollars(each.recorded),
        "known_cost_usd": dollars(each.recorded),
        "would_cost_usd": None if each.unknown else dollars(each.would_cost),
        "known_would_cost_usd": dollars(each.would_cost),
        "without_a_price": each.unknown,
    }


def _cells(each: Repriced) -> list[str]:
    return [
        each.model,
        f"{each.calls:,}",
        _amount(each.recorded, each.recorded_unknown, each.calls),
        _amount(each.would_cost, each.unknown, each.calls),
        f"{each.unknown:,}" if each.unknown else "",
    ]


def _amount(nano: int, unknown: int, calls: int) -> str:
    return money(None if calls and unknown == calls else nano, at_least=unknown > 0)
