"""What a policy would have done with one past call, where not all outcomes are on record.

An outcome that is not known counts as its chance, by a model of success that did not see the call.  A
cascade goes on where an answer is bad, so two outcomes of one request matter together, and they hang
together: what is hard for one model is often hard for the other.  How much is measured where both are known.
Where they never are, only bounds can be told: between outcomes that know nothing of each other, and those
that agree as often as they can (Frechet's bound).  A model that was asked only after bad answers, as a
cascade asks its later ones, was asked what is hard: how it does where an answer was good says a shadow drawn
there, else it is told between what is expected of the hard ones, and always right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.routing.learned import Example
from workbench.routing.threshold import crossfit

FEWEST_FOR_A_LINE = 20
"""Known costs of a model below which their mean stands in for what is not known."""
FEWEST_TO_IMPUTE = 50
"""Known outcomes below which a model's plain share stands in for its chance on a call."""
FEWEST_PAIRS = 20
"""Calls with two known outcomes below which it is not said how outcomes hang together."""
NEARLY_ALL = 0.95
"""Share of a model's known outcomes beside a bad answer from which on it was asked only after such."""


Pair = tuple[float, float]
"""Two known outcomes of a call: how far they agree beyond what chances say, and how far they could."""


@dataclass(frozen=True, slots=True)
class PastCall:
    """One recorded request: what is known of each model's outcome (0 to 1) and cost on it.

    ``propensity`` is the chance with which a model's outcome came to be known, where it was drawn.
    """

    text: str
    right: Mapping[str, float]
    costs: Mapping[str, float] = field(default_factory=dict)
    step: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    propensity: Mapping[str, float] = field(default_factory=dict)

    def undrawn(self) -> PastCall:
        """The same without what is known by a draw."""
        right, costs = ({model: value for model, value in known.items() if model not in self.propensity}
                        for known in (self.right, self.costs))  # fmt: skip
        return replace(self, right=right, costs=costs)


@dataclass(frozen=True, slots=True)
class Chain:
    """The models that a policy asks for a call, in order; the last one's answer is used."""

    models: tuple[str, ...]
    if_bad: frozenset[str] = frozenset()
    """Models after which it goes on only where their answer, which is not on record, is bad."""
    foresees: bool = False
    """Only the model whose answer is used is paid: nobody can do that."""
    undrawn: Chain | None = None
    """What it would ask if nothing were known by a draw; None: the same."""
    is_record: bool = False
    """It is what was asked: who is in it is no draw that one could weigh by."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The calls with every chance and cost, known or expected; and how outcomes hang together.

    ``bond`` is 0 for outcomes that know nothing of each other, 1 for those that agree as often as they can;
    None where the record does not say.
    """

    calls: Sequence[PastCall]
    chances: Sequence[Mapping[str, float]]
    usual: Sequence[Mapping[str, float]]
    """Each model's cost of a call by its length, known or not."""
    bond: float | None
    pairs: Mapping[int, Pair] = field(default_factory=dict)
    """What the bond was measured on, by the number of the call."""
    after_bad: frozenset[str] = frozenset()
    """Models that were asked only after another's bad answer, but for draws."""
    elsewhere: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """Their chances on the calls that another answered well, by number, where draws say something of them."""

    @property
    def bonds(self) -> tuple[float, float]:
        """The strongest and the weakest bond that may be."""
        return (1.0, 0.0) if self.bond is None else (self.bond, self.bond)

    def cost(self, at: int, model: str) -> float:
        """A model's cost of the call number ``at``, known or expected."""
        return self.calls[at].costs.get(model, self.usual[at][model])

    def right(self, at: int, model: str) -> float:
        """How right a model is on the call number ``at``, known or expected."""
        return self.calls[at].right.get(model, self.chances[at][model])

    def is_spared(self, at: int, model: str) -> bool:
        """Whether a model that was only asked what is hard was not asked, since another's answer was good."""
        call = self.calls[at]
        return model in self.after_bad and model not in call.right and others_did_well(call, model)

    def spared(self, at: int, model: str, is_tied: bool) -> float | None:
        """Its chance then; None where it is what is expected of the hard ones."""
        if not self.is_spared(at, model):
            return None
        found = self.elsewhere.get(model)
        return found[at] if found is not None else 1.0 if is_tied else None

    def undrawn(self) -> Filled:
        """The same calls without what is known by a draw."""
        return replace(self, calls=[call.undrawn() for call in self.calls])


