"""Means over recorded calls, with intervals that know how far off the imputed figures may be.

A bootstrap over calls alone takes imputed figures for known ones.  So each draw also says how far each
model's chances and costs would be off on its known calls, and shifts what was imputed as much; and what is
not known varies around what is expected of it.  How much a policy's result follows a chance or a cost is
found by moving all of them a little.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import sub

from workbench.study.imputing import Filled, bond
from workbench.study.recovery import Measure

MOST_SAMPLED = 400
"""Calls by which it is found how a result follows what was imputed."""
MOVE = 0.02
"""How far chances are moved for that, and costs as a share of the usual."""

Imputed = tuple[str, str]
"""``chance``, ``elsewhere`` (where others did well) or ``cost``, and of which model; or the ``bond``."""
Figure = Callable[[Filled, int], float]
"""A figure of the call of a number."""
Variance = Callable[[Mapping[int, float], Sequence[int]], list[float]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of every call; and of some, how it follows the chances and the costs that are imputed."""

    values: Sequence[float]
    slopes: Mapping[Imputed, Sequence[float]] = field(default_factory=dict)

    def __sub__(self, other: Estimate) -> Estimate:
        none = [0.0] * max((len(each) for each in (*self.slopes.values(), *other.slopes.values())), default=0)
        return Estimate(
            list(map(sub, self.values, other.values)),
            {
                each: list(map(sub, self.slopes.get(each, none), other.slopes.get(each, none)))
                for each in dict.fromkeys((*self.slopes, *other.slopes))
            },
        )


