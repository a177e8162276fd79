"""What would another routing policy have cost and got right on recorded calls?  Asks nobody, pays nothing.

A log holds the outcome of the model that was asked, seldom that of the others.  Averaging only the calls on
which log and policy agree is biased, so outcomes that are not known are imputed by a model of success that
did not see the call (cross-fitted), and beside that stands the doubly robust estimate (Dudik et al. 2011),
which corrects the imputed mean by the outcomes that are known, weighted by the chance that they became known:
only where that was drawn, and so is known too (a ``split``).  There costs are doubly robust as well: whether
a cascade goes on hangs on outcomes, and what is hard is often long, and dear.  Intervals are percentiles of a
bootstrap over calls that knows how far off imputed figures may be (see ``estimates``); two policies are
compared on the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from workbench.routing.learned import ENOUGH, Router
from workbench.study.estimates import Draws, Estimate
from workbench.study.imputing import Chain, Filled, PastCall, Result, fill, result
from workbench.study.recovery import Measure

DRAWS = 300
SHARE = (0.0, 1.0)
MOST_UNDRAWN = 0.2
"""Of the outcomes known of a policy, the share that no draw decided up to which it is told doubly robust."""


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
    after_bad: tuple[str, ...] = ()
    """Models of which little is known where others were good: they were asked only after bad answers."""

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
    drawn = Draws(filled, draws)
    figures = {name: _figures(drawn, policy) for name, policy in every.items()}
    rows = tuple(_row(name, drawn, figures[name]) for name in every)
    first, *others = (figures[name] for name in policies)
    second = others[0] if others else first
    return Backtest(
        rows,
        drawn.between(second.lowest - first.lowest, second.highest - first.highest),
        drawn.mean(second.cost - first.cost),
        tuple(_curve(filled, router)),
        sum(1 for call in calls if call.right),
        len(calls),
        second.lowest.values != second.highest.values,
        tuple(sorted(filled.after_bad - filled.elsewhere.keys())),
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    """Per call: what the policy asks, and its results by the strongest and the weakest bond of outcomes."""

    chains: list[Chain]
    low: list[Result]
    high: list[Result]
    lowest: Estimate
    """Quality by the strongest bond."""
    highest: Estimate
    cost: Estimate


def _figures(drawn: Draws, policy: Policy) -> _Figures:
    filled = drawn.filled
    chains = [policy(call) for call in filled.calls]
    low, high = ([result(filled, at, chain, bond) for at, chain in enumerate(chains)]
                 for bond in filled.bonds)  # fmt: skip
    lowest, highest = (
        Estimate([each.quality for each in results], drawn.slopes(partial(_quality, chains, end)))
        for end, results in enumerate((low, high))
    )
    robust = _robust_costs(filled, chains)
    cost = Estimate(robust) if robust is not None else Estimate(
        [(one.cost + other.cost) / 2 for one, other in zip(low, high, strict=True)],
        drawn.slopes(lambda moved, at: _cost(moved, at, chains[at])),
    )  # fmt: skip
    return _Figures(chains, low, high, lowest, highest, cost)


def _quality(chains: Sequence[Chain], end: int, filled: Filled, at: int) -> float:
    """How right the answer is that is used, at one end of what may be."""
    return result(filled, at, chains[at], filled.bonds[end]).quality


def _cost(filled: Filled, at: int, chain: Chain) -> float:
    """What a call costs, as expected: in the middle of what may be."""
    return sum(result(filled, at, chain, bond).cost for bond in filled.bonds) / 2


def _row(name: str, drawn: Draws, figures: _Figures) -> Row:
    filled = drawn.filled
    count = len(filled.calls)
    known = [_is_known(call, chain) for call, chain in zip(filled.calls, figures.chains, strict=True)]
    both = [*figures.low, *figures.high]
    models = dict.fromkeys(model for each in both for model, share in each.used.items() if share)
    robust = None if all(known) else _robust(filled, figures.chains)
    return Row(
        name,
        drawn.between(figures.lowest, figures.highest, SHARE),
        None if robust is None else drawn.mean(Estimate(robust), SHARE),
        drawn.mean(figures.cost, (0.0, math.inf)),
        sum(known) / count,
        sum(each.to_fill for each in both) / 2,
        {model: sum(each.used.get(model, 0.0) for each in both) / 2 / count for model in models},
    )


def _is_known(call: PastCall, chain: Chain) -> bool:
    """Whether a chain's outcome is on record."""
    return chain.models[-1] in call.right and not chain.if_bad.difference(call.right)


