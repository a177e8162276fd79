"""Who is well enough to be asked: the breakers of a role's models, and the word of their servers."""

from __future__ import annotations

from dataclasses import replace

from workbench.engine.around import Around
from workbench.errors import CallError
from workbench.events import Candidate
from workbench.recipe.durations import seconds
from workbench.recipe.model import Role
from workbench.routing.health import Asked

SHORT_WAIT = 2.0
"""Seconds that another side may ask us to wait before another candidate is asked instead."""


class RoleHealth:
    """The health of models as far as their role minds it: without a cooldown nobody rests."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def asked(self, role: Role, model: str) -> Asked:
        """A call is about to go to a model; what it tells of a model that rested."""
        return "" if cooldown_of(role) is None else self._around.health.asked(model)

    def ended(self, role: Role, model: str, error: BaseException | None, asked: Asked) -> None:
        """A call to a model ended; ``asked`` is what was said when it left."""
        cooldown = cooldown_of(role)
        if cooldown is None or role.fallback is None:
            return
        if error is None:
            self._around.health.succeeded(model, asked)
        elif isinstance(error, CallError):
            self._around.health.failed(model, error, role.fallback.failures, cooldown, asked)
        else:
            self._around.health.released(model, asked)

    def before_retry(self, role: Role, model: str, error: CallError) -> None:
        """Ends the retries when the model rests by now."""
        if cooldown_of(role) is not None and self._around.health.resting(model):
            raise error

    def resting(self, role: Role, model: str) -> str:
        """Why a model is not to be asked now: its breaker, or its server's word where others can be asked."""
        resting = "" if cooldown_of(role) is None else self._around.health.resting(model)
        if (
            resting
            or role.fallback is None
            or "rate_limit" not in role.fallback.on
            or len(role.candidates) < 2
        ):
            return resting
        held = self._around.rates.held(model)
        return f"has nothing left of its rate limit for {held:.0f} s" if held > SHORT_WAIT else ""

    def spared(self, role: Role, model: str) -> str:
        """Why a model that came back is left alone for now: another candidate can be asked."""
        health = self._around.health
        told = "" if cooldown_of(role) is None else health.returning(model)
        if not told:
            return ""
        others = (other for other in role.candidates if other != model)
        return (
            told if any(not (self.resting(role, each) or health.returning(each)) for each in others) else ""
        )

    def told(self, role: Role, path: str, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Candidates of a choice with how they are and how long such a call usually takes them."""
        if len(candidates) < 2:
            return candidates
        watched = cooldown_of(role) is not None
        return tuple(
            replace(
                each,
                health=self._around.health.word(each.model) if watched else "",
                seconds=each.seconds if each.seconds is not None else self._around.usual(path, each.model),
            )
            for each in candidates
        )


def cooldown_of(role: Role) -> float | None:
    """How long a failing model of the role rests, in seconds; None: never."""
    if role.fallback is None or role.fallback.cooldown is None:
        return None
    return seconds(role.fallback.cooldown)
