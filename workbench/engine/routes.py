"""Routes the model calls of one run: what is known of each candidate, the decision, the next after a failure.

A decision may rest on what changes: a draw, the record, who is well.  So a recording decides before the
policy does: always in a strict replay and for a run that goes on, and in reruns where asking another
model would change what nobody asked to change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from workbench.engine.around import Around
from workbench.engine.ask import Answer, AskModel
from workbench.engine.fingerprint import fingerprint
from workbench.engine.requests import most_it_may_cost
from workbench.engine.reuse import Reuse
from workbench.engine.role_health import RoleHealth, cooldown_of
from workbench.errors import CallError
from workbench.events import Json
from workbench.guard.budget import Budget
from workbench.guard.fitting import LEAST_ANSWER
from workbench.guard.over import OverBudget
from workbench.providers.port import Message, ModelInfo
from workbench.recipe.durations import seconds
from workbench.recipe.expressions import ExpressionError, evaluate, is_true
from workbench.recipe.model import Role
from workbench.routing.ability import cannot, needs_of, unsure
from workbench.routing.cheaper import next_cheaper
from workbench.routing.choosing import (
    CHARACTERS_PER_TOKEN,
    TOO_LONG,
    Known,
    Question,
    decide,
    draw,
    qualifies,
)
from workbench.routing.learned import USUAL_LENGTH
from workbench.routing.policies import Decision, after_failure, fixed

MOODY = frozenset({"split", "cheapest", "fastest", "learned"})
"""Policies that may decide otherwise when asked again, with nothing changed by anyone."""


class Routes:
    """Decides which model serves a call."""

    def __init__(
        self, around: Around, info: Callable[[str], ModelInfo], budget: Budget, reuse: Reuse
    ) -> None:
        self._around = around
        self.info = info
        self._budget = budget
        self._reuse = reuse
        self.health = RoleHealth(around)
        self.answered: dict[str, str] = {}
        """By step instance: the candidate that answered it last."""
        self._fixed: dict[str, tuple[Role, Decision]] = {}
        """By role: the decision that nothing can change, all its candidates being available."""
        self.first_asked: dict[str, str] = {}
        """By step instance of a role with several candidates: whom its latest call asked first."""

    def first(self, ask: AskModel) -> Decision:
        """Who is asked first."""
        role = ask.role
        kept = self._kept(ask)
        if kept is not None:
            decision = kept
        elif len(role.candidates) == 1 or (
            _is_plain(role, ask) and not self._is_late(ask) and not self._any_blocked(ask)
        ):
            decision = self._first_of(ask.target, role)
            needs, info = needs_of(ask.identity), self.info(decision.chosen)
            note = needs and (cannot(needs, info) or unsure(needs, info))
            if role.fit == "fail" and info.window and _length(ask) > info.window:
                note = f"{TOO_LONG} of {info.window} tokens"
            if note:
                decision = replace(decision, reason=f"{decision.reason}; {note}")
        else:
            decision = self._recorded(ask) or self._sparing(ask, ask.over)
        if len(role.candidates) > 1:
            self.first_asked[ask.path] = decision.chosen
        return decision

    def _first_of(self, name: str, role: Role) -> Decision:
        known = self._fixed.get(name)
        if known is not None and known[0] is role:
            return known[1]
        decision = fixed(name, role, self.info)
        if all(self.info(model).available for model in role.candidates):
            self._fixed[name] = (role, decision)
        return decision

    def _kept(self, ask: AskModel) -> Decision | None:
        """Who answered before in this conversation: another one would have to read it all anew."""
        last = self.answered.get(ask.path)
        goes_on = any(role == "assistant" for role, *_ in ask.identity.get("messages") or ())
        usual = ask.role.candidates[0] if ask.role.policy == "fixed" else ""
        if last is None or not goes_on or last in {usual, *ask.over} or last not in ask.role.candidates:
            return None
        others = dict.fromkeys(ask.role.candidates, f"the conversation goes on with {last}")
        del others[last]
        question = self._question(ask, {**others, **ask.over})
        if not qualifies(question):
            return None
        return replace(decide(question), reason=f"kept to {last}, which answered before")

    def doubts(self, ask: AskModel, answer: Answer) -> str:
        """Why the record gives an answer too little chance to be good; empty where it does not."""
        floor = ask.role.at_least.chance if ask.role.at_least is not None else None
        if floor is None or ask.role.policy != "cascade":
            return ""
        if answer.reused:  # the recording went on, or it did not
            over = {**ask.over, **dict.fromkeys((self.first_asked.get(ask.path, ""), answer.target), "asked")}
            return "as recorded" if self._recorded(replace(ask, over=over), moody=True) is not None else ""
        router = self._around.learned(ask.target)
        if router is None or not router.has_read(answer.target):
            return ""
        chance = router.answer_chance(answer.target, _text(ask.identity), answer.text, place(ask.path))
        return (
            "" if chance >= floor else f"{chance:.2f} likely to be good by the record, {floor:g} is asked for"
        )

    def serves(self, ask: AskModel) -> bool:
        """True when a candidate is left that qualifies for this request."""
        if self._recorded(ask) is not None:
            return True
        return not self._reuse.only and qualifies(self._question(ask, ask.over))

    def now(self, ask: AskModel, decision: Decision, failed: Mapping[str, str], *, again: bool) -> Decision:
        """The decision at the moment of asking: others may have found out that the model rests.

        ``again``: the model was asked before and failed.  Raises CallError when nobody is to be asked now.
        """
        resting = self.health.resting(ask.role, decision.chosen)
        if not resting and (again or not self.health.spared(ask.role, decision.chosen)):
            return decision
        following = decision if again else self._sparing(ask, {**ask.over, **failed})
        why = self.health.resting(ask.role, following.chosen)
        if not resting and (why or following.chosen in failed):
            return decision  # it is only spared, and nobody else can be asked
        if again or why or following.chosen in failed:
            told = f"{following.chosen} {why or 'failed'}"
            raise CallError("server", told, hint="wait, or give the role another candidate", sent=False)
        return following

    def _sparing(self, ask: AskModel, over: Mapping[str, str]) -> Decision:
        """The policy's choice; models that came back are spared where another qualifies."""
        question = self._question(ask, over)
        spared = {
            model: replace(known, resting=known.resting or self.health.spared(ask.role, model))
            for model, known in question.known.items()
        }
        sparing = replace(question, known=spared)
        return decide(sparing if qualifies(sparing) else question)

    def ahead(self, path: str) -> float:
        """Seconds that what follows a step instance takes by the record: they are not its own to use."""
        return self._around.ahead(path)[1] if self._budget.run.limits.seconds is not None else 0.0

    def spare(self, path: str, role: str) -> float:
        """The same with an equal share for each step that follows of which the record knows nothing."""
        if self._budget.run.limits.seconds is None:
            return 0.0
        unknown, known = self._around.ahead(path)
        left = self._budget.left(path, role).seconds or 0.0
        return known + max(left - known, 0.0) * unknown / (unknown + 1)

    def _is_late(self, ask: AskModel) -> bool:
        """True when a role's first candidate would not make it in the time left, or did not by the record."""
        first = ask.role.candidates[0]
        left = self._budget.left(ask.path, ask.target).seconds
        if left is None:
            recorded = self._recorded(ask) if self._reuse.records else None
            return recorded is not None and recorded.chosen != first
        usual = self._around.pace(ask.path, first)
        return usual is not None and usual > left - self.ahead(ask.path)

    def after(
        self, ask: AskModel, decision: Decision, error: CallError, failed: Mapping[str, str]
    ) -> Decision | None:
        """Who is asked after a failure; None when nobody is."""
        if not isinstance(error, OverBudget):
            return self._after(ask, decision, error, failed)
        over = {**ask.over, **failed}
        money = error.measure == "usd"
        cheaper = next_cheaper(self._question(ask, over), decision, error.message) if money else None
        if error.on_exceed == "cheaper":
            return cheaper
        following = self._after(ask, decision, error, failed)
        if following is None and cheaper is not None:
            error.hint = f"{error.hint}; with on_exceed: cheaper, {cheaper.chosen} would be asked"
        return following

    def _after(
        self, ask: AskModel, decision: Decision, error: CallError, failed: Mapping[str, str]
    ) -> Decision | None:
        role = ask.role
        if _is_plain(role, ask) and not self._any_blocked(ask):
            return after_failure(decision, role, error.error_class, frozenset(failed), self.info)
        over = {**ask.over, **failed}
        if role.fallback is None or error.error_class not in role.fallback.on:
            return None
        question = self._question(ask, over)
        following = decide(question)
        known = question.known[following.chosen]
        if following.chosen in over or known.resting or not known.info.available:
            return None
        return replace(following, reason=f"fallback: {decision.chosen} failed ({error.error_class})")

    # --- who may be asked ----------------------------------------------------------------------------

    def denied(self, ask: AskModel, model: str) -> str:
        """Why a model must not see this request; empty when it may."""
        return self._around.denied(ask.path, model)

    def incapable(self, ask: AskModel, model: str) -> str:
        """What the request needs that the model is known not to do; a schema may still be told in words."""
        needs = tuple(need for need in needs_of(ask.identity) if need != "schema")
        return cannot(needs, self.info(model))

    def _any_blocked(self, ask: AskModel) -> bool:
        """True when a candidate rests, must not or cannot be asked, or has too small a window."""
        length = _length(ask)
        return any(
            self.health.resting(ask.role, model)
            or self.denied(ask, model)
            or cannot(needs_of(ask.identity), self.info(model))
            or length > (self.window(model) or length)
            for model in ask.role.candidates
        )

    def window(self, model: str) -> int | None:
        """The tokens that a model can take; None is unknown."""
        return self.info(model).window

    def larger(self, ask: AskModel, decision: Decision, failed: Mapping[str, str]) -> Decision | None:
        """Who is asked when a request was too long: one with a larger window, whatever the fallback."""
        small = self.window(decision.chosen) or 0
        fits = [model for model in ask.role.candidates if (self.window(model) or 0) > small]
        over = {model: "its window is not larger" for model in ask.role.candidates if model not in fits}
        question = self._question(ask, {**ask.over, **over, **failed})
        if not qualifies(question):
            return None
        return replace(decide(question), reason=f"too long for {decision.chosen}: a larger window")

    # --- what is known -------------------------------------------------------------------------------

    def _recorded(self, ask: AskModel, *, moody: bool = False) -> Decision | None:
        """The decision that a recording holds for this request, where it counts."""
        moody = moody or ask.role.policy in MOODY
        for model in ask.role.candidates:
            if model in ask.over:
                continue
            if self._reuse.prefers(ask.path, fingerprint("model", model, ask.identity), moody):
                alone = ask.role.model_copy(update={"candidates": (model,)})
                found = fixed(ask.target, alone, self.info)
                return replace(found, policy=ask.role.policy, reason="as recorded")
        return None

    def _question(self, ask: AskModel, over: Mapping[str, str]) -> Question:
        role = ask.role
        text = _text(ask.identity)
        left = self._budget.left(ask.path, ask.target)
        router = self._around.learned(ask.target) if role.policy == "learned" else None
        chances = router.chances(text, place(ask.path)) if router is not None and router.has_evidence else {}
        worth = router.worth(chances) if router is not None and chances else {}
        unlearnt = router.unlearnt if router is not None and chances else {}
        return Question(
            ask.target,
            role,
            ask.identity.get("task", "prompt"),
            len(text),
            {
                model: replace(
                    self._known(ask, model, text, chances.get(model), left.seconds),
                    worth=worth.get(model),
                    unlearnt=unlearnt.get(model, ""),
                )
                for model in role.candidates
            },
            over,
            self._rule(ask, text),
            self._seed(ask, text),
            left.nano,
            router.evidence if router is not None else 0,
            router.is_long(text) if router is not None else len(text) > USUAL_LENGTH,
            None if left.seconds is None else left.seconds - self.ahead(ask.path),
            left.allow_unknown,
            needs_of(ask.identity),
        )

    def _known(
        self, ask: AskModel, model: str, text: str, chance: float | None, seconds: float | None
    ) -> Known:
        info, role = self.info(model), ask.role
        return Known(
            info,
            self.health.resting(role, model),
            self._around.pace(ask.path, model) if role.policy == "fastest" or seconds is not None else None,
            most_it_may_cost((Message("user", text),), role.params, info.price, LEAST_ANSWER),
            self.denied(ask, model),
            chance,
        )

    def _rule(self, ask: AskModel, text: str) -> int | None:
        """The first of the role's rules that holds."""
        if not ask.role.rules:
            return None
        names = self._names(ask, text)
        try:
            return next(
                (number for number, rule in enumerate(ask.role.rules) if is_true(rule.when, names)), None
            )
        except ExpressionError as error:
            raise CallError(
                "bad_request", f"rules of {ask.target}: {error.message}", hint=error.hint, sent=False
            ) from error

    def _seed(self, ask: AskModel, text: str) -> str:
        """What a split draws from: the run's own place, or what it is to keep to."""
        if ask.role.sticky is None:
            return f"{self._around.run}/{ask.path}"
        try:
            kept = evaluate(ask.role.sticky, self._names(ask, text))
        except ExpressionError as error:
            raise CallError(
                "bad_request", f"sticky of {ask.target}: {error.message}", hint=error.hint, sent=False
            ) from error
        return f"{ask.target}\0{json.dumps(kept, sort_keys=True, default=str)}"

    def _names(self, ask: AskModel, text: str) -> dict[str, Json]:
        """What the expressions of a role see."""
        request = {
            "text": text, "characters": len(text), "task": ask.identity.get("task", "prompt"),
            "step": place(ask.path), "session": self._around.session,
        }  # fmt: skip
        return {**self._around.inputs, "request": request}

    # --- beside the answer ---------------------------------------------------------------------------

    def hedge_after(self, ask: AskModel, model: str) -> float | None:
        """Seconds after which a second candidate is asked too; None: never, or nothing is known yet."""
        hedge = ask.role.hedge
        if hedge is None:
            return None
        return self._around.slow(ask.path, model) if hedge.after == "p95" else seconds(hedge.after)

    def hedged(
        self, ask: AskModel, decision: Decision, failed: Mapping[str, str], after: float
    ) -> Decision | None:
        """Who is asked while the first has not answered: the policy's next, else the same model again."""
        over = {**ask.over, **failed, decision.chosen: "asked already, and slow"}
        told = f"hedge: {decision.chosen} has not answered within {after:.3g} s"
        if len(ask.role.candidates) > 1:
            question = self._question(ask, over)
            if qualifies(question):
                return replace(decide(question), reason=told)
        if self.health.resting(ask.role, decision.chosen):
            return None
        return replace(decision, reason=told)

    def shadow(self, ask: AskModel, key: str) -> str:
        """The model that is asked in the shadow of the call named ``key``; empty for none."""
        shadow = ask.role.shadow
        if shadow is None or draw(f"{key}/shadow") >= shadow.share:
            return ""
        if self.denied(ask, shadow.model) or self.incapable(ask, shadow.model):
            return ""
        return shadow.model


def place(path: str) -> str:
    """A step instance's place in the recipe: ``checks/tone`` of ``checks[2]/tone#1``."""
    return re.sub(r"\[\d+\]|#\d+", "", path)


def _is_plain(role: Role, ask: AskModel) -> bool:
    """True when the first candidate is asked whatever happens."""
    return role.policy == "fixed" and not ask.over and cooldown_of(role) is None


def _length(ask: AskModel) -> float:
    """About how many tokens a request has."""
    return len(_text(ask.identity)) / CHARACTERS_PER_TOKEN


def _text(identity: Mapping[str, Json]) -> str:
    """What is asked, as one text: the user's side of it."""
    found = identity.get("text")
    if isinstance(found, str):
        return found
    return "\n".join(str(text) for role, text in identity.get("messages", ()) if role != "system")
