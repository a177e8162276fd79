"""The next cheaper candidate: for a call that a budget does not hold at the model that was chosen."""

from __future__ import annotations

from dataclasses import replace

from workbench.routing.choosing import Question, decide, qualifies
from workbench.routing.policies import Decision


def next_cheaper(question: Question, decision: Decision, why: str) -> Decision | None:
    """The dearest candidate that may cost less than the one chosen and qualifies; None when there is none."""
    known = question.known
    asked = known[decision.chosen].most_nano if decision.chosen in known else None
    costs = {
        model: each.most_nano
        for model, each in known.items()
        if each.most_nano is not None and (asked is None or each.most_nano < asked)
    }
    for model in sorted(costs, key=lambda each: costs[each], reverse=True):
        others = {other: "not the next cheaper" for other in known if other != model}
        alone = replace(question, over={**others, **question.over})
        if model not in question.over and qualifies(alone):
            return replace(decide(alone), reason=f"cheaper than {decision.chosen}: {why}")
    return None