@dataclass(slots=True)
class Result:
    """What a policy does with a call, as expected."""

    quality: float = 0.0
    cost: float = 0.0
    to_fill: float = 0.0
    """What it would cost to ask for the outcomes that are missing."""
    used: dict[str, float] = field(default_factory=dict)
    """How likely each model's answer is used."""


def fill(calls: Sequence[PastCall], usual_costs: Mapping[str, float]) -> Filled:
    """The calls with what is not known of them."""
    chances = _chances(calls, usual_costs)
    by_length = {model: _by_length(calls, model, usual) for model, usual in usual_costs.items()}
    usual = [{model: line(len(call.text)) for model, line in by_length.items()} for call in calls]
    after_bad = asked_after_bad(calls, list(usual_costs))
    pairs = _pairs(calls, chances, after_bad)
    elsewhere = {model: found for model in after_bad if (found := _elsewhere(calls, chances, model))}
    return Filled(calls, chances, usual, bond([*pairs.values()]), pairs, after_bad, elsewhere)


def result(filled: Filled, at: int, chain: Chain, bond: float) -> Result:
    """What a chain of models does with the call number ``at``; outcomes hang together as ``bond`` says."""
    tied, free = (_walk(filled, at, chain, is_tied) for is_tied in (True, False))
    return Result(
        bond * tied.quality + (1 - bond) * free.quality,
        bond * tied.cost + (1 - bond) * free.cost,
        bond * tied.to_fill + (1 - bond) * free.to_fill,
        {model: bond * share + (1 - bond) * free.used[model] for model, share in tied.used.items()},
    )


def _walk(filled: Filled, at: int, chain: Chain, is_tied: bool) -> Result:
    call, found = filled.calls[at], Result()
    seen = _Seen(filled.chances[at], call.right if is_tied else {})
    reached = 1.0
    for number, model in enumerate(chain.models):
        known = call.right.get(model)
        spared = filled.spared(at, model, is_tied)
        chance = known if known is not None else seen.chance(model) if spared is None else spared
        is_last = number == len(chain.models) - 1
        stops = 1.0 if is_last else chance if chain.foresees or model in chain.if_bad else 0.0
        found.quality += reached * (chance if is_last else stops)
        found.cost += reached * filled.cost(at, model) * (stops if chain.foresees else 1.0)
        found.to_fill += reached * filled.cost(at, model) if known is None else 0.0
        found.used[model] = found.used.get(model, 0.0) + reached * stops
        if chain.foresees and is_last:  # none is right: the first is as good and as cheap as any
            first = filled.cost(at, chain.models[0])
            found.cost += reached * (1 - chance) * (first - filled.cost(at, model))
        reached *= 1 - stops
        if is_tied and known is None:
            seen.was_bad(model)
    return found


class _Seen:
    """Chances given what is known: a request is as hard as a number in 0..1, right are those above it.

    That is how outcomes agree as often as they can.
    """

    def __init__(self, chances: Mapping[str, float], right: Mapping[str, float]) -> None:
        self._chances = chances
        self._from = max((chances[model] for model, value in right.items() if _is_bad(model, value, chances)),
                         default=0.0)  # fmt: skip
        self._to = min((chances[model] for model, value in right.items() if _is_good(model, value, chances)),
                       default=1.0)  # fmt: skip

    def chance(self, model: str) -> float:
        """How likely a model is right."""
        if self._from >= self._to:  # what is known is at odds with the chances: they alone are left
            return self._chances[model]
        inside = min(self._to, self._chances[model]) - self._from
        return min(1.0, max(0.0, inside / (self._to - self._from)))

    def was_bad(self, model: str) -> None:
        """The walk goes on after a model: its answer was bad."""
        self._from = max(self._from, self._chances[model])


