"""What a model costs: the user's own table, then the catalogue; what neither knows stays None.

A provider's own bill, where an answer holds one, comes before both.
"""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.providers.catalogue import SHIPPED, Catalogue, Known, catalogue
from workbench.settings import Settings
from workbench.usage import Price


def price_of(model: str, settings: Settings, base_url: str = "", at: datetime | None = None) -> Price | None:
    """The price of ``provider/model`` at a moment (now); ``provider/*`` in settings is for all its others."""
    found = settings.prices.get(model) or settings.prices.get(f"{model.partition('/')[0]}/*")
    if found is not None:
        return found
    known = _known(model, settings, base_url)
    return known.price(at or datetime.now(UTC)) if known else None


def _known(model: str, settings: Settings, base_url: str) -> Known | None:
    provider, _, name = model.partition("/")
    return table_of(settings).model(provider, base_url, name)


def table_of(settings: Settings) -> Catalogue:
    """The table of prices that is shipped, or the one that the user names."""
    table = settings.defaults.price_table
    return catalogue(settings.folder / table if table else SHIPPED)
