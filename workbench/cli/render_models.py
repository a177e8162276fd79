"""Models and providers, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from workbench.cli.blocks import Column, Grid, Piece, Span
from workbench.cli.formats import duration
from workbench.events import Json
from workbench.ledger.rows import ModelFigures
from workbench.providers.port import ModelInfo, Task
from workbench.study.models import window_unknown
from workbench.usage import Price, dollars, money

TASKS = get_args(Task)
COLUMNS = (
    Column("model"),
    Column("does"),
    Column("window", "right", spare=2),
    Column("can", shrink=True, spare=6),
    Column("in / M", "right"),
    Column("out / M", "right"),
    Column("can be used", shrink=True),
    Column("about", shrink=True, spare=1),
)


RECORD = (
    Column("calls", "right"),
    Column("failed", "right", spare=3),
    Column("p50", "right"),
    Column("p95", "right", spare=4),
    Column("first", "right", spare=5),
    Column("spent", "right"),
)
"""What the record says, where it says anything."""


def models_table(known: Sequence[ModelInfo], figures: Mapping[str, ModelFigures] | None = None) -> Grid:
    """One row a model; prices are dollars for a million tokens."""
    if not figures:
        return Grid(COLUMNS, [_cells(info) for info in known])
    *first, about = COLUMNS
    rows = []
    for info in known:
        *cells, last = _cells(info)
        rows.append([*cells, *_record(figures.get(info.name)), last])
    return Grid((*first, *RECORD, about), rows)


def _record(figures: ModelFigures | None) -> list[Piece]:
    if figures is None:
        return [""] * len(RECORD)
    half, most = figures.seconds or (None, None)
    return [
        f"{figures.calls:,}",
        Span(f"{figures.errors:,}", "red") if figures.errors else "",
        duration(half),
        duration(most),
        duration(figures.first_token),
        money(figures.cost_nano, at_least=not figures.cost_known),
    ]


def _cells(info: ModelInfo) -> list[Piece]:
    return [
        info.name,
        "all" if set(TASKS) <= set(info.tasks) else " ".join(info.tasks),
        "?" if window_unknown(info) else "" if info.window is None else f"{info.window:,}",
        info.capabilities.told(),
        money(info.price.input if info.price else None),
        money(info.price.output if info.price else None),
        _usable(info),
        Span(info.about, "dim"),
    ]


def _usable(info: ModelInfo) -> Piece:
    if not info.available:
        return Span(f"✗ {info.reason}" if info.reason else "✗ no", "red")
    return Span("✓ simulated", "yellow") if info.simulated else Span("✓", "green")


def model_json(info: ModelInfo, figures: ModelFigures | None = None) -> dict[str, Json]:
    """One model for programs."""
    record = None
    if figures is not None:
        half, most = figures.seconds or (None, None)
        record = {
            "calls": figures.calls, "errors": figures.errors, "p50_seconds": half, "p95_seconds": most,
            "first_token_seconds": figures.first_token, "cost_usd": dollars(figures.cost_nano),
            "cost_known": figures.cost_known,
        }  # fmt: skip
    return {
        "model": info.name,
        "about": info.about,
        "tasks": list(info.tasks),
        "window": info.window,
        "max_output": info.max_output,
        "capabilities": {**info.capabilities.plain()},
        "price": _price_json(info.price),
        "simulated": info.simulated,
        "available": info.available,
        "reason": info.reason,
        "record": record,
    }


def _price_json(price: Price | None) -> dict[str, Json] | None:
    """Dollars for a million tokens; None when unknown."""
    if price is None:
        return None
    return {
        "input": dollars(price.input),
        "output": dollars(price.output),
        "cached": dollars(price.cached),
        "cache_write": dollars(price.cache_write),
        "source": price.source,
    }
