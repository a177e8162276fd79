"""``workbench rerun --batch``: the runs of a batch again with something changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Column, Grid, flat
from workbench.cli.formats import count, state
from workbench.cli.output import say, say_json, tell
from workbench.events import Json
from workbench.study.rerun_batch import Rerun, rerun_batch
from workbench.usage import dollars, money

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.study.change import Change

SHOWN = 20
"""Runs that a table shows; all of them count in the sums and stand in the JSON."""
COLUMNS = (
    Column("run"), Column("before"), Column("now", spare=1), Column("status"),
    Column("called", "right"), Column("reused", "right"), Column("cost", "right"),
    Column("saved", "right"),
)  # fmt: skip


def rerun_all(here: Session, batch: str, change: Change, *, errors: bool, offline: bool) -> int:
    """Rerun a batch, tell of it, and return the exit code: 1 when a run failed."""
    done = asyncio.run(_work(here, batch, change, errors=errors, offline=offline))
    if here.json:
        say_json([_json(each) for each in done])
    else:
        say(*_page(done))
    return int(any(each.after.status in ("failed", "crashed") for each in done))


async def _work(here: Session, batch: str, change: Change, *, errors: bool, offline: bool) -> list[Rerun]:
    bench = here.bench(offline=offline)
    ended = 0

    def hear(each: Rerun) -> None:
        nonlocal ended
        ended += 1
        if not here.json and ended % 100 == 0:
            tell(flat(f"{ended:,} runs"))

    try:
        return await rerun_batch(bench, batch, change, hear, errors=errors)
    finally:
        await bench.close()


def _page(done: Sequence[Rerun]) -> list[Block]:
    """A table of what changed its status or asked anything, and the sums."""
    told = [each for each in done if each.after.calls or each.after.status != each.before.status]
    rows = [
        (
            each.after.id, each.before.id, state(each.before.status), state(each.after.status),
            f"{each.after.calls:,}", f"{each.after.reused:,}", money(each.after.cost_nano),
            money(each.after.saved_nano),
        )
        for each in told[:SHOWN]
    ]  # fmt: skip
    after = [each.after for each in done]
    statuses = Counter(row.status for row in after)
    cost = money(sum(row.cost_nano for row in after), at_least=not all(row.cost_known for row in after))
    sums = (
        f"{count(len(after), 'run')}: {sum(row.calls for row in after):,} called, "
        f"{sum(row.reused for row in after):,} reused, "
        f"cost {cost}, "
        f"saved {money(sum(row.saved_nano for row in after))}"
    )
    ended = ", ".join(f"{number:,} {status}" for status, number in sorted(statuses.items()))
    more = [flat(f"and {count(len(told) - SHOWN, 'more run')}")] if len(told) > SHOWN else []
    table = [Grid(COLUMNS, rows)] if rows else []
    return [*table, *more, flat(f"{sums}; {ended}" if ended else sums)]


def _json(each: Rerun) -> dict[str, Json]:
    row = each.after
    return {
        "run": row.id,
        "parent": each.before.id,
        "status": row.status,
        "calls": row.calls,
        "reused": row.reused,
        "cost_usd": dollars(row.cost_nano) if row.cost_known else None,
        "saved_usd": dollars(row.saved_nano),
    }
