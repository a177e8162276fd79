"""Rate limits of providers, shared by all runs of a process: who waits, how long, and in what order.

Declared limits (requests and tokens per minute, requests at once) hold for a provider as a whole: in any 60
seconds no more starts than that.  What the servers themselves say in their headers (nothing left until …, try
again in …) holds for the one model they speak of.  Turns are given in the order they were asked for; a call
that must wait for a model's own limit lets those for other models pass.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workbench.errors import CallError
from workbench.providers.port import Reply
from workbench.providers.rate_headers import Told, read_headers
from workbench.settings import Limits, Settings

MINUTE = 60.0
LONGEST_HOLD = 60.0
"""Seconds that a server's own word holds calls back; a longer wait is a failure for the caller to see."""
ENOUGH_AT_ONCE = 64
"""Calls in flight at which a model that had refused some counts as well again."""
SLACK = 0.005
"""Seconds added to a wait, so that a timer does not fire just before its time."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a turn is not there, and about how many seconds it will take; None is unknown."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RateState:
    """The state of one provider's limits now, for people."""

    provider: str
    in_flight: int
    waiting: int
    requests: int
    """Started in the last minute."""
    tokens: int
    """Used or set aside in the last minute."""
    limits: Limits
    held: Mapping[str, float]
    """Models that their server holds back, and for how many seconds more."""


@dataclass(slots=True, eq=False)
class _Start:
    at: float
    tokens: int


@dataclass(slots=True, eq=False)
class _Waiting:
    model: str
    tokens: int
    turn: asyncio.Future[Turn]


@dataclass(slots=True)
class _Held:
    """What a server said of one model."""

    until: float = 0.0
    left: int | None = None
    """Requests left until ``reset``."""
    reset: float = 0.0
    at_once: int | None = None
    """After it refused some for their rate: how many may be in flight, doubled by each that passes."""
    in_flight: int = 0

    def wait(self, now: float) -> float:
        """Seconds for which the server's word holds the model's calls back."""
        used_up = self.reset - now if self.left == 0 else 0.0
        return max(self.until - now, used_up, 0.0)

    def blocks(self, model: str, now: float) -> Wait | None:
        """Why no call may go to the model now."""
        seconds = self.wait(now)
        if seconds > 0:
            return Wait(f"{model} has nothing left of its rate limit", seconds)
        if self.at_once is not None and self.in_flight >= self.at_once:
            return Wait(f"{model} refused calls for their rate and is asked {self.at_once} at once")
        return None

    def passed(self) -> None:
        """A call was answered."""
        if self.at_once is not None:
            self.at_once = self.at_once * 2 if self.at_once < ENOUGH_AT_ONCE else None


class Turn:
    """The right to send one request now; ``done`` or ``give_back`` ends it."""

    __slots__ = ("_held", "_lane", "_model", "_start")

    def __init__(self, lane: _Lane, model: str, start: _Start, held: _Held | None) -> None:
        self._lane, self._model, self._start, self._held = lane, model, start, held

    def done(self, reply: Reply | None) -> None:
        """The request ended; what it used takes the place of what was set aside."""
        if reply is not None:
            if reply.usage.input_total is not None:
                self._start.tokens = reply.usage.input_total + (reply.usage.output or 0)
            if reply.headers:
                self._lane.heard(self._model, read_headers(reply.headers))
            if self._held is not None:
                self._held.passed()
        self._lane.ended(self._held)

    def failed(self, error: CallError) -> None:
        """What its failure says of the limits; ``done`` follows."""
        if not error.sent and error.error_class != "rate_limit":
            self._start.tokens = 0
        said = read_headers(error.partial.headers) if error.partial is not None else Told()
        if error.error_class == "rate_limit" and error.retry_after is not None:
            said = Told(hold=error.retry_after, left=said.left, reset=said.reset)
        self._lane.heard(self._model, said)
        if error.error_class == "rate_limit":
            self._lane.refused(self._model)

    def give_back(self) -> None:
        """No request was made."""
        self._lane.undo(self._start)
        self._lane.ended(self._held)


