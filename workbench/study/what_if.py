"""The policy of a role, as the recipe has it now, held against the requests that are on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from workbench.engine.routes import place
from workbench.errors import ErrorClass, UsageError
from workbench.providers.port import ModelInfo, Task
from workbench.recipe.expressions import ExpressionError, is_true
from workbench.recipe.model import Role, Sure
from workbench.routing.choosing import Known, Question, decide
from workbench.routing.learned import ENOUGH, Router
from workbench.routing.threshold import calibrate, crossfit, crossread
from workbench.study.backtest import Backtest, backtest
from workbench.study.imputing import Chain, PastCall
from workbench.study.judged import GONE, Judged
from workbench.study.learning import as_example, learnt_from, reads_answers, weighable
from workbench.study.routes import Asked, Routed, requests, usual_costs

AS_RECORDED, AS_NOW = "as recorded", "as the recipe is now"


@dataclass(frozen=True, slots=True)
class GateNow:
    """One gate over the recorded answers: what it says by the recipe of now, and how that is known."""

    place: str
    gate: str
    how: str
    checks: int
    passes: int | None
    """Answers that pass it now; None where that is known of none."""
    passed: int | None
    """Answers that passed it then; None where it checked none."""
    other: int
    """Answers on which it has another verdict now, or had none."""


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
    rejudged: int = 0
    """Answers whose verdict is another one by the gates of now."""
    gates: tuple[GateNow, ...] = ()
    """How the gates of now judged them."""
    is_latest: bool = False
    """Whether more is on record than it went by."""


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
    learnt = _learnt(asked, role)
    chosen = {
        id(each.past): would_ask(each, (name, role), kept, info, known)
        for each, known in zip(asked, learnt, strict=True)
    }

    def recorded(call: PastCall) -> Chain:
        return Chain(tuple(model for model in by_call[id(call)].asked if model in costs), is_record=True)

    policies = {AS_RECORDED: recorded, AS_NOW: lambda call: chosen[id(call)]}
    result = backtest([each.past for each in asked], costs, policies, draws)
    otherwise = sum(chosen[id(each.past)].models != recorded(each.past).models for each in asked)
    left_out = tuple(model for model in role.candidates if model not in kept)
    own = [each for each in attempts if each.decision.role == name]
    rejudged = sum(each.was != each.passed for each in own)
    return WhatIf(name, role.policy, result, otherwise, left_out, rejudged, gates_now(own))


def gates_now(attempts: Sequence[Routed]) -> tuple[GateNow, ...]:
    """Every gate of now or of then, and how it came to its verdicts; by step and gate."""
    found: dict[tuple[str, str, str], list[Judged]] = {}
    for each in attempts:
        for judged in each.judged:
            found.setdefault((judged.place, judged.gate, judged.how), []).append(judged)
    return tuple(
        GateNow(
            *key,
            checks=len(some),
            passes=_count([each.now for each in some]),
            passed=_count([each.then for each in some]),
            other=sum(each.now is not each.then for each in some if key[2] != GONE),
        )
        for key, some in sorted(found.items())
    )


def _count(verdicts: Sequence[bool | None]) -> int | None:
    known = [verdict for verdict in verdicts if verdict is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the other requests teach of one request: chances by model, by so many labelled calls."""

    chances: Mapping[str, float] = field(default_factory=dict)
    evidence: int = 0
    is_long: bool = False
    worth: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, float] = field(default_factory=dict)
    """The chance of each model's recorded answer, once read."""


