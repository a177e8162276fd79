"""What would another routing policy have cost and got right on recorded calls?  Asks nobody, pays nothing.

A log holds the outcome of the model that was asked, seldom that of the others.  Averaging only the calls on
which log and policy agree is biased, so outcomes that are not known are imputed by a model of success that
did not see the call (cross-fitted), and beside that stands the doubly robust estimate (Dudik et al. 2011),
which corrects the imputed mean by the outcomes that are known, weighted by the chance that they became known:
only where that was drawn, and so is known too (a ``split``).  Intervals are percentiles of a bootstrap over
calls; two policies are compared on the same draws.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.routing.learned import ENOUGH, Router
from workbench.study.imputing import Chain, Filled, PastCall, Result, fill, result
from workbench.study.recovery import Measure

DRAWS = 300


Policy = Callable[[PastCall], Chain]
"""The models that a policy would have asked for a call."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy's result.  ``quality`` imputes unknown outcomes."""

    name: str
    quality: Measure
    robust: Measure | None
    """Doubly robust; None where outcomes did not become known by a draw, or none is missing."""
    cost: Measure
    """Of a call."""
    known: float
    """Share of the calls whose outcome under this policy is on record."""
    to_fill: float
    """What it would cost to ask for the outcomes that are missing."""
    shares: Mapping[str, float]
    """How often each model's answer is used."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """All policies side by side, and how the first two differ."""

    rows: tuple[Row, ...]
    quality_gain: Measure
    """Of the second policy over the first."""
    cost_gain: Measure
    curve: tuple[tuple[float, float, float], ...]
    """Trade, cost of a call and quality of the learned router, from quality at any price to the cheapest."""
    labelled: int
    calls: int
    is_bounded: bool = False
    """The second policy's outcomes are known between bounds only: no request has two outcomes on record."""

    @property
    def has_evidence(self) -> bool:
        """Whether there are enough labelled calls to go by."""
        return self.labelled >= ENOUGH


