"""Asks models for one word, to see whether they answer; each is a run like any other, on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from workbench.cli.blocks import Line, Span, flat
from workbench.cli.formats import duration
from workbench.cli.output import say, say_json
from workbench.errors import UsageError
from workbench.usage import NANO, money

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.events import Json


def ping_models(here: Session, names: Sequence[str]) -> int:
    """One small call to each model named; 0 when all of them answered."""
    import asyncio

    if not names or not all("/" in name for name in names):
        raise UsageError("which models?", hint="workbench models --ping provider/model; each is one call")
    found = asyncio.run(_all(here, names))
    if here.json:
        say_json(found)
    else:
        say(*map(_line, found))
    return 0 if all(each["status"] == "done" for each in found) else 1


async def _all(here: Session, names: Sequence[str]) -> list[dict[str, Json]]:
    from workbench.study.models import ping

    bench = here.bench()
    try:
        return [asdict(await ping(bench, name)) for name in names]
    finally:
        await bench.close()


def _line(found: dict[str, Json]) -> Line:
    done = found["status"] == "done"
    mark = Span("✓ ", "green") if done else Span("✗ ", "red")
    cost = found["cost_usd"]
    paid = money(None if cost is None else round(cost * NANO))
    told = f"{duration(found['seconds'])}  {paid}  {found['answer']}" if done else f"{found['error']}"
    return flat(mark, Span(f"{found['model']}  ", "bold"), told)
