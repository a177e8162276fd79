"""What a model costs: the user's own table, then the catalogue; what neither knows stays None.

A provider's own bill, where an answer holds one, comes before both.
"""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.providers.catalogue import SHIPPED, Known, catalogue
from workbench.settings import Settings
from workbench.usage import Price


def price_of(model: str, settings: Settings, base_url: str = "", at: datetime | None = None) -> Price | None:
    """The price of ``provider/model`` at a moment (now); ``provider/*`` in settings is for all its others."""
    found = settings.prices.get(model) or settings.prices.get(f"{model.partition('/')[0]}/*")
    if found is not None:
        return found
    known = _known(model, settings, base_url)
    return known.price(at or datetime.now(UTC)) if known else None


def window_of(model: str, settings: Settings, base_url: str = "") -> int | None:
    """How many tokens ``provider/model`` takes in, where that is known."""
    known = _known(model, settings, base_url)
    return known.window if known else None


def _known(model: str, settings: Settings, base_url: str) -> Known | None:
    provider, _, name = model.partition("/")
    table = settings.defaults.price_table
    path = settings.folder / table if table else SHIPPED
    return catalogue(path).model(provider, base_url, name)
