"""How well scores send requests to the stronger of two models: the measures of routing, with intervals.

Sorted by score, more and more requests go to the strong model.  The share of the quality gap that is
recovered is followed along the share of strong calls: its area (APGR), the shares at which 50 and 80 % are
recovered (CPT50, CPT80; Ong et al. 2024, RouteLLM), and the cost saved against always-strong at 95 % of its
quality.  Intervals are percentiles of a bootstrap over requests (Efron 1979).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

DRAWS = 200


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """``0.705 (0.661 to 0.742)``."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a ranking of requests achieves between two models."""

    area: Measure
    """APGR; 0.5 by chance."""
    half: Measure
    """CPT50: share of strong calls that recovers half of the gap."""
    most: Measure
    """CPT80."""
    saved: Measure
    """Share of always-strong's cost saved at the quality asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: how much it wants the strong model, and how right each model was."""

    score: float
    weak: float
    strong: float


def recovery(
    requests: Sequence[Request],
    price: float = 103.0,
    *,
    quality: float = 0.95,
    cascade: bool = False,
    draws: int = DRAWS,
) -> Recovery:
    """Measures of a ranking; ``price`` is the strong model's over the weak one's.

    In a ``cascade`` the weak model is paid for every request.
    """
    ordered = sorted(requests, key=lambda each: -each.score)
    measure = partial(_measures, ordered, price, quality, cascade)
    point = measure([1] * len(ordered))
    source = random.Random(7)
    drawn = [measure(_weights(source, len(ordered))) for _ in range(draws)]
    return Recovery(*(_interval(value, sorted(each[at] for each in drawn)) for at, value in enumerate(point)))


def _weights(source: random.Random, count: int) -> list[int]:
    weights = [0] * count
    for at in source.choices(range(count), k=count):
        weights[at] += 1
    return weights


def _interval(value: float, ordered: Sequence[float]) -> Measure:
    if not ordered:
        return Measure(value, value, value)
    last = len(ordered) - 1
    return Measure(value, ordered[round(0.025 * last)], ordered[round(0.975 * last)])


def _measures(
    ordered: Sequence[Request], price: float, quality: float, cascade: bool, weights: Sequence[int]
) -> tuple[float, float, float, float]:
    count = sum(weights)
    gap = sum(weight * (each.strong - each.weak) for each, weight in zip(ordered, weights, strict=True))
    strong = sum(weight * each.strong for each, weight in zip(ordered, weights, strict=True))
    wanted = [0.5 * gap, 0.8 * gap, quality * strong - (strong - gap)]
    reached: list[float | None] = [None, None, None]
    area = recovered = sent = 0.0
    for each, weight in zip(ordered, weights, strict=True):
        for at, level in enumerate(wanted):
            if reached[at] is None and recovered >= level:
                reached[at] = sent / count
        added = weight * (each.strong - each.weak)
        area += weight * (recovered + added / 2)
        recovered += added
        sent += weight
    half, most, enough = (1.0 if share is None else share for share in reached)
    cost = enough + (1.0 if cascade else 1.0 - enough) / price
    return area / count / gap if gap else 0.5, half, most, 1 - cost
