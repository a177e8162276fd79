"""What a model costs, from the user's own table.  What is not known stays None."""

from __future__ import annotations

from workbench.settings import Settings
from workbench.usage import Price


def price_of(model: str, settings: Settings) -> Price | None:
    """The user's price of ``provider/model``; ``provider/*`` holds for all its other models."""
    found = settings.prices.get(model)
    if found is not None:
        return found
    return settings.prices.get(f"{model.partition('/')[0]}/*")


def window_of(model: str, settings: Settings) -> int | None:
    """How many tokens ``provider/model`` takes in, where that is known."""
    return None
