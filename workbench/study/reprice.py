"""What past calls would have cost under another table of prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import UsageError
from workbench.ledger.reader import Reader
from workbench.providers.known import BUILT_IN
from workbench.providers.prices import price_of
from workbench.settings import Settings, parse_settings
from workbench.usage import Price, Usage

PriceAt = Callable[[str, datetime], Price | None]
HOUR = 3_600_000_000
"""Microseconds for which one price holds: no price changes more often."""


@dataclass(slots=True)
class Repriced:
    """The attempts at one model; sums of what is known, in nano-dollars."""

    model: str
    calls: int = 0
    recorded: int = 0
    recorded_unknown: int = 0
    """Attempts whose cost the record does not know."""
    would_cost: int = 0
    unknown: int = 0
    """Attempts that the table cannot price, or whose tokens are unknown."""


def reprice(reader: Reader, price_at: PriceAt) -> list[Repriced]:
    """Every model on record under another table, the dearest first."""
    found: dict[str, Repriced] = {}
    prices: dict[tuple[str, int], Price | None] = {}
    for model, started, cost, plain, cached, written, output in reader.paid():
        of_model = found.setdefault(model, Repriced(model))
        key = (model, started // HOUR)
        if key not in prices:
            prices[key] = price_at(model, datetime.fromtimestamp(started / 1e6, UTC))
        price = prices[key]
        new = None if price is None else price.cost(Usage(plain, cached, written, output))
        of_model.calls += 1
        of_model.recorded += cost or 0
        of_model.recorded_unknown += cost is None
        of_model.would_cost += new or 0
        of_model.unknown += new is None
    return sorted(found.values(), key=lambda each: (-each.would_cost, each.model))


def table_of(path: Path | None, settings: Settings) -> PriceAt:
    """Prices from a file (TOML as in workbench.toml, or JSON of make_price_table), or today's."""
    if path is None:
        chosen = settings
    elif path.suffix == ".json":
        defaults = replace(settings.defaults, price_table=str(path.absolute()))
        chosen = replace(settings, prices={}, defaults=defaults)
    else:
        try:
            chosen = replace(
                settings, prices=parse_settings(path.read_bytes(), path.parent, str(path)).prices
            )
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    addresses = {name: each.base_url for name, each in {**BUILT_IN, **settings.providers}.items()}
    return lambda model, at: price_of(model, chosen, addresses.get(model.partition("/")[0], ""), at)
