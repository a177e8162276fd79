"""Plans: what a run would do, before it does it.  Per step reuse or call, why, and what it may cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from workbench.engine.gating import REQUEST
from workbench.engine.requests import most_it_may_cost
from workbench.errors import CallError
from workbench.events import CallPlanned, Json
from workbench.guard.fitting import LEAST_ANSWER
from workbench.providers.port import Message
from workbench.recipe.model import MODEL_VERBS, Role, Step
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench, Rehearsal
from workbench.study.by_meaning import compared_texts, left_out
from workbench.study.change import Change
from workbench.study.explain import differences, parts_of_plan, parts_of_row
from workbench.study.history import NOTHING, Expectation, Spread, place, read_history
from workbench.study.interval import Chance, interval
from workbench.study.past_requests import by_path, instructions, token_lengths
from workbench.study.plan_budgets import ASKS_OTHERS, PlannedBudget, planned_budgets
from workbench.study.plan_gates import judges, most_attempts, role_of, without
from workbench.study.plan_words import for_each, why_chosen, why_nobody, why_unknown
from workbench.study.plan_worst import UNKNOWN, Bound, answer_at_most, bound_in, bound_of
from workbench.study.recorded import recorded_calls
from workbench.study.rehearsed import Instance, Unreached, instances, items, unreached, values
from workbench.study.thresholds import all_steps
from workbench.usage import Price

Action = Literal["reuse", "call", "unknown", "none"]
"""``none``: the step asks nobody, or is skipped."""

USUAL_INSTRUCTION = 250
"""Characters of the instruction of a classifier or extractor."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What one step instance would do.  ``expected`` is its cost in nano-dollars, ``time`` in seconds.

    Both are None where nothing is known.
    """

    path: str
    verb: str
    action: Action
    reason: str
    target: str = ""
    expected: Expectation | None = None
    time: Spread | None = None
    effects: bool = False
    at_most: int = 1
    """How often it may be done: the items of an ``each`` not reached and the later passes of a ``repeat`` are
    one entry."""
    or_more: bool = False
    """How often is not known before an earlier answer."""
    role: str = ""
    """Whose model would be asked."""
    tokens: Expectation | None = None
    """Tokens of request and answer; None is unknown."""
    most: int = 0
    """Attempts, those of its gates too, when all goes wrong that may; 0 where another entry counts them."""
    needs: int | None = None
    """Nano-dollars that a budget must have left for it."""
    without: str = ""
    """How the run goes on when it fails; empty where it does not."""
    bound: Bound = UNKNOWN
    """The most that one attempt may take."""

    @property
    def why(self) -> str:
        """The reason, and how the run goes on when it fails."""
        return f"{self.reason}; {self.without}" if self.without else self.reason

    @property
    def cost(self) -> Spread | None:
        """Nano-dollars, as far as they are known."""
        return None if self.expected is None else self.expected.spread


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run's plan.  ``against`` is the run whose recording would answer."""

    recipe: str
    against: str | None
    steps: tuple[PlannedStep, ...]
    budgets: tuple[PlannedBudget, ...] = ()
    """What it would take of each limit."""

    def count(self, action: Action) -> int:
        """How many step instances would do this, at most."""
        return sum(step.at_most for step in self.steps if step.action == action)

    @property
    def or_more(self) -> bool:
        """True when the number of items of some step is not known yet."""
        return any(step.or_more for step in self.steps if step.action in ("call", "unknown"))

    @property
    def cost(self) -> tuple[int, int | None]:
        """The least and the most it should cost, in nano-dollars; the most is None when a cost is unknown.

        What is unknown until an earlier answer may cost nothing, so the least leaves it out.
        """
        certain = [_chance(step) for step in self.steps if step.action == "call"]
        possible = [_chance(step) for step in self.steps if step.action == "unknown"]
        return interval(certain, possible)


def _chance(step: PlannedStep) -> Chance | None:
    """Calls of one model are off in the same direction."""
    return None if step.expected is None else (step.target, step.expected)


async def plan_live(bench: Bench, recipe: Recipe, inputs: Mapping[str, Json], change: Change) -> Plan:
    """The plan of a new run."""
    return _Planning(bench, await bench.rehearse(recipe, inputs, change)).plan()


async def plan_again(
    bench: Bench, reference: str, change: Change, at: str | None = None, output: str | None = None
) -> Plan:
    """The plan of a rerun, or of a fork at the step instance ``at``."""
    return _Planning(bench, await bench.rehearse_again(reference, change, at, output), at).plan()