def _learnt(asked: Sequence[Asked], role: Role) -> list[Learnt]:
    """Cross-fitted: a request is judged by what was learnt from others."""
    every, asked = asked, learnt_from(asked, role)
    weighed, _ = weighable(every, asked, role.candidates)
    labelled = sum(any(model in weighed for model in each.past.right) for each in asked)
    reads = reads_answers(role)
    if labelled < ENOUGH or not (role.policy == "learned" or reads):
        lengths = sorted(len(each.past.text) for each in asked)
        usual = lengths[len(lengths) // 2]
        return [Learnt({}, labelled, len(each.past.text) > usual) for each in asked]
    examples = [as_example(each) for each in asked]
    if reads:
        return [Learnt({}, labelled, answers=known) for known in crossread(examples, role.candidates)]
    chances = crossfit(examples, weighed)
    router = Router(weighed)
    promise = role.at_least.quality if role.at_least is not None else None
    if promise is not None:
        router.trade = calibrate(examples, weighed, promise).trade
    return [Learnt(known, labelled, worth=router.worth(known)) for known in chances]


def would_ask(
    asked: Asked,
    of: tuple[str, Role],
    kept: tuple[str, ...],
    info: Callable[[str], ModelInfo],
    learnt: Learnt | None = None,
) -> Chain:
    """The models the role would have asked for a request, in order.

    Who rested then is not asked, and a fallback or a hedge follows where a model gave no answer.  A cascade
    goes on where the recorded answer failed its gates or was not sure enough, and perhaps where an answer is
    not on record.
    """
    name, role = of
    learnt = learnt or Learnt()
    known = {
        model: Known(info(model), chance=learnt.chances.get(model), worth=learnt.worth.get(model))
        for model in role.candidates
    }
    over = {model: "no call of it is on record" for model in role.candidates if model not in kept}
    if set(kept) - asked.rested:
        over |= dict.fromkeys(asked.rested, "rested then")
    models: list[str] = []
    while True:
        question = Question(
            name, role, cast(Task, asked.task), len(asked.past.text), known, over, _rule(asked, role),
            f"{name}/{asked.past.text}", evidence=learnt.evidence, is_long=learnt.is_long,
        )  # fmt: skip
        decision = decide(question)
        if decision.chosen in over:
            break
        models.append(decision.chosen)
        if _gives_way(role, asked.failed.get(decision.chosen)):
            over = {**over, decision.chosen: "failed"}
            continue
        if role.policy != "cascade" or not _goes_on(asked, role, decision.chosen, learnt):
            break
        over = {**over, decision.chosen: "not good enough"}
    unknown = (model for model in models[:-1] if model not in asked.asked)
    return Chain(tuple(models), frozenset(unknown), undrawn=_undrawn(asked, of, kept, info, learnt))


def _undrawn(
    asked: Asked,
    of: tuple[str, Role],
    kept: tuple[str, ...],
    info: Callable[[str], ModelInfo],
    learnt: Learnt,
) -> Chain | None:
    """Whom a cascade would ask if nothing of the request were known by a draw; of others that is the same."""
    drawn = asked.past.propensity
    if of[1].policy != "cascade" or not drawn:
        return None
    bare = replace(
        asked,
        past=replace(asked.past.undrawn(), propensity={}),
        asked=tuple(model for model in asked.asked if model not in drawn),
        confidence={model: sure for model, sure in asked.confidence.items() if model not in drawn},
        failed={model: why for model, why in asked.failed.items() if model not in drawn},
    )
    return would_ask(bare, of, kept, info, learnt)


def _gives_way(role: Role, failure: ErrorClass | None) -> bool:
    """Whether a model that gave no answer then would have been replaced by the next."""
    if failure == "cancelled":
        return role.hedge is not None
    return role.fallback is not None and failure in role.fallback.on


def _goes_on(asked: Asked, role: Role, model: str, learnt: Learnt) -> bool:
    if asked.past.right.get(model) == 0.0:
        return True
    if model not in asked.asked:  # it goes on where its answer is bad, if anything says what is bad
        return learnt.evidence > 0
    floors = role.at_least or Sure()
    sure, chance = asked.confidence.get(model), learnt.answers.get(model)
    return _below(sure, floors.confidence) or _below(chance, floors.chance)


def _below(value: float | None, floor: float | None) -> bool:
    return value is not None and floor is not None and value < floor


def _rule(asked: Asked, role: Role) -> int | None:
    text = asked.past.text
    request = {
        "text": text, "characters": len(text), "task": asked.task,
        "step": place(asked.path), "session": asked.session,
    }  # fmt: skip
    try:
        names = {**asked.inputs, "request": request}
        return next((number for number, rule in enumerate(role.rules) if is_true(rule.when, names)), None)
    except ExpressionError as error:
        raise UsageError(f"a rule cannot be worked out: {error.message}", hint=error.hint) from error
