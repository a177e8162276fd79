"""The policy of a role, as the recipe has it now, held against the requests that are on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from workbench.errors import UsageError
from workbench.providers.port import ModelInfo, Task
from workbench.recipe.expressions import ExpressionError, is_true
from workbench.recipe.model import Role
from workbench.routing.choosing import Known, Question, decide
from workbench.study.backtest import Backtest, PastCall, backtest
from workbench.study.routes import Asked, Routed, requests, usual_costs

AS_RECORDED, AS_NOW = "as recorded", "as the recipe is now"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A backtest of one role, and how many requests would have gone another way."""

    role: str
    policy: str
    result: Backtest
    otherwise: int
    """Requests for which other models would have been asked."""
    left_out: tuple[str, ...]
    """Candidates of which no call is on record: nothing can be said of them."""


def what_if(
    attempts: Sequence[Routed], name: str, role: Role, info: Callable[[str], ModelInfo], draws: int = 300
) -> WhatIf:
    """What the role's policy would have done with its recorded requests.  Raises UsageError without any."""
    asked = requests([each for each in attempts if each.decision.role == name])
    if not asked:
        raise UsageError(
            f"no call of the role {name} is on record", hint="workbench routes lists those that are"
        )
    seen = tuple(dict.fromkeys(model for each in asked for model in each.asked))
    costs = usual_costs(asked, tuple(dict.fromkeys((*role.candidates, *seen))))
    kept = tuple(model for model in role.candidates if model in costs)
    if not kept:
        raise UsageError(f"no candidate of {name} was ever asked", hint="run the recipe first")
    by_call = {id(each.past): each for each in asked}
    chosen = {id(each.past): would_ask(each, name, role, kept, info) for each in asked}

    def recorded(call: PastCall) -> tuple[str, ...]:
        return tuple(model for model in by_call[id(call)].asked if model in costs)

    policies = {AS_RECORDED: recorded, AS_NOW: lambda call: chosen[id(call)]}
    result = backtest([each.past for each in asked], costs, policies, draws)
    otherwise = sum(chosen[id(each.past)] != recorded(each.past) for each in asked)
    return WhatIf(name, role.policy, result, otherwise, tuple(m for m in role.candidates if m not in kept))


def would_ask(
    asked: Asked, name: str, role: Role, kept: tuple[str, ...], info: Callable[[str], ModelInfo]
) -> tuple[str, ...]:
    """The models the role would have asked for a request, in order.

    A cascade goes on where the recorded answer failed its gates or was not sure enough; it is taken to stop
    at an answer that is not on record.
    """
    known = {model: Known(info(model)) for model in role.candidates}
    over = {model: "no call of it is on record" for model in role.candidates if model not in kept}
    models: list[str] = []
    while True:
        question = Question(
            name, role, cast(Task, asked.task), len(asked.past.text), known, over, _rule(asked, role),
            f"{name}/{asked.past.text}",
        )  # fmt: skip
        decision = decide(question)
        if decision.chosen in over:
            break
        models.append(decision.chosen)
        if role.policy != "cascade" or not _goes_on(asked, role, decision.chosen):
            break
        over = {**over, decision.chosen: "not good enough"}
    return tuple(models)


def _goes_on(asked: Asked, role: Role, model: str) -> bool:
    if asked.past.right.get(model) == 0.0:
        return True
    sure = asked.confidence.get(model)
    return role.at_least is not None and sure is not None and sure < role.at_least.confidence


def _rule(asked: Asked, role: Role) -> int | None:
    text = asked.past.text
    request = {
        "text": text, "characters": len(text), "task": asked.task,
        "step": re.sub(r"\[\d+\]|#\d+", "", asked.path),
    }  # fmt: skip
    try:
        names = {**asked.inputs, "request": request}
        return next((number for number, rule in enumerate(role.rules) if is_true(rule.when, names)), None)
    except ExpressionError as error:
        raise UsageError(f"a rule cannot be worked out: {error.message}", hint=error.hint) from error
