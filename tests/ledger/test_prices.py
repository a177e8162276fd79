"""Prices come back from the record as they went in."""

from __future__ import annotations

import json

import pytest

from workbench.ledger.columns import plain_price, price_of
from workbench.usage import Price

DEARER = Price(2, 4, 1, None, "table 1")


@pytest.mark.parametrize(
    "price",
    [Price(1, 2), Price(1, 2, 0, 3, "settings"), Price(1, 2, source="table 1", tiers=((200, DEARER),))],
)
def test_round_trip(price: Price) -> None:
    assert price_of(json.loads(json.dumps(plain_price(price)))) == price


def test_prices_of_older_records() -> None:
    assert price_of([1, 2, None, None, "settings"]) == Price(1, 2)
    assert price_of(None) is None