def backtest(
    calls: Sequence[PastCall],
    usual_costs: Mapping[str, float],
    policies: Mapping[str, Policy],
    draws: int = DRAWS,
) -> Backtest:
    """Every policy on the same calls, with the rows one needs to judge them.

    ``usual_costs`` gives each model's cost of a call where the call itself does not say; it also says which
    models there are.  Raises ValueError without calls or policies.
    """
    if not calls or not policies:
        raise ValueError("a backtest needs calls and a policy")
    filled = fill(calls, usual_costs)
    router = Router(usual_costs)
    every = {**policies, **_yardsticks(filled, router)}
    source = random.Random(11)
    chosen = [source.choices(range(len(calls)), k=len(calls)) for _ in range(draws)]
    figures = {name: _figures(filled, policy) for name, policy in every.items()}
    rows = tuple(_row(name, filled, figures[name], chosen) for name in every)
    first, *others = (figures[name] for name in policies)
    second = others[0] if others else first
    return Backtest(
        rows,
        _between(
            _differences(_qualities(second.low), _qualities(first.low)),
            _differences(_qualities(second.high), _qualities(first.high)), chosen,
        ),
        _mean(_differences(second.costs, first.costs), chosen),
        tuple(_curve(filled, router)),
        sum(1 for call in calls if call.right),
        len(calls),
        filled.bond is None and any(len(chain.models) > 1 for chain in second.chains),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Figures:
    """Per call: what the policy asks, and its results by the strongest and the weakest bond of outcomes."""

    chains: list[Chain]
    low: list[Result]
    high: list[Result]

    @property
    def costs(self) -> list[float]:
        """What each call costs, as expected."""
        return [(one.cost + other.cost) / 2 for one, other in zip(self.low, self.high, strict=True)]


def _figures(filled: Filled, policy: Policy) -> _Figures:
    chains = [policy(call) for call in filled.calls]
    low, high = ([result(filled, at, chain, bond) for at, chain in enumerate(chains)]
                 for bond in filled.bonds)  # fmt: skip
    return _Figures(chains, low, high)


def _row(name: str, filled: Filled, figures: _Figures, chosen: Sequence[Sequence[int]]) -> Row:
    count = len(filled.calls)
    known = [_is_known(call, chain) for call, chain in zip(filled.calls, figures.chains, strict=True)]
    both = [*figures.low, *figures.high]
    models = dict.fromkeys(model for each in both for model, share in each.used.items() if share)
    return Row(
        name,
        _between(_qualities(figures.low), _qualities(figures.high), chosen),
        None if all(known) else _robust(filled, figures.chains, chosen),
        _mean(figures.costs, chosen),
        sum(known) / count,
        sum(each.to_fill for each in both) / 2,
        {model: sum(each.used.get(model, 0.0) for each in both) / 2 / count for model in models},
    )


def _is_known(call: PastCall, chain: Chain) -> bool:
    """Whether a chain's outcome is on record."""
    return chain.models[-1] in call.right and not chain.if_bad.difference(call.right)


def _robust(filled: Filled, chains: Sequence[Chain], chosen: Sequence[Sequence[int]]) -> Measure | None:
    """The doubly robust estimate of a policy of one model a call; None unless known ones were drawn."""
    values, drawn = [], 0
    for call, chances, chain in zip(filled.calls, filled.chances, chains, strict=True):
        model = chain.models[0]
        known, propensity = call.right.get(model), call.propensity.get(model)
        if len(chain.models) > 1 or (known is not None and not propensity):
            return None
        value = chances[model]
        if known is not None and propensity:
            value += (known - chances[model]) / propensity
            drawn += 1
        values.append(value)
    return _mean(values, chosen) if drawn else None


def _yardsticks(filled: Filled, router: Router) -> dict[str, Policy]:
    """Rows that every policy must be held against."""
    cheap, dear = Chain(router.models[:1]), Chain(router.models[-1:])
    means = {model: sum(_right(filled, at, model) for at in range(len(filled.calls)))
             for model in router.models}  # fmt: skip
    best = Chain((max(router.models, key=lambda model: means[model]),))
    oracle = Chain(router.models, foresees=True)
    return {
        "always the cheapest": lambda call: cheap,
        "always the dearest": lambda call: dear,
        "best single model": lambda call: best,
        "oracle": lambda call: oracle,
    }


def _right(filled: Filled, at: int, model: str) -> float:
    return filled.calls[at].right.get(model, filled.chances[at][model])


def _curve(filled: Filled, router: Router) -> list[tuple[float, float, float]]:
    points = []
    for step in range(21):
        trade = step / 20
        chosen = [router.best(chances, trade) for chances in filled.chances]
        cost = sum(costs[model] for costs, model in zip(filled.costs, chosen, strict=True))
        quality = sum(_right(filled, at, model) for at, model in enumerate(chosen))
        points.append((trade, cost / len(chosen), quality / len(chosen)))
    return points


def _mean(values: Sequence[float], chosen: Sequence[Sequence[int]]) -> Measure:
    count = len(values)
    means = sorted(sum([values[at] for at in draw]) / count for draw in chosen)
    last = len(means) - 1
    value = sum(values) / count
    if last < 0:
        return Measure(value, value, value)
    return Measure(value, means[round(0.025 * last)], means[round(0.975 * last)])


def _between(low: Sequence[float], high: Sequence[float], chosen: Sequence[Sequence[int]]) -> Measure:
    """A mean of which only bounds are known: their middle, from the lower's interval to the upper's."""
    if low == high:
        return _mean(low, chosen)
    one, other = sorted((_mean(low, chosen), _mean(high, chosen)), key=lambda each: each.value)
    return Measure((one.value + other.value) / 2, min(one.low, other.low), max(one.high, other.high))


def _differences(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [first - second for first, second in zip(one, other, strict=True)]


def _qualities(results: Sequence[Result]) -> list[float]:
    return [each.quality for each in results]
