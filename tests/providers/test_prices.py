"""Prices: the user's table, and nothing made up."""

from __future__ import annotations

from workbench.providers.prices import price_of
from workbench.settings import Settings
from workbench.usage import Price

SETTINGS = Settings(prices={"acme/big": Price(1, 2), "house/*": Price(0, 0)})


def test_the_users_table() -> None:
    assert price_of("acme/big", SETTINGS) == Price(1, 2)
    assert price_of("acme/small", SETTINGS) is None
    assert price_of("house/any", SETTINGS) == Price(0, 0)
    assert price_of("other/x", Settings()) is None