class Draws:
    """The same draws of calls for all figures, so that policies can be compared on them."""

    def __init__(self, filled: Filled, count: int) -> None:
        source = self._source = random.Random(11)
        calls = range(len(filled.calls))
        self.filled = filled
        self.sample = calls[:: max(1, len(calls) // MOST_SAMPLED)][:MOST_SAMPLED]
        self._chosen = [source.choices(calls, k=len(calls)) for _ in range(count)]
        self._normal = [source.gauss(0, 1) for _ in range(count)]
        self._offsets: dict[Imputed, list[float]] = {}
        self._variances: dict[Imputed, list[float]] = {}
        for model in filled.usual[0]:
            self._doubt(("chance", model), _missed(filled, model), partial(_of_chance, filled, model))
            self._doubt(("cost", model), _mispriced(filled, model), _of_cost)
        for model, chances in filled.elsewhere.items():
            off = {at: filled.calls[at].right[model] - chance for at, chance in chances.items()
                   if model in filled.calls[at].right}  # fmt: skip
            self._doubt(("elsewhere", model), off, partial(_of_spared, filled, model))

        if filled.bond is not None:
            self._offsets["bond", ""] = [self._bond(draw) - filled.bond for draw in self._chosen]
            self._variances["bond", ""] = [0.0] * len(self.sample)

    def _bond(self, draw: Sequence[int]) -> float:
        found = bond([self.filled.pairs[at] for at in draw if at in self.filled.pairs])
        return self.filled.bonds[0] if found is None else found

    def _doubt(self, imputed: Imputed, off: Mapping[int, float], variance: Variance) -> None:
        """How far what was imputed is off in each draw, by the calls ``off`` is known of."""
        mean = _mean([*off.values()])
        found = [_mean([off[at] for at in draw if at in off]) - mean for draw in self._chosen]
        if imputed[0] != "cost":  # a few outcomes that are all alike leave more doubt than draws of them
            least = (1 + sum(each * each for each in off.values())) / (len(off) + 2) ** 2
            more = math.sqrt(max(0.0, least - _mean([each * each for each in found])))
            found = [each + more * self._source.gauss(0, 1) for each in found]
        self._offsets[imputed] = found
        self._variances[imputed] = variance(off, self.sample)

    def slopes(self, figure: Figure) -> dict[Imputed, list[float]]:
        """How a figure of a call follows each model's chances and costs, at the sampled calls."""
        known = [figure(self.filled, at) for at in self.sample]
        found = {}
        for imputed in self._offsets:
            moved, by = _moved(self.filled, imputed)
            there = [figure(moved, at) for at in self.sample]
            slopes = [(after - before) / by for after, before in zip(there, known, strict=True)]
            if any(slopes):
                found[imputed] = slopes
        return found

    def mean(self, estimate: Estimate, within: tuple[float, float] = (-math.inf, math.inf)) -> Measure:
        """The mean and its interval, as far as it may be."""
        values, count = estimate.values, len(estimate.values)
        value = sum(values) / count
        noise = math.sqrt(self._variance(estimate) / count)
        follows = {each: sum(slopes) / len(slopes) for each, slopes in estimate.slopes.items()}
        means = sorted(
            sum([values[at] for at in draw]) / count
            + sum(slope * self._offsets[each][number] for each, slope in follows.items())
            + noise * self._normal[number]
            for number, draw in enumerate(self._chosen)
        )
        last = len(means) - 1
        if last < 0:
            return Measure(value, value, value)
        low, high = means[round(0.025 * last)], means[round(0.975 * last)]
        return Measure(value, max(low, within[0]), min(high, within[1]))

    def between(
        self, low: Estimate, high: Estimate, within: tuple[float, float] = (-math.inf, math.inf)
    ) -> Measure:
        """A mean of which only bounds are known: their middle, from the lower's interval to the upper's."""
        if low.values == high.values:
            return self.mean(low, within)
        one, other = sorted((self.mean(low, within), self.mean(high, within)), key=lambda each: each.value)
        return Measure((one.value + other.value) / 2, min(one.low, other.low), max(one.high, other.high))

    def _variance(self, estimate: Estimate) -> float:
        """By how much a call's figure varies around what is expected, where it is not known."""
        return sum(
            _mean([slope * slope * of for slope, of in zip(slopes, self._variances[each], strict=True)])
            for each, slopes in estimate.slopes.items()
        )


def _missed(filled: Filled, model: str) -> dict[int, float]:
    """How far the chances of a model were off, where its outcome is known."""
    return {
        at: call.right[model] - filled.chances[at][model]
        for at, call in enumerate(filled.calls)
        if model in call.right
    }


def _mispriced(filled: Filled, model: str) -> dict[int, float]:
    return {
        at: call.costs[model] - filled.usual[at][model]
        for at, call in enumerate(filled.calls)
        if model in call.costs
    }


def _of_chance(filled: Filled, model: str, off: Mapping[int, float], sample: Sequence[int]) -> list[float]:
    """The variances of outcomes; none of those that are known."""
    chances = [filled.chances[at][model] for at in sample]
    return [0.0 if at in off else chance * (1 - chance) for at, chance in zip(sample, chances, strict=True)]


def _of_spared(filled: Filled, model: str, off: Mapping[int, float], sample: Sequence[int]) -> list[float]:
    """The variances of outcomes where a model was not asked, since another did well."""
    chances = [filled.elsewhere[model][at] if filled.is_spared(at, model) else 0.0 for at in sample]
    return [chance * (1 - chance) for chance in chances]


def _of_cost(off: Mapping[int, float], sample: Sequence[int]) -> list[float]:
    """The variances of costs; none of those that are known."""
    spread = _mean([each * each for each in off.values()])
    return [0.0 if at in off else spread for at in sample]


def _moved(filled: Filled, imputed: Imputed) -> tuple[Filled, float]:
    """The same calls with a model's chances or costs a little higher, and by how much."""
    kind, model = imputed
    if kind == "bond":
        by = MOVE if filled.bonds[0] < 0.5 else -MOVE
        return replace(filled, bond=filled.bonds[0] + by), by
    if kind == "elsewhere":
        moved = {at: chance + MOVE for at, chance in filled.elsewhere[model].items()}
        return replace(filled, elsewhere={**filled.elsewhere, model: moved}), MOVE
    if kind == "chance":
        return replace(filled, chances=[{**each, model: each[model] + MOVE} for each in filled.chances]), MOVE
    by = MOVE * _mean([each[model] for each in filled.usual]) or MOVE
    return replace(filled, usual=[{**each, model: each[model] + by} for each in filled.usual]), by


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
