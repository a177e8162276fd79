"""Models and providers, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from workbench.cli.blocks import Column, Grid, Piece, Span
from workbench.events import Json
from workbench.providers.port import ModelInfo, Task
from workbench.usage import Price, dollars, money

TASKS = get_args(Task)
COLUMNS = (
    Column("model"),
    Column("does"),
    Column("window", "right", spare=2),
    Column("in / M", "right"),
    Column("out / M", "right"),
    Column("can be used", shrink=True),
    Column("about", shrink=True, spare=1),
)


def models_table(known: Sequence[ModelInfo]) -> Grid:
    """One row a model; prices are dollars for a million tokens."""
    return Grid(COLUMNS, [_cells(info) for info in known])


def _cells(info: ModelInfo) -> list[Piece]:
    return [
        info.name,
        "all" if set(TASKS) <= set(info.tasks) else " ".join(info.tasks),
        "" if info.window is None else f"{info.window:,}",
        money(info.price.input) if info.price else "?",
        money(info.price.output) if info.price else "?",
        _usable(info),
        Span(info.about, "dim"),
    ]


def _usable(info: ModelInfo) -> Piece:
    if not info.available:
        return Span(f"✗ {info.reason}" if info.reason else "✗ no", "red")
    return Span("✓ simulated", "yellow") if info.simulated else Span("✓", "green")


def model_json(info: ModelInfo) -> dict[str, Json]:
    """One model for programs."""
    return {
        "model": info.name,
        "about": info.about,
        "tasks": list(info.tasks),
        "window": info.window,
        "price": _price_json(info.price),
        "simulated": info.simulated,
        "available": info.available,
        "reason": info.reason,
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
