"""What would another routing policy have cost and got right on recorded calls?  Asks nobody, pays nothing.

A log holds the outcome of the model that was asked, seldom that of the others.  Averaging only the calls on
which log and policy agree is biased, so outcomes that are not known are imputed by a model of success that
did not see the call (cross-fitted), and beside that stands the doubly robust estimate (Dudik et al. 2011),
which corrects the imputed mean by the outcomes that are known, weighted by the chance that they became known.
Intervals are percentiles of a bootstrap over calls; two policies are compared on the same draws.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.routing.learned import ENOUGH, Example, Router
from workbench.routing.threshold import crossfit
from workbench.study.recovery import Measure

DRAWS = 300
FEWEST_FOR_A_LINE = 20
"""Known costs of a model below which their mean stands in for what is not known."""
FEWEST_TO_IMPUTE = 50
"""Known outcomes below which a model's plain share stands in for its chance on a call."""


@dataclass(frozen=True, slots=True)
class PastCall:
    """One recorded request: what is known of each model's outcome (0 to 1) and cost on it.

    ``propensity`` is the chance with which a model's outcome came to be known; 1 where it is not given.
    """

    text: str
    right: Mapping[str, float]
    costs: Mapping[str, float] = field(default_factory=dict)
    step: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    propensity: Mapping[str, float] = field(default_factory=dict)


Policy = Callable[[PastCall], tuple[str, ...]]
"""The models a policy would have asked for a call, in order; the last one's answer is used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy's result.  ``quality`` imputes unknown outcomes; ``robust`` is doubly robust."""

    name: str
    quality: Measure
    robust: Measure
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

    @property
    def has_evidence(self) -> bool:
        """Whether there are enough labelled calls to go by."""
        return self.labelled >= ENOUGH


@dataclass(frozen=True, slots=True)
class _Filled:
    """The calls with every outcome and cost, known or expected."""

    calls: Sequence[PastCall]
    right: Sequence[Mapping[str, float]]
    chances: Sequence[Mapping[str, float]]
    costs: Sequence[Mapping[str, float]]


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
    filled = _fill(calls, usual_costs)
    router = Router(usual_costs)
    every = {**policies, **_yardsticks(filled, router)}
    source = random.Random(11)
    chosen = [source.choices(range(len(calls)), k=len(calls)) for _ in range(draws)]
    figures = {name: _figures(filled, policy) for name, policy in every.items()}
    rows = tuple(_row(name, filled, figures[name], chosen) for name in every)
    first, *others = policies
    second = others[0] if others else first
    return Backtest(
        rows,
        _difference(figures[second].quality, figures[first].quality, chosen),
        _difference(figures[second].cost, figures[first].cost, chosen),
        tuple(_curve(filled, router)),
        sum(1 for call in calls if call.right),
        len(calls),
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    """Per call: outcome, doubly robust outcome, cost, whether it is known, cost to know it, model used."""

    quality: list[float]
    robust: list[float]
    cost: list[float]
    known: list[bool]
    to_fill: list[float]
    used: list[str]


def _figures(filled: _Filled, policy: Policy) -> _Figures:
    found = _Figures([], [], [], [], [], [])
    for at, call in enumerate(filled.calls):
        asked = policy(call)
        used = asked[-1]
        known = call.right.get(used)
        expected = filled.chances[at][used]
        weight = 1.0 / call.propensity.get(used, 1.0)
        found.quality.append(filled.right[at][used])
        found.robust.append(expected if known is None else expected + weight * (known - expected))
        found.cost.append(sum(filled.costs[at][model] for model in asked))
        found.known.append(known is not None)
        found.to_fill.append(0.0 if known is not None else filled.costs[at][used])
        found.used.append(used)
    return found


def _row(name: str, filled: _Filled, figures: _Figures, chosen: Sequence[Sequence[int]]) -> Row:
    count = len(filled.calls)
    return Row(
        name,
        _mean(figures.quality, chosen),
        _mean(figures.robust, chosen),
        _mean(figures.cost, chosen),
        sum(figures.known) / count,
        sum(figures.to_fill),
        {model: figures.used.count(model) / count for model in dict.fromkeys(figures.used)},
    )


def _fill(calls: Sequence[PastCall], usual_costs: Mapping[str, float]) -> _Filled:
    chances = _chances(calls, usual_costs)
    right = [{model: call.right.get(model, each[model]) for model in usual_costs}
             for call, each in zip(calls, chances, strict=True)]  # fmt: skip
    by_length = {model: _by_length(calls, model, usual) for model, usual in usual_costs.items()}
    costs = [{model: call.costs.get(model, by_length[model](len(call.text))) for model in usual_costs}
             for call in calls]  # fmt: skip
    return _Filled(calls, right, chances, costs)


def _by_length(calls: Sequence[PastCall], model: str, usual: float) -> Callable[[int], float]:
    """A model's cost of a request by its length: the line through the known ones, ``usual`` with too few.

    The requests a model was asked are not like all others: a plain mean would carry their length over.
    """
    known = [(len(call.text), call.costs[model]) for call in calls if model in call.costs]
    if len(known) < FEWEST_FOR_A_LINE:
        return lambda length: usual
    middle, mean = (sum(each) / len(known) for each in zip(*known, strict=True))
    spread = sum((length - middle) ** 2 for length, _ in known)
    slope = sum((length - middle) * (cost - mean) for length, cost in known) / spread if spread else 0.0
    return lambda length: max(0.0, mean + slope * (length - middle))


def _chances(calls: Sequence[PastCall], usual_costs: Mapping[str, float]) -> list[dict[str, float]]:
    """Each model's chance on each call, by a model that did not see it; by plain shares with few calls."""
    if sum(1 for call in calls if call.right) >= FEWEST_TO_IMPUTE:
        return crossfit([Example(call.text, call.right, call.step) for call in calls], usual_costs)
    plain = {}
    for model in usual_costs:
        known = [call.right[model] for call in calls if model in call.right]
        plain[model] = (sum(known) + 1) / (len(known) + 2)
    return [plain] * len(calls)


def _yardsticks(filled: _Filled, router: Router) -> dict[str, Policy]:
    """Rows that every policy must be held against."""
    cheap, dear = router.models[0], router.models[-1]
    best = max(router.models, key=lambda model: sum(right[model] for right in filled.right))
    place = {id(call): at for at, call in enumerate(filled.calls)}

    def oracle(call: PastCall) -> tuple[str, ...]:
        right = filled.right[place[id(call)]]
        most = max(right.values())
        return (next(model for model in router.models if right[model] >= most - 1e-12),)

    return {
        "always the cheapest": lambda call: (cheap,),
        "always the dearest": lambda call: (dear,),
        "best single model": lambda call: (best,),
        "oracle": oracle,
    }


def _curve(filled: _Filled, router: Router) -> list[tuple[float, float, float]]:
    points = []
    for step in range(21):
        trade = step / 20
        chosen = [router.best(chances, trade) for chances in filled.chances]
        cost = sum(costs[model] for costs, model in zip(filled.costs, chosen, strict=True))
        quality = sum(right[model] for right, model in zip(filled.right, chosen, strict=True))
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


def _difference(one: Sequence[float], other: Sequence[float], chosen: Sequence[Sequence[int]]) -> Measure:
    return _mean([first - second for first, second in zip(one, other, strict=True)], chosen)
