"""What the record says a step costs and takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.engine.recording import root_of
from workbench.ledger.reader import Reader

FEW = 20
"""Below this many calls the whole range stands for the interval, since quantiles of so few say little."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure spread in the past: the median, the 90th percentile, and an interval that most fall in."""

    p50: float
    p90: float
    low: float
    high: float
    count: int


@dataclass(slots=True)
class History:
    """Costs (nano-dollars) and times (seconds) of past calls, by step and model."""

    costs: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, path: str, target: str, cost: int | None, seconds: float | None) -> None:
        """Count one call; under its model too, and under its step whatever the model."""
        for key in ((root_of(path), target), (root_of(path), ""), ("", target)):
            if cost is not None:
                self.costs.setdefault(key, []).append(cost)
            if seconds is not None:
                self.times.setdefault(key, []).append(seconds)

    def spread(self, path: str, target: str) -> tuple[Spread | None, Spread | None]:
        """Cost and time of a step with a model; of the model anywhere when the step never used it."""
        return _of(self.costs, path, target), _of(self.times, path, target)


def _of(figures: Mapping[tuple[str, str], Sequence[float]], path: str, target: str) -> Spread | None:
    own = figures.get((root_of(path), target)) or (figures.get(("", target)) if target else None)
    return spread(own) if own else None


def read_history(reader: Reader, recipe: str) -> History:
    """The calls of a recipe's latest runs."""
    history = History()
    for path, target, cost, seconds in reader.call_figures(recipe):
        history.add(path, target, cost, seconds)
    return history


def spread(figures: Sequence[float]) -> Spread:
    """The spread of some figures (nearest-rank percentiles)."""
    ordered = sorted(figures)
    few = len(ordered) < FEW
    low = ordered[0] if few else percentile(ordered, 5)
    high = ordered[-1] if few else percentile(ordered, 95)
    return Spread(percentile(ordered, 50), percentile(ordered, 90), low, high, len(ordered))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of sorted figures, at least one."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]
