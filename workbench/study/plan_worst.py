"""The most that a planned run could take of a limit, when all goes wrong that may; unknown is said.

Known is a request that is rendered already, at most as long an answer as its budget reserves, at each model
that may be asked.  What grows with answers to come (a revision, an agent's conversation) is not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engine.requests import most_it_may_cost
from workbench.events import CallPlanned
from workbench.guard.limits import Measure
from workbench.providers.port import Message
from workbench.recipe.model import MODEL_VERBS, Role, Step
from workbench.usage import PER_MILLION, Price

if TYPE_CHECKING:
    from workbench.study.plan import PlannedStep

PriceOf = Callable[[str], Price | None]


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that one attempt may take, in nano-dollars and in tokens; None is unknown."""

    usd: int | None = None
    tokens: int | None = None

    def grown(self) -> Bound:
        """Of a request that grows with answers: what is free stays so."""
        return Bound(0 if self.usd == 0 else None)


UNKNOWN, NO_MODEL = Bound(), Bound(0, 0)


def bound_of(call: CallPlanned, role: Role, price_of: PriceOf) -> Bound:
    """Of a call whose request is rendered, at whichever of its role's candidates."""
    if call.kind != "model":
        return NO_MODEL
    messages = call.identity.get("messages")
    if messages is None:  # what a classifier or an extractor is told is the provider's own matter
        return UNKNOWN
    others = {key: value for key, value in call.identity.items() if key != "messages"}
    asked = (*(Message(who, text) for who, text in messages), Message("user", json.dumps(others)))
    tokens = most_it_may_cost(asked, role.params, Price(PER_MILLION, PER_MILLION))
    costs = [most_it_may_cost(asked, role.params, price_of(model)) for model in role.candidates]
    known = [cost for cost in costs if cost is not None]
    return Bound(max(known) if len(known) == len(costs) else None, tokens)


def bound_in(step: Step, role: Role, bound: Bound, price_of: PriceOf) -> Bound:
    """Of each attempt of a step: the free stay free, and what makes requests grow makes them unknown."""
    if step.verb not in MODEL_VERBS:
        return NO_MODEL
    if all((price := price_of(model)) is not None and price.is_free for model in role.candidates):
        bound = Bound(0, bound.tokens)
    grows = "revise" in step.fail_actions or step.agent is not None or bool(step.attach)
    return bound.grown() if grows or role.fit == "summarise" or role.shadow is not None else bound


def answer_at_most(step: Step, role: Role, price: Price | None) -> float:
    """Nano-dollars that the answer of a step cannot exceed, where it is asked once and has a limit."""
    longest = role.params.get("max_tokens")
    anew = any(each in ("retry", "revise", "escalate") for each in step.fail_actions)
    if price is None or not isinstance(longest, int) or anew or role.policy == "cascade" or step.agent:
        return math.inf
    return price.most(0, longest)


def worst_of(steps: Iterable[PlannedStep], measure: Measure) -> int | None:
    """Nano-dollars or tokens of all attempts there could be; None where that is unknown."""
    total = 0
    for each in steps:
        if each.action not in ("call", "unknown"):
            continue
        one = each.bound.usd if measure == "usd" else each.bound.tokens
        if one is None or (each.or_more and one):
            return None
        total += one * each.most * each.at_most
    return total
