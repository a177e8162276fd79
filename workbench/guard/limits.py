"""What may be spent: limits, and amounts counted against them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.usage import NANO, money

OnExceed = Literal["stop", "ask", "cheaper"]
Level = Literal["run", "step", "role", "session", "day", "batch"]
Measure = Literal["usd", "tokens", "calls", "seconds"]
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one level; money in nano-dollars, None is no limit."""

    nano: int | None = None
    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None
    on_exceed: OnExceed = "stop"
    allow_unknown: bool = False
    """Models of unknown price may run under the limit of money; what they cost is not counted."""

    @classmethod
    def of(
        cls,
        usd: float | None = None,
        tokens: int | None = None,
        calls: int | None = None,
        seconds: float | None = None,
        on_exceed: OnExceed = "stop",
        unknown_price: Literal["refuse", "allow"] = "refuse",
    ) -> Limits:
        """Limits as they are written in a recipe or in the settings."""
        nano = None if usd is None else round(usd * NANO)
        return cls(nano, tokens, calls, seconds, on_exceed, unknown_price == "allow")

    @property
    def any(self) -> bool:
        """True when something is limited."""
        return not (self.nano is None and self.tokens is None and self.calls is None and self.seconds is None)


@dataclass(slots=True)
class Amounts:
    """How much of each measure: nano-dollars, tokens, calls, microseconds."""

    nano: int = 0
    tokens: int = 0
    calls: int = 0
    micros: int = 0

    def add(self, other: Amounts) -> None:
        """Count ``other`` in."""
        self.nano += other.nano
        self.tokens += other.tokens
        self.calls += other.calls
        self.micros += other.micros

    def take(self, other: Amounts) -> None:
        """Count ``other`` out."""
        self.nano -= other.nano
        self.tokens -= other.tokens
        self.calls -= other.calls
        self.micros -= other.micros

    def copy(self) -> Amounts:
        """The same, to be counted on by itself."""
        return Amounts(self.nano, self.tokens, self.calls, self.micros)


def shown(measure: Measure, amount: float) -> str:
    """An amount in words: money from nano-dollars, seconds from seconds."""
    if measure == "usd":
        return money(round(amount))
    if measure == "seconds":
        return f"{amount * 1000:.0f} ms" if 0 < amount < 0.9995 else f"{amount:.3g} s"
    return f"1 {measure[:-1]}" if amount == 1 else f"{amount:,.0f} {measure}"
