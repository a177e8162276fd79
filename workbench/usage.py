"""Tokens and money, counted in integers.  Unknown is None, never 0."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""

PER_MILLION = 1_000_000
"""Prices are quoted per million tokens."""

UsageState = Literal["reported", "estimated", "unknown"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one attempt in disjoint buckets; None is unknown.

    ``input`` excludes ``cached`` (read from a cache) and ``cache_write``; ``output`` includes ``reasoning``.
    """

    input: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    state: UsageState = "unknown"

    @property
    def input_total(self) -> int | None:
        """All input tokens, cached or not."""
        if self.input is None:
            return None
        return self.input + (self.cached or 0) + (self.cache_write or 0)


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-dollars per million tokens, and where the figure came from."""

    input: int
    output: int
    cached: int | None = None
    cache_write: int | None = None
    source: str = "settings"
    tiers: tuple[tuple[int, Price], ...] = ()
    """Prices of whole requests with more input than so many tokens, the fewest first."""

    def at(self, input_tokens: int) -> Price:
        """The price of a request with so much input."""
        price = self
        for above, dearer in self.tiers:
            if input_tokens > above:
                price = dearer
        return price

    def cost(self, usage: Usage) -> int | None:
        """Nano-dollars of ``usage``, rounded half up; None when the tokens are unknown.

        A bucket without a rate of its own is charged as plain input.
        """
        if usage.input is None or usage.output is None:
            return None
        price = self.at(usage.input_total or 0) if self.tiers else self
        cached = price.input if price.cached is None else price.cached
        cache_write = price.input if price.cache_write is None else price.cache_write
        total = (
            usage.input * price.input
            + (usage.cached or 0) * cached
            + (usage.cache_write or 0) * cache_write
            + usage.output * price.output
        )
        return (total + PER_MILLION // 2) // PER_MILLION

    def dearest_input(self, tokens: int) -> int:
        """Nano-dollars per million tokens that input of a request of so many may cost at most."""
        price = self.at(tokens)
        return max(price.input, price.cached or 0, price.cache_write or 0)

    def most(self, tokens_in: int, tokens_out: int) -> int:
        """The most that so many tokens may cost, in nano-dollars, rounded up."""
        total = tokens_in * self.dearest_input(tokens_in) + tokens_out * self.at(tokens_in).output
        return -(-total // PER_MILLION)

    @property
    def is_free(self) -> bool:
        """True when no bucket costs anything."""
        return not (self.input or self.output or self.cached or self.cache_write)


FREE = Price(0, 0, 0, 0, source="local")
"""The price of a model that runs in this process."""


def per_million(dollars: float) -> int:
    """Nano-dollars per million tokens from dollars per million tokens."""
    return round(dollars * NANO)


def dollars(nano: int | None) -> float | None:
    """Dollars from nano-dollars; None stays None."""
    return None if nano is None else nano / NANO


def add_known(*amounts: int | None) -> tuple[int, bool]:
    """The sum of the known amounts, and whether all of them were known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known), len(known) == len(amounts)


def tokens_told(cost_known: bool, tokens_in: int, tokens_out: int, calls: int) -> bool:
    """False when calls were paid for and no tokens of any were told."""
    return bool(cost_known or tokens_in or tokens_out or not calls)


UNKNOWN_MONEY = "$?"
"""A cost or a price that nobody knows, everywhere."""


def money(nano: int | None, *, at_least: bool = False) -> str:
    """Dollars for people: ``$0.0121``, ``$?`` when nothing is known, ``≥`` before a lower bound."""
    if nano is None or (at_least and nano == 0):
        return UNKNOWN_MONEY
    sign = "≥" if at_least else ""
    value = nano / NANO
    if nano == 0:
        return "$0"
    if value >= 1:
        return f"{sign}${value:,.2f}"
    if value >= 0.001:
        return f"{sign}${value:.4f}"
    # two digits that say something
    return f"{sign}${value:.{1 - math.floor(math.log10(value))}f}".rstrip("0")


def price_in_words(price: Price | None) -> str:
    """Dollars for a million tokens in and out: ``$3/$15``, ``free``, ``$?`` when unknown."""
    if price is None:
        return UNKNOWN_MONEY
    return "free" if price.is_free else f"${price.input / NANO:g}/${price.output / NANO:g}"
