"""What the gates of a planned step would ask, and how often its calls may be made at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.providers.retry import RetryPolicy
from workbench.recipe.model import Gate, Instead, Role, Similar, Step
from workbench.study.history import NOTHING, History, of_gate
from workbench.study.plan_worst import NO_MODEL, UNKNOWN
from workbench.usage import Price

if TYPE_CHECKING:
    from workbench.study.plan import PlannedStep


def asking(step: Step) -> Iterator[tuple[str, str]]:
    """The gates that ask somebody, guards first, with the role or function they ask."""
    for gate in (*step.guard, *((step.gate,) if step.gate is not None else ())):
        yield from _asking(gate)


def _asking(gate: Gate) -> Iterator[tuple[str, str]]:
    if gate.rubric is not None:
        yield "rubric", gate.rubric.model or ""
    if isinstance(gate.similar, Similar) and gate.similar.model is not None:
        yield "similar", gate.similar.model
    if gate.python is not None:
        yield "python", gate.python.call


def judges(
    planned: PlannedStep,
    step: Step,
    target_of: Callable[[str], str],
    history: History,
    price_of: Callable[[str], Price | None],
) -> Iterator[PlannedStep]:
    """What the gates of a planned step ask of others, once for each answer."""
    for gate, name in asking(step):
        at, free = of_gate(planned.path, gate), gate == "python"
        target = name if free else target_of(name)
        cost = NOTHING if free else history.cost(at, target, price_of(target))
        tokens = NOTHING if free else history.tokens(at, target)
        yield replace(
            planned, verb="tool" if free else "judge", target=target, effects=False, most=0, needs=None,
            reason=f"the gate {gate} of {planned.path} asks, where its others pass",
            expected=cost and cost.times(planned.at_most), time=history.time(at, target),
            tokens=tokens and tokens.times(planned.at_most), role="" if free else name,
            bound=NO_MODEL if free or _is_free(price_of(target)) else UNKNOWN,
        )  # fmt: skip


def _is_free(price: Price | None) -> bool:
    return price is not None and price.is_free


def most_of(steps: Iterable[PlannedStep]) -> int:
    """How many attempts steps make when all goes wrong that may: failures, slow and bad answers."""
    return sum(each.most * each.at_most for each in steps if each.action in ("call", "unknown"))


def without(step: Step) -> str:
    """How a run goes on when a step fails; empty where it does not."""
    if any(isinstance(each, Instead) for each in step.fail_actions):
        return "else its fallback value"
    if "continue" in step.fail_actions:
        return "goes on if it fails"
    return "optional" if step.optional else ""


def role_of(name: str, roles: Mapping[str, Role]) -> Role:
    """The role of a name, the only one, or a model named outright."""
    only = next(iter(roles.values())) if not name and len(roles) == 1 else None
    return roles.get(name) or only or Role(candidates=(name,))


def most_attempts(step: Step, roles: Mapping[str, Role], *, asks_a_model: bool) -> int:
    """How many attempts one instance of a step makes when all goes wrong that may.

    Each answer is tried for several times, at each candidate of a fallback, and once more by a hedge; it is
    asked for anew where ``on_fail`` or a cascade says so, and judged each time.
    """
    tries = RetryPolicy().tries
    anew = sum(action in ("retry", "revise") for action in step.fail_actions)
    if not asks_a_model:
        return tries * (1 + anew)
    role = role_of(step.model or "", roles)
    others = len(role.candidates) - 1
    once = tries * (1 + (others if role.fallback is not None else 0)) + (role.hedge is not None)
    answers = 1 + anew + (others if role.policy == "cascade" or "escalate" in step.fail_actions else 0)
    return answers * (once + tries * sum(1 for _ in asking(step)))