@dataclass(slots=True)
class _Lane:
    """The turns of one provider."""

    limits: Limits
    clock: Callable[[], float]
    in_flight: int = 0
    starts: deque[_Start] = field(default_factory=deque)
    waiting: deque[_Waiting] = field(default_factory=deque)
    held: dict[str, _Held] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None

    def take(self, model: str, tokens: int) -> Turn | None:
        """A turn at once, unless others wait already or a limit is reached."""
        if self.waiting or self.blocked(model, tokens) is not None:
            return None
        return self._give(model, tokens)

    async def turn(self, model: str, tokens: int) -> Turn:
        """A turn when its time comes."""
        mine = _Waiting(model, tokens, asyncio.get_running_loop().create_future())
        self.waiting.append(mine)
        self._wake()
        try:
            return await mine.turn
        except asyncio.CancelledError:
            if mine.turn.done() and not mine.turn.cancelled():
                mine.turn.result().give_back()
            elif mine in self.waiting:
                self.waiting.remove(mine)
                self._wake()
            raise

    def blocked(self, model: str, tokens: int) -> Wait | None:
        """Why no turn can be given now."""
        now = self.clock()
        held = self.held.get(model)
        if held is not None and (wait := held.blocks(model, now)) is not None:
            return wait
        limits = self.limits
        if self.in_flight >= limits.at_once:
            return Wait(f"{limits.at_once} requests are in flight at once")
        if limits.requests_per_minute is None and limits.tokens_per_minute is None:
            return None
        while self.starts and self.starts[0].at <= now - MINUTE:
            self.starts.popleft()
        return self._by_requests(now) or self._by_tokens(now, tokens)

    def _by_requests(self, now: float) -> Wait | None:
        most = self.limits.requests_per_minute
        if most is None or len(self.starts) < most:
            return None
        free = self.starts[len(self.starts) - most].at + MINUTE
        return Wait(f"{most} requests a minute are used up", max(free - now, 0.0))

    def _by_tokens(self, now: float, tokens: int) -> Wait | None:
        most = self.limits.tokens_per_minute
        if most is None:
            return None
        used = sum(each.tokens for each in self.starts)
        over = used + min(tokens, most) - most  # a request larger than a minute's tokens goes alone
        if over <= 0:
            return None
        free = now
        for each in self.starts:
            over -= each.tokens
            free = each.at + MINUTE
            if over <= 0:
                break
        return Wait(f"{most:,} tokens a minute are used up", max(free - now, 0.0))

    def heard(self, model: str, told: Told) -> None:
        """A server said what is left."""
        if told.hold is None and told.left is None:
            return
        now, held = self.clock(), self.held.setdefault(model, _Held())
        if told.hold is not None and told.hold <= LONGEST_HOLD:
            held.until = max(held.until, now + told.hold)
        if told.left is not None:
            held.left, held.reset = told.left, now + min(told.reset, LONGEST_HOLD)
        if self.waiting:
            self._wake()

    def refused(self, model: str) -> None:
        """The server refused a call for the rate of calls."""
        self.held.setdefault(model, _Held()).at_once = 1

    def ended(self, held: _Held | None) -> None:
        """A request ended."""
        self.in_flight -= 1
        if held is not None:
            held.in_flight -= 1
        if self.waiting:
            self._wake()

    def undo(self, start: _Start) -> None:
        """A turn was not used."""
        if start in self.starts:
            self.starts.remove(start)

    def _give(self, model: str, tokens: int) -> Turn:
        start = _Start(self.clock(), tokens)
        if self.limits.requests_per_minute is not None or self.limits.tokens_per_minute is not None:
            self.starts.append(start)
        self.in_flight += 1
        held = self.held.get(model)
        if held is not None:
            held.in_flight += 1
            if held.left:
                held.left -= 1
        return Turn(self, model, start, held)

    def _wake(self) -> None:
        """Give the turns that can be given, and look again when the next may be."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        soonest: float | None = None
        passed: deque[_Waiting] = deque()
        while self.waiting:
            first = self.waiting.popleft()
            if first.turn.done():
                continue
            wait = self.blocked(first.model, first.tokens)
            if wait is None:
                first.turn.set_result(self._give(first.model, first.tokens))
                continue
            passed.append(first)
            if wait.seconds is not None:
                soonest = wait.seconds if soonest is None else min(soonest, wait.seconds)
            held = self.held.get(first.model)
            if held is None or held.blocks(first.model, self.clock()) is None:
                break  # the provider's own limit: nobody passes who came later
        self.waiting.extendleft(reversed(passed))
        if soonest is not None:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_later(soonest + SLACK, self._wake)


class Rates:
    """The rate limits of all providers, by the first part of a model's name."""

    def __init__(
        self, limits: Mapping[str, Limits] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or {}
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}

    @classmethod
    def of(cls, settings: Settings) -> Rates:
        """As the settings declare them."""
        return cls({name: section.limits for name, section in settings.providers.items()})

    def take(self, model: str, tokens: int) -> Turn | None:
        """A turn for a request of about ``tokens`` tokens if one is there at once."""
        return self._lane(model).take(model, tokens)

    async def turn(self, model: str, tokens: int) -> Turn:
        """A turn when its time comes; whoever is cancelled leaves the queue."""
        return await self._lane(model).turn(model, tokens)

    def why(self, model: str, tokens: int) -> Wait:
        """Why there is no turn at once."""
        lane = self._lane(model)
        told = lane.blocked(model, tokens) or Wait("others came first")
        ahead = f", {len(lane.waiting)} wait ahead" if lane.waiting else ""
        return Wait(f"waiting for the rate limit of {_provider(model)}: {told.reason}{ahead}", told.seconds)

    def held(self, model: str) -> float:
        """Seconds that a model's server holds it back; 0 when it does not."""
        lane = self._lanes.get(_provider(model))
        held = lane.held.get(model) if lane is not None else None
        return held.wait(self._clock()) if held is not None else 0.0

    def states(self) -> list[RateState]:
        """The state of every provider that was asked, by name."""
        return [self._state(name, lane) for name, lane in sorted(self._lanes.items())]

    def _state(self, name: str, lane: _Lane) -> RateState:
        now = self._clock()
        recent = [each for each in lane.starts if each.at > now - MINUTE]
        held = {model: wait for model, said in lane.held.items() if (wait := said.wait(now)) > 0}
        tokens = sum(each.tokens for each in recent)
        return RateState(name, lane.in_flight, len(lane.waiting), len(recent), tokens, lane.limits, held)

    def _lane(self, model: str) -> _Lane:
        name = _provider(model)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(self._limits.get(name, Limits()), self._clock)
        return lane


def _provider(model: str) -> str:
    return model.partition("/")[0]