def _robust(filled: Filled, chains: Sequence[Chain]) -> list[float] | None:
    """Doubly robust qualities; None unless all is known wherever the first model's outcome is."""
    known: list[float | None] = []
    for at, (call, chain) in enumerate(zip(filled.calls, chains, strict=True)):
        is_known = chain.models[0] in call.right
        if is_known and not _is_known(call, chain):
            return None
        known.append(result(filled, at, chain, 0.0).quality if is_known else None)
    undrawn = filled.undrawn()
    blind = [chain.undrawn or chain for chain in chains]
    expected = [sum(_quality(blind, end, undrawn, at) for end in (0, 1)) / 2 for at in range(len(chains))]
    return _weighed(filled, chains, known, expected)


def _robust_costs(filled: Filled, chains: Sequence[Chain]) -> list[float] | None:
    """Doubly robust costs: what the call comes to once the first answer is known, where it was drawn."""
    if all(model in call.costs for call, chain in zip(filled.calls, chains, strict=True)
           for model in chain.models):  # fmt: skip
        return None  # all is known
    undrawn = filled.undrawn()
    known = [
        _cost(filled, at, chain) if chain.models[0] in filled.calls[at].costs else None
        for at, chain in enumerate(chains)
    ]
    expected = [_cost(undrawn, at, chain.undrawn or chain) for at, chain in enumerate(chains)]
    return _weighed(filled, chains, known, expected)


def _weighed(
    filled: Filled, chains: Sequence[Chain], known: Sequence[float | None], expected: Sequence[float]
) -> list[float] | None:
    """What is expected of each call, corrected where known by the chance that its first model was drawn.

    Where few became known without a draw (a person's choice, another policy before) they count as they are;
    None where no draw decided, or not most of them.
    """
    values, drawn, undrawn = [], 0, 0
    for call, chain, is_so, value in zip(filled.calls, chains, known, expected, strict=True):
        propensity = call.propensity.get(chain.models[0])
        if chain.is_record or chain.foresees:
            return None
        if is_so is not None and propensity:
            value += (is_so - value) / propensity
            drawn += 1
        elif is_so is not None:
            value = is_so
            undrawn += 1
        values.append(value)
    return values if drawn and undrawn <= MOST_UNDRAWN * (drawn + undrawn) else None


def _yardsticks(filled: Filled, router: Router) -> dict[str, Policy]:
    """Rows that every policy must be held against."""
    cheap, dear = Chain(router.models[:1]), Chain(router.models[-1:])
    calls = range(len(filled.calls))
    means = {model: sum(_quality([Chain((model,))] * len(calls), end, filled, at)
                        for end in (0, 1) for at in calls) for model in router.models}  # fmt: skip
    best = Chain((max(router.models, key=lambda model: means[model]),))
    oracle = Chain(router.models, foresees=True)
    return {
        "always the cheapest": lambda call: cheap,
        "always the dearest": lambda call: dear,
        "best single model": lambda call: best,
        "oracle": lambda call: oracle,
    }


def _curve(filled: Filled, router: Router) -> list[tuple[float, float, float]]:
    points = []
    for step in range(21):
        trade = step / 20
        chosen = [router.best(chances, trade) for chances in filled.chances]
        cost = sum(filled.cost(at, model) for at, model in enumerate(chosen))
        quality = sum(filled.right(at, model) for at, model in enumerate(chosen))
        points.append((trade, cost / len(chosen), quality / len(chosen)))
    return points