def _is_bad(model: str, value: float, chances: Mapping[str, float]) -> bool:
    return model in chances and value < 0.5


def _is_good(model: str, value: float, chances: Mapping[str, float]) -> bool:
    return model in chances and value >= 0.5


def bond(pairs: Sequence[Pair]) -> float | None:
    """How much outcomes agree beyond what their chances say; None with too few pairs to tell."""
    if len(pairs) < FEWEST_PAIRS:
        return None
    beyond, possible = (sum(each) for each in zip(*pairs, strict=True))
    return min(1.0, max(0.0, beyond / possible)) if possible > 1e-9 else 0.0


def others_did_well(call: PastCall, model: str) -> bool:
    """Whether an answer of another model is known to be good."""
    return any(value >= 0.5 for other, value in call.right.items() if other != model)


def asked_after_bad(calls: Sequence[PastCall], models: Sequence[str]) -> frozenset[str]:
    """The models whose outcomes are known, but for draws, only where another's answer was bad."""
    found = set()
    for model in models:
        asked = [call for call in calls if model in call.right and model not in call.propensity]
        bad = sum(any(value < 0.5 for other, value in call.right.items() if other != model) for call in asked)
        spared = any(model not in call.right and others_did_well(call, model) for call in calls)
        if spared and asked and bad >= NEARLY_ALL * len(asked):
            found.add(model)
    return frozenset(found)


def _elsewhere(
    calls: Sequence[PastCall], chances: Sequence[Mapping[str, float]], model: str
) -> dict[int, float]:
    """A model's chances where another's answer was good, by those drawn of them; empty with too few."""
    easy = [at for at, call in enumerate(calls) if others_did_well(call, model)]
    off = [calls[at].right[model] - chances[at][model] for at in easy if model in calls[at].right]
    if len(off) < FEWEST_FOR_A_LINE:
        return {}
    shift = sum(off) / len(off)
    return {at: min(1.0, max(0.0, chances[at][model] + shift)) for at in easy}


def _pairs(
    calls: Sequence[PastCall], chances: Sequence[Mapping[str, float]], after_bad: frozenset[str]
) -> dict[int, Pair]:
    """The calls of two known outcomes, by number; not of models that were asked only after bad ones."""
    found = {}
    for at, (call, expected) in enumerate(zip(calls, chances, strict=True)):
        known = [(model, value) for model, value in call.right.items()
                 if model in expected and model not in after_bad]  # fmt: skip
        if len(known) < 2:
            continue
        (first, one), (second, other) = known[:2]
        tied = _Seen(expected, {first: one}).chance(second)
        sign = 1 if one >= 0.5 else -1
        found[at] = sign * (other - expected[second]), sign * (tied - expected[second])
    return found


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
        found = crossfit([Example(call.text, call.right, call.step) for call in calls], usual_costs)
        for model in usual_costs:
            _level(calls, found, model)
        return found
    plain = {}
    for model in usual_costs:
        known = [call.right[model] for call in calls if model in call.right]
        plain[model] = (sum(known) + 1) / (len(known) + 2)
    return [plain] * len(calls)


def _level(calls: Sequence[PastCall], chances: Sequence[dict[str, float]], model: str) -> None:
    """Shift a model's chances so that they are neither too high nor too low where its outcome is known."""
    off = [call.right[model] - expected[model]
           for call, expected in zip(calls, chances, strict=True) if model in call.right]  # fmt: skip
    if len(off) >= FEWEST_FOR_A_LINE:
        shift = sum(off) / len(off)
        for expected in chances:
            expected[model] = min(1.0, max(0.0, expected[model] + shift))
