"""Roles and their models as they did by the record, and as they stand in this process now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.providers.rates import RateState
from workbench.study.bench import Bench
from workbench.study.routes import LATEST_RUNS, Routed, RouteFigures, figures, routed

LATEST = 5
"""Calls that are shown of a model."""


@dataclass(frozen=True, slots=True)
class RouteLook:
    """One model of one role."""

    figures: RouteFigures
    latest: tuple[Routed, ...]
    """Its latest calls, newest first."""
    breaker: str
    """``closed``, ``open`` or ``half-open``: whether this process asks it now."""
    resting: str
    """Why it is not asked; empty when it is."""
    rates: RateState | None
    """How its provider's rate limits stand; None when this process has not asked it."""


async def look_at_routes(bench: Bench) -> list[RouteLook]:
    """Every role and model on record, with what this process knows of the model's health."""
    attempts = await asyncio.to_thread(lambda: list(routed(bench.reader, runs=LATEST_RUNS)))
    return looks(attempts, bench)


def looks(attempts: Sequence[Routed], bench: Bench) -> list[RouteLook]:
    """The same from attempts that were read already."""
    rates = {state.provider: state for state in bench.rates.states()}
    latest: dict[tuple[str, str, str], list[Routed]] = {}
    for each in attempts:
        found = latest.setdefault((each.recipe, each.decision.role, each.call.target), [])
        if len(found) < LATEST:
            found.append(each)
    return [
        RouteLook(
            row,
            () if row.is_shadow else tuple(latest[row.recipe, row.role, row.model]),
            bench.health.state(row.model),
            bench.health.resting(row.model),
            rates.get(row.model.partition("/")[0]),
        )
        for row in figures(attempts)
    ]
