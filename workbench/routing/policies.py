"""Which model serves a call: the decision, with what was considered and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.errors import ErrorClass
from workbench.events import Candidate
from workbench.providers.port import ModelInfo
from workbench.recipe.model import Role


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen model, and all that were considered."""

    role: str
    policy: str
    chosen: str
    reason: str
    candidates: tuple[Candidate, ...]


def fixed(name: str, role: Role, info: Callable[[str], ModelInfo]) -> Decision:
    """The first candidate; the others stand by for a fallback."""
    waits = (
        "stands by for a fallback" if role.fallback
        else "stands by for a hedge" if role.hedge
        else "not asked: the role has no fallback"
    )  # fmt: skip
    considered = tuple(
        _candidate(
            model, info(model), chosen=position == 0, reason="first of the role" if not position else waits
        )
        for position, model in enumerate(role.candidates)
    )
    reason = "only candidate" if len(considered) == 1 else f"first of {len(considered)} candidates"
    return Decision(name, role.policy, role.candidates[0], reason, considered)


def after_failure(
    decision: Decision,
    role: Role,
    error_class: ErrorClass,
    failed: frozenset[str],
    info: Callable[[str], ModelInfo],
) -> Decision | None:
    """The next candidate that has not failed yet, when the role falls back on this class; else None."""
    if role.fallback is None or error_class not in role.fallback.on:
        return None
    chosen = next((model for model in role.candidates if model not in failed), None)
    if chosen is None:
        return None
    considered = tuple(
        _candidate(
            model,
            info(model),
            chosen=model == chosen,
            reason=f"failed: {error_class}" if model == decision.chosen
            else "failed before" if model in failed
            else "next of the role" if model == chosen
            else "stands by for a fallback",
        )
        for model in role.candidates
    )  # fmt: skip
    return Decision(
        decision.role, role.policy, chosen, f"fallback: {decision.chosen} failed ({error_class})", considered
    )


def swapped(decision: Decision, model: str, info: Callable[[str], ModelInfo]) -> Decision:
    """The model a person chose by hand instead."""
    others = tuple(
        Candidate(each.model, False, "passed over by hand", each.price) for each in decision.candidates
        if each.model != model
    )  # fmt: skip
    chosen = _candidate(model, info(model), chosen=True, reason="chosen by hand")
    return Decision(decision.role, decision.policy, model, "chosen by hand", (chosen, *others))


def _candidate(model: str, info: ModelInfo, *, chosen: bool, reason: str) -> Candidate:
    unavailable = "" if info.available else f"; not available: {info.reason}"
    return Candidate(model, chosen, reason + unavailable, info.price)
