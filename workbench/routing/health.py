"""Which models rest: circuit breakers shared by all runs of a process (Nygard 2007, "Release It!").

A model that failed some number of times in a row is *open*: nobody asks it until its rest is over.  Then it
is *half-open*: one call tries it while all others still go elsewhere, so that a recovering server meets no
herd.  Its success closes the breaker, its failure opens it again.  Where the other side asked for a wait,
the rest is at least that long.  A model that came back is asked by two calls at once, by one more with each
that succeeds (so by twice as many each time all have), and by half as many with one that fails; others go
elsewhere meanwhile, where they can.
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

ALL_AGAIN = 64
"""Calls at once up to which a model that came back is asked by more and more."""

State = Literal["closed", "open", "half-open"]
Asked = Literal["", "trial", "return"]
"""What a call tells of a model that rested: it tries it, or is one of the few that follow."""

COUNTED: frozenset[ErrorClass] = frozenset({"timeout", "rate_limit", "quota", "server", "network", "auth"})
"""Failures that say something of the model's health, and nothing of the request."""


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    until: float = 0.0
    is_open: bool = False
    trial: float | None = None
    why: str = ""
    at_once: int = 0
    """Of a model that came back: how many may ask it; 0: all."""
    in_flight: int = 0
    """How many of these do."""


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
        if breaker is not None and breaker.at_once:
            return "comes back"
        return f"failed {breaker.failures}x" if breaker is not None and breaker.failures else "well"

    def returning(self, model: str) -> str:
        """Why a model that came back is to be spared, if another can be asked; empty when it need not be."""
        breaker = self._breakers.get(model)
        if breaker is None or not breaker.at_once or breaker.in_flight < breaker.at_once:
            return ""
        return f"comes back, and is asked by {breaker.at_once} at once: {breaker.why}"

    def asked(self, model: str) -> Asked:
        """A call goes to the model; what it tells besides is to be said when it has ended."""
        breaker = self._breakers.get(model)
        if breaker is not None and self.state(model) == "half-open":
            breaker.trial = self._clock()
            return "trial"
        if breaker is not None and breaker.at_once:
            breaker.in_flight += 1
            return "return"
        return ""

    def succeeded(self, model: str, asked: Asked = "") -> None:
        """A call to the model came back well.

        One that left before the breaker opened says nothing of how the model is now.
        """
        breaker = self._breakers.get(model)
        if breaker is None:
            return
        if asked == "trial":
            self._breakers[model] = _Breaker(why=breaker.why, at_once=2)
        elif asked == "return":
            self.released(model, asked)
            breaker.failures = 0
            breaker.at_once += 1
        if not breaker.is_open and (not breaker.at_once or breaker.at_once > ALL_AGAIN):
            del self._breakers[model]

    def failed(self, model: str, error: CallError, failures: int, cooldown: float, asked: Asked = "") -> None:
        """A call to the model failed; the ``failures``-th in a row lets it rest ``cooldown`` seconds.

        Once it rests, only the call that tries it, or the other side's own word, lengthens the rest.
        """
        if error.error_class not in COUNTED:
            self.released(model, asked)
            return
        breaker = self._breakers.setdefault(model, _Breaker())
        breaker.failures += 1
        if asked == "return":
            self.released(model, asked)
            breaker.at_once = -(-breaker.at_once // 2)
        wanted = error.retry_after or 0.0
        wanted = wanted if wanted <= LONGEST_REST else 0.0
        now = self._clock()
        if asked == "trial" or not breaker.is_open:
            if breaker.failures < failures and asked != "trial":
                return
            breaker.is_open, breaker.trial, breaker.at_once, breaker.in_flight = True, None, 0, 0
            breaker.until = now + cooldown
            often = f" {breaker.failures} times in a row, last" if breaker.failures > 1 else ""
            breaker.why = f"failed{often} with {error.error_class}"
        if breaker.trial is None:
            breaker.until = max(breaker.until, now + wanted)

    def released(self, model: str, asked: Asked) -> None:
        """A call ended without saying anything of the model's health: another may be made in its place."""
        breaker = self._breakers.get(model)
        if breaker is not None and asked == "trial":
            breaker.trial = None
        elif breaker is not None and asked == "return":
            breaker.in_flight = max(0, breaker.in_flight - 1)

    def states(self) -> dict[str, tuple[State, str]]:
        """The models whose breaker counts failures, with its state and why, for people."""
        return {model: (self.state(model), self.resting(model)) for model in self._breakers}
