"""How much quality to trade for money, so that a promise about quality is kept.

A threshold that just reaches the target on known calls misses it on half of the unknown ones.  So each call
is judged by the part of the router that did not see it, and the trade is the largest whose quality
stays above the target by ``z`` standard errors of the paired difference (one-sided 97.5 % at 1.96).  The
promise is for the next calls, as many as are known: their own chance is part of the error (a prediction
interval, not one of a mean).  Trades are tried from the most careful on, up to the first that fails: picking
the best of all that pass would pick the luckiest (fixed-sequence testing, as in "Learn then Test":
Angelopoulos et al. 2021).  Where many calls are alike, averaged chances may all fall on the other side of a
threshold that single ones pass: the router as it decides must keep the promise on the known calls too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from workbench.routing.answer_gate import AnswerGate
from workbench.routing.learned import ENOUGH, Example, Router

FOLDS = 5
MARGIN = 1.96
"""Standard errors kept between the promise and the estimate."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A calibrated trade: what it promises, and what the known calls say of it."""

    trade: float
    quality: float
    """Share of right answers over that of the reference model."""
    lowest: float
    """The same, less the margin."""
    saving: float
    """Share of the reference's cost."""
    calls: int


class NotEnoughEvidence(Exception):
    """Too few labelled calls to promise anything."""

    def __init__(self, calls: int) -> None:
        super().__init__(f"not enough evidence: {calls} labelled calls of {ENOUGH}")
        self.calls = calls


def crossfit(examples: Sequence[Example], costs: Mapping[str, float]) -> list[dict[str, float]]:
    """Every model's chance on each example, by what was learnt from others."""
    router = Router(costs)
    router.learn_all(examples)
    left_out = iter(router.left_out())
    return [
        next(left_out)[1]
        if any(model in costs for model in each.right)
        else router.chances(each.text, each.step)
        for each in examples
    ]


def crossread(
    examples: Sequence[Example], models: Iterable[str], folds: int = FOLDS
) -> list[dict[str, float]]:
    """The chance of every known answer, by a gate that learnt from the answers of the other folds."""
    chances: list[dict[str, float]] = [{} for _ in examples]
    for model in models:
        known = [at for at, each in enumerate(examples) if model in each.answers and model in each.right]
        if len(known) < ENOUGH:
            continue
        for fold in range(folds):
            gate = AnswerGate()
            for number, at in enumerate(known):
                if number % folds != fold:
                    each = examples[at]
                    gate.learn(each.text, each.answers[model], each.right[model], each.step)
            for at in known[fold::folds]:
                each = examples[at]
                chances[at][model] = gate.chance(each.text, each.answers[model], each.step)
    return chances


def calibrate(
    examples: Sequence[Example],
    costs: Mapping[str, float],
    target: float,
    *,
    reference: str | None = None,
    margin: float = MARGIN,
) -> Trade:
    """The trade that a router which learns from these examples should go by; as ``promised``."""
    router = Router(costs)
    router.learn_all(examples)
    return promised(router, target, reference=reference, margin=margin)


def promised(router: Router, target: float, *, reference: str | None = None, margin: float = MARGIN) -> Trade:
    """The trade that saves most while quality is at least ``target`` of the reference model's.

    The reference is the model that is right most often, unless named.  An outcome that is not known counts
    as its chance.  Raises NotEnoughEvidence below 200 labelled calls.
    """
    if not router.has_evidence:
        raise NotEnoughEvidence(router.evidence)
    known = router.left_out()
    chances = [each for _, each in known]
    right = [{model: each.get(model, given[model]) for model in router.models} for each, given in known]
    best = reference or max(router.models, key=lambda model: sum(each[model] for each in right))
    promise = (target, margin)
    tried = [_measured(router, right, chances, best, trade, promise) for trade in _trades()]
    kept = list(takewhile(lambda each: each.lowest >= target, tried))
    decided = router.decided()
    while len(kept) > 1:
        if _measured(router, right, decided, best, kept[-1].trade, promise).lowest >= target:
            break
        kept.pop()
    return kept[-1] if kept else tried[0]


def _trades() -> list[float]:
    return [0.0, *(step / 200 for step in range(1, 201))]


def _measured(
    router: Router,
    right: Sequence[Mapping[str, float]],
    chances: Sequence[Mapping[str, float]],
    reference: str,
    trade: float,
    promise: tuple[float, float],
) -> Trade:
    """What a trade would have done on known calls."""
    target, margin = promise
    chosen = [router.best(each, trade) for each in chances]
    count = len(chosen)
    got = [each[model] for each, model in zip(right, chosen, strict=True)]
    wanted = [each[reference] for each in right]
    of_reference = sum(wanted) / count or 1e-9
    apart = [one - target * other for one, other in zip(got, wanted, strict=True)]
    mean = sum(apart) / count
    spread = math.sqrt(sum((each - mean) ** 2 for each in apart) / max(count - 1, 1))
    error = spread * math.sqrt(1 / count + 1 / count)  # of the known calls, and of as many to come
    cost = sum(router.costs[model] for model in chosen) / count
    quality = sum(got) / count / of_reference
    return Trade(
        trade, quality, target + (mean - margin * error) / of_reference,
        1 - cost / (router.costs[reference] or 1e-9), count,
    )  # fmt: skip