class _Planning:
    """Makes the plan of one rehearsal."""

    def __init__(self, bench: Bench, rehearsal: Rehearsal, at: str | None = None) -> None:
        self._bench = bench
        self._recipe = rehearsal.recipe
        self._models = rehearsal.models
        self._parent = rehearsal.parent
        self._at = at
        self._events = rehearsal.events
        self._history = read_history(bench.reader, self._recipe.document.name)
        rows = recorded_calls(bench.reader, rehearsal.parent) if rehearsal.parent else []
        self._recorded = by_path(rows)
        self._token_lengths = token_lengths(rows)
        self._instructions = instructions(rows)
        self._budget = rehearsal.budget
        self._values = values(rehearsal.events)
        self._prices: dict[str, Price | None] = {}
        self._steps = dict(all_steps(self._recipe.document.steps))
        self._guards = {
            path: tuple(f"{gate} of {guard.in_ or REQUEST}" for guard in step.guard for gate in guard.given())
            for path, step in all_steps(self._recipe.document.steps)
            if step.guard
        }

    def plan(self) -> Plan:
        seen = instances(self._events)
        steps = [
            self._reached(each)
            for each in seen.values()
            if each.verb and (each.calls or not each.holds_others)
        ]
        steps += [self._unreached(each) for each in unreached(self._recipe, seen)]
        made = tuple(more for each in steps for more in self._and_more(self._in_full(each), seen))
        budgets = planned_budgets(made, self._recipe, self._budget, self._is_unpriced)
        return Plan(self._recipe.document.name, self._parent, made, budgets)

    def _in_full(self, planned: PlannedStep) -> PlannedStep:
        """With its role, its tokens, and what becomes of the run when it fails."""
        step = self._steps.get(place(planned.path))
        if step is None or planned.action not in ("call", "unknown"):
            return planned
        most = 0
        if planned.verb in ASKS_OTHERS:
            most = most_attempts(step, self._recipe.document.models, asks_a_model=step.verb in MODEL_VERBS)
        role = role_of(self._role(step), self._recipe.document.models)
        found = replace(
            planned, role=self._role(step), without=without(step), tokens=self._tokens(planned), most=most,
            bound=bound_in(step, role, planned.bound, self._price),
        )  # fmt: skip
        told = left_out(self._recipe, step)
        return self._with_guards(replace(found, reason=f"{found.reason}; {told}") if told else found)

    def _and_more(self, planned: PlannedStep, seen: Mapping[str, Instance]) -> Iterator[PlannedStep]:
        """A step, and after an agent's first question those that may follow until it can answer."""
        yield planned
        step = self._steps.get(place(planned.path))
        if step is None or planned.action not in ("call", "unknown"):
            return
        yield from judges(planned, step, self._target_of, self._history, self._price)
        if step.agent is None:
            return
        before = seen[planned.path].calls if planned.path in seen else ()
        left = step.at_most - max(sum(each.kind == "model" for each in before), 1)
        if left < 1:
            return
        one, tokens, most = planned.expected, planned.tokens, planned.most
        yield replace(
            planned, action="unknown", at_most=left * planned.at_most, time=None, needs=None, most=most,
            reason=f"until it can answer: at most {left} more questions to its model, and its tools",
            expected=NOTHING if one is not None and _is_whole(one) else one and one.times(left),
            tokens=NOTHING if tokens is not None and _is_whole(tokens) else tokens and tokens.times(left),
        )  # fmt: skip

    def _target_of(self, role: str) -> str:
        """Whom a gate would ask by a role's name."""
        return self._models.get(role) or role_of(role, self._recipe.document.models).candidates[0]

    def _role(self, step: Step) -> str:
        roles = self._recipe.document.models
        if step.verb not in MODEL_VERBS:
            return ""
        return step.model or (next(iter(roles)) if len(roles) == 1 else "")

    def _tokens(self, planned: PlannedStep) -> Expectation | None:
        """By past calls; of a free model that says nothing of tokens, none are counted."""
        if planned.verb not in MODEL_VERBS:
            return NOTHING
        found = self._history.tokens(planned.path, planned.target)
        if found is not None:
            return found.times(planned.at_most)
        price = self._price(planned.target)
        return NOTHING if price is not None and price.is_free else None

    def _is_unpriced(self, target: str) -> bool:
        return "/" in target and self._price(target) is None

    def _with_guards(self, planned: PlannedStep) -> PlannedStep:
        """A call that guards may stop says so."""
        found = self._guards.get(place(planned.path), ())
        if not found or planned.action not in ("call", "unknown"):
            return planned
        return replace(planned, reason=f"{planned.reason}; unless a guard stops it: {', '.join(found)}")

    # --- what the rehearsal reached ------------------------------------------------------------------

    def _reached(self, each: Instance) -> PlannedStep:
        if not each.calls:
            return PlannedStep(each.path, each.verb, "none", why_nobody(each, self._at))
        number = each.asks
        if number is None:
            call = each.calls[0]
            again = " (it has effects and is not done again)" if call.effects else ""
            reason = f"asked the same in {self._parent}{again}"
            return PlannedStep(each.path, each.verb, "reuse", reason, call.target, effects=call.effects)
        call = each.calls[number]
        return PlannedStep(
            each.path,
            each.verb,
            "call",
            "; ".join(each for each in (self._why_called(call, number), *why_chosen(call)) if each)
            or "a live run asks everything",
            call.target,
            self._cost(call),
            self._history.time(call.path, call.target) if call.kind != "human" else None,
            call.effects,
            needs=self._needs(call),
            bound=bound_of(
                call, role_of(self._role_at(call.path), self._recipe.document.models), self._price
            ),
        )

    def _needs(self, call: CallPlanned) -> int | None:
        role = self._recipe.document.models.get(self._role_at(call.path))
        text = "\n".join(text for _, text in call.identity.get("messages") or ()) or self._text(call)
        params = role.params if role is not None else {}
        price = self._price(call.target) if call.kind == "model" else None
        return most_it_may_cost((Message("user", text),), params, price, LEAST_ANSWER)

    def _role_at(self, path: str) -> str:
        step = self._steps.get(place(path))
        return self._role(step) if step is not None else ""

    def _cost(self, call: CallPlanned) -> Expectation | None:
        if call.kind != "model":
            return NOTHING
        price = next((each.price for each in call.candidates if each.chosen), None)
        length = self._token_lengths.get(call.target) or self._token_lengths.get("", 0.0)
        most = self._answer_at_most(self._steps.get(place(call.path)), price)
        return self._history.cost(call.path, call.target, price, self._characters(call), length, most)

    def _answer_at_most(self, step: Step | None, price: Price | None) -> float:
        role = role_of(self._role(step), self._recipe.document.models) if step is not None else None
        return answer_at_most(step, role, price) if step is not None and role is not None else math.inf

    def _characters(self, call: CallPlanned) -> int:
        """The length of the prompt; a classifier's or extractor's instruction is as long as it was."""
        messages = call.identity.get("messages")
        if messages is not None:
            return sum(len(text) for _, text in messages)
        instruction = self._instructions.get(place(call.path), USUAL_INSTRUCTION)
        return instruction + len(self._text(call))

    def _text(self, call: CallPlanned) -> str:
        """What is classified or extracted from; of a comparison, all that is compared."""
        text = str(call.identity.get("text", ""))
        step = self._steps.get(place(call.path))
        if step is None or call.identity.get("task") != "compare":
            return text
        return "\n".join(compared_texts(self._recipe, step, text))

    def _why_called(self, call: CallPlanned, number: int) -> str:
        if self._parent is None:
            return ""
        rows = self._recorded.get(call.path, ())
        if number >= len(rows):
            return f"asked more often than in {self._parent}" if rows else f"{self._parent} did not ask this"
        first, last = rows[number]
        if last.status not in ("ok", "reused"):
            return f"it did not end well in {self._parent}: {last.error_class or last.status}"
        found = differences(parts_of_row(first), parts_of_plan(call))
        if found:
            return ", ".join(str(each) for each in found)
        if self._at is not None:
            return f"forked at {self._at}"
        return f"asked more often than in {self._parent}"

    # --- what it did not reach -----------------------------------------------------------------------

    def _unreached(self, each: Unreached) -> PlannedStep:
        step, verb = each.step, each.step.verb
        if verb == "set":
            return PlannedStep(each.path, verb, "none", "asks nobody")
        target = self._target(step)
        number = items(each.lists, self._values)
        most = self._answer_at_most(step, self._price(target) if "/" in target else None)
        cost = self._history.whole_cost(each.path, target, self._price, 1 if number is None else number, most)
        if verb in ("retrieve", "tool", "human") and step.model is None:
            cost = NOTHING
        if cost is not None and each.passes:
            cost = cost.times(each.passes)
        time = self._history.time(each.path, target)
        until = ", ".join(each.causes) or "earlier steps"
        if self._parent is None and not each.passes and step.if_ is None and verb != "choose":
            reason = f"after {until}{for_each(each, number)}"
            found = PlannedStep(each.path, verb, "call", reason, target, cost, time)
        else:
            reason = why_unknown(each, until) + for_each(each, number)
            found = PlannedStep(each.path, verb, "unknown", reason, target, cost, time, step.effects)
        often = max(each.passes, 1) * (1 if number is None else number)
        return replace(found, at_most=often, or_more=number is None) if often else _no_items(found)

    def _target(self, step: Step) -> str:
        """Whom a step would ask first; empty where that depends on its branch."""
        if step.verb in ("tool", "retrieve"):
            return step.tool or step.from_ or ""
        if step.verb not in MODEL_VERBS:
            return ""
        roles: Mapping[str, Role] = self._recipe.document.models
        name = step.model or (next(iter(roles)) if len(roles) == 1 else "")
        role = roles.get(name)
        return self._models.get(name) or (role.candidates[0] if role else name)

    def _price(self, target: str) -> Price | None:
        if target not in self._prices:
            try:
                provider, model = self._bench.providers.provider(target)
                self._prices[target] = provider.info(model).price
            except CallError:
                self._prices[target] = None
        return self._prices[target]


def _is_whole(found: Expectation) -> bool:
    """Whether a figure tells of a whole step, since it is learnt from the same one."""
    return bool(found.count) and not found.bias


def _no_items(planned: PlannedStep) -> PlannedStep:
    return PlannedStep(planned.path, planned.verb, "none", "its list has no items")
