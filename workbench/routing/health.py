"""Which models rest: circuit breakers shared by all runs of a process (Nygard 2007, "Release It!").

A model that failed some number of times in a row is *open*: nobody asks it until its rest is over.  Then it
is *half-open*: one call tries it while all others still go elsewhere, so that a recovering server meets no
herd.  Its success closes the breaker, its failure opens it again.  Where the other side asked for a wait,
the rest is at least that long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from workbench.errors import CallError, ErrorClass

TRIAL = 120.0
"""Seconds after which a trial that never reported counts as lost, and another may be made."""

LONGEST_REST = 3600.0
"""The longest rest, in seconds, that another side can ask for; a longer wish counts as none."""

State = Literal["closed", "open", "half-open"]

COUNTED: frozenset[ErrorClass] = frozenset({"timeout", "rate_limit", "quota", "server", "network", "auth"})
"""Failures that say something of the model's health, and nothing of the request."""


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    until: float = 0.0
    is_open: bool = False
    trial: float | None = None
    why: str = ""


class Health:
    """The breakers of all models, by name.  ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._breakers: dict[str, _Breaker] = {}

    def state(self, model: str) -> State:
        """The state of a model's breaker."""
        breaker = self._breakers.get(model)
        if breaker is None or not breaker.is_open:
            return "closed"
        return "open" if self._clock() < breaker.until else "half-open"

    def resting(self, model: str) -> str:
        """Why a model is not to be asked now; empty when it may be."""
        state = self.state(model)
        if state == "closed":
            return ""
        breaker, now = self._breakers[model], self._clock()
        if state == "open":
            return f"rests {breaker.until - now:.1f} s more: {breaker.why}"
        if breaker.trial is not None and now - breaker.trial < TRIAL:
            return f"another call tries whether it is back: {breaker.why}"
        return ""

    def word(self, model: str) -> str:
        """How a model is, in a word or two."""
        breaker, state = self._breakers.get(model), self.state(model)
        if state == "open":
            return "rests"
        if state == "half-open":
            return "on trial"
        return f"failed {breaker.failures}x" if breaker is not None and breaker.failures else "well"

    def asked(self, model: str) -> bool:
        """A call goes to the model; True when it is the one that tries it after a rest."""
        if self.state(model) != "half-open":
            return False
        self._breakers[model].trial = self._clock()
        return True

    def succeeded(self, model: str, trial: bool = False) -> None:
        """A call to the model came back well.

        One that left before the breaker opened says nothing of how the model is now.
        """
        breaker = self._breakers.get(model)
        if breaker is not None and (trial or not breaker.is_open):
            del self._breakers[model]

    def failed(
        self, model: str, error: CallError, failures: int, cooldown: float, trial: bool = False
    ) -> None:
        """A call to the model failed; the ``failures``-th in a row lets it rest ``cooldown`` seconds.

        Once it rests, only the call that tries it, or the other side's own word, lengthens the rest.
        """
        if error.error_class not in COUNTED:
            self.released(model, trial)
            return
        breaker = self._breakers.setdefault(model, _Breaker())
        breaker.failures += 1
        asked = error.retry_after or 0.0
        asked = asked if asked <= LONGEST_REST else 0.0
        now = self._clock()
        if trial or not breaker.is_open:
            if breaker.failures < failures and not trial:
                return
            breaker.is_open, breaker.trial = True, None
            breaker.until = now + cooldown
            breaker.why = f"failed {breaker.failures} times in a row, last with {error.error_class}"
        if breaker.trial is None:
            breaker.until = max(breaker.until, now + asked)

    def released(self, model: str, trial: bool = True) -> None:
        """A trial ended without saying anything of the model's health: another may be made."""
        breaker = self._breakers.get(model)
        if breaker is not None and trial:
            breaker.trial = None

    def states(self) -> dict[str, tuple[State, str]]:
        """The models whose breaker counts failures, with its state and why, for people."""
        return {model: (self.state(model), self.resting(model)) for model in self._breakers}
