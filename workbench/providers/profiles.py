"""How the simulator's models behave, and the keyed chance they behave by.

Figures: first-token times and token rates as published for hosted models (medians 0.55 to 2.7 s, 26 to 192
tokens per second), answer lengths from a public trace of chat traffic, failure shares from probes and
provider reports (calm 0.03 %, typical 2 %, a bad day 5 to 7 %; 30 to 60 % of them rate limits).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

from workbench.errors import ErrorClass
from workbench.usage import Price, per_million

T = TypeVar("T")
_NORMAL = NormalDist()
_Z95 = 1.6448536269514722
RATE_SPREAD = 0.35
"""Spread (sigma of the logarithm) of the token rate from call to call."""


def simulated_price(input_usd: float, output_usd: float) -> Price:
    """A price in dollars per million tokens that says that it is simulated."""
    return Price(
        per_million(input_usd),
        per_million(output_usd),
        cached=per_million(input_usd / 10),
        source="simulated",
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """One behaviour.  Pairs are (median, 95th percentile)."""

    about: str
    first_token: tuple[float, float] = (0.65, 1.1)
    """Seconds."""
    rate: float = 100.0
    """Tokens per second."""
    output: tuple[float, float] = (120.0, 450.0)
    """Tokens of an answer."""
    failures: Mapping[ErrorClass, float] = field(default_factory=dict)
    """Share of calls that fail, by class."""
    queued: float = 0.0
    """Share of calls that wait in a queue first."""
    queue: tuple[float, float] = (2.2, 6.0)
    hangs: float = 0.0
    """Share of calls that never answer."""
    fenced: float = 0.12
    """Share of structured answers wrapped in a code fence."""
    broken: float = 0.0
    """Share of structured answers that are not JSON."""
    per_minute: float | None = None
    """Requests a minute before it answers rate_limit."""
    burst: int = 5
    price: Price = field(default_factory=lambda: simulated_price(0.15, 0.60))


PROFILES: Mapping[str, Profile] = {
    "calm": Profile(
        "a good day: fast, 0.03 % failures", (0.55, 0.9), failures={"server": 0.0003}, fenced=0.05
    ),
    "typical": Profile(
        "an ordinary hosted model: 2 % failures",
        failures={
            "rate_limit": 0.010, "server": 0.005, "timeout": 0.002, "network": 0.001, "content_filter": 0.001,
            "refused": 0.003,
        },
        broken=0.002,
    ),
    "bad-day": Profile(
        "slow, and 7 % failures", (1.3, 5.0), rate=55.0,
        failures={
            "rate_limit": 0.028, "server": 0.022, "timeout": 0.010, "network": 0.006, "content_filter": 0.001,
            "refused": 0.003,
        },
        broken=0.02,
    ),
    "outage": Profile(
        "during an incident: 35 % server errors, three times slower", (1.95, 6.0), rate=50.0,
        failures={"server": 0.35, "timeout": 0.05, "network": 0.03}, broken=0.02,
    ),
    "throttled": Profile(
        "60 requests a minute, then rate_limit with a time to wait", per_minute=60.0,
        failures={"server": 0.002},
    ),
    "slow-start": Profile(
        "half of the calls wait in a queue first", (0.2, 0.4), rate=190.0, queued=0.5,
        failures={"server": 0.005},
    ),
    "flaky-json": Profile(
        "structured answers in code fences (63 %) or broken (10 %)", fenced=0.63, broken=0.10,
        failures={"server": 0.003},
    ),
    "hang": Profile("one call in four never answers", hangs=0.25, failures={"server": 0.003}),
    "pricey": Profile(
        "a large model: slower, long answers, $15 and $75 per million tokens", (1.2, 3.0), rate=45.0,
        output=(350.0, 1200.0), failures={"rate_limit": 0.006, "server": 0.004},
        price=simulated_price(15.0, 75.0),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draws:
    """Chance that depends on names only: the same key draws the same, in whatever order calls are made."""

    seed: int
    profile: str
    key: str

    def uniform(self, name: str) -> float:
        """A number in 0..1, never exactly either."""
        text = f"{self.seed}\0{self.profile}\0{self.key}\0{name}"
        number = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        return ((number >> 11) + 0.5) / 2**53

    def log_normal(self, name: str, median: float, sigma: float) -> float:
        """A positive number around ``median``."""
        return median * math.exp(sigma * _NORMAL.inv_cdf(self.uniform(name)))

    def between(self, name: str, quantiles: tuple[float, float]) -> float:
        """Log-normal from a median and a 95th percentile."""
        median, high = quantiles
        return self.log_normal(name, median, math.log(high / median) / _Z95)

    def pick(self, name: str, choices: Sequence[T]) -> T:
        """One of ``choices``."""
        return choices[int(self.uniform(name) * len(choices))]

    def failure(self, shares: Mapping[ErrorClass, float]) -> ErrorClass | None:
        """The class of failure this call meets, or None."""
        drawn = self.uniform("failure")
        for error_class, share in shares.items():
            drawn -= share
            if drawn < 0:
                return error_class
        return None
