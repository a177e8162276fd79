"""Does a call fit into what is left?  Decided for all levels at once, from the most that it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.guard.account import Account
from workbench.guard.limits import MICRO, Amounts
from workbench.guard.over import too_dear, unpriced, used_up
from workbench.usage import FREE, PER_MILLION, Price

LEAST_ANSWER = 256
"""Tokens that an answer of free length must have room for: less would cut most answers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one attempt asks for."""

    path: str
    target: str
    role: str = ""
    price: Price | None = FREE
    tokens_in: int = 0
    """The most tokens the request may have; 0 for what is no model."""
    tokens_out: int = 0
    """The most tokens the answer may have."""
    may_shrink: bool = False
    """Nothing but the budget limits the answer, so it may be kept shorter."""
    seconds: float | None = None
    """The time limit it has anyway."""
    spare: float = 0.0
    """Seconds of the run's time to leave for what must follow; only for steps that say how to do without."""
    step: str = ""
    """The step that says so."""
    above_nano: int = 0
    above_tokens: int = 0
    """What its model was seen to bill above what was reckoned."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What to set aside; the answer's most tokens, and the time that summed-up seconds leave for it."""

    amounts: Amounts
    answer: int | None = None
    bound: Account | None = None
    """The level that keeps the answer shortest."""
    seconds: float | None = None
    slowest: Account | None = None
    """The level that leaves the least time."""


def fit(levels: Sequence[Account], wanted: Wanted) -> Fitted | Account:
    """What to set aside, or the level at which to wait for others.  Raises OverBudget."""
    blocked: Account | None = None
    answer, seconds, slowest = wanted.tokens_out, wanted.seconds, None
    bound: Account | None = None
    for account in levels:
        if _calls(account) or _seconds(account):
            blocked = account
        rooms = _rooms(account, wanted)
        for room in rooms:
            least = min(LEAST_ANSWER, wanted.tokens_out) if wanted.may_shrink else wanted.tokens_out
            if room.spent < least:
                raise room.refusal()
            if room.now < wanted.tokens_out and room.now < room.spent:
                blocked = account
            if bound is None or room.now < answer:
                answer, bound = min(answer, room.now), account
        summed = _summed_seconds_left(account)
        if summed is not None and (seconds is None or summed < seconds):
            seconds, slowest = summed, account
    if blocked is not None:
        return blocked
    nano = wanted.price.most(wanted.tokens_in, answer) + wanted.above_nano if wanted.price is not None else 0
    tokens = wanted.tokens_in + answer + wanted.above_tokens if wanted.tokens_in else 0
    amounts = Amounts(nano, tokens, 1, 0 if seconds is None or slowest is None else round(seconds * MICRO))
    if bound is None or not wanted.may_shrink:
        return Fitted(amounts, None, None, seconds, slowest)
    return Fitted(amounts, answer, bound, seconds, slowest)


@dataclass(frozen=True, slots=True)
class _Room:
    """Tokens of an answer that a level has room for: by what is spent, and with what others hold."""

    account: Account
    wanted: Wanted
    spent: int
    now: int
    of_money: bool

    def refusal(self) -> Exception:
        account, wanted, price = self.account, self.wanted, self.wanted.price
        limits, used = account.limits, account.spent
        if self.of_money:
            assert price is not None and limits.nano is not None
            needs = price.most(wanted.tokens_in, wanted.tokens_out) + wanted.above_nano
            return too_dear(account, "usd", needs, limits.nano - used.nano, limits.nano)
        assert limits.tokens is not None
        needs = wanted.tokens_in + wanted.tokens_out + wanted.above_tokens
        return too_dear(account, "tokens", needs, limits.tokens - used.tokens, limits.tokens)


def _calls(account: Account) -> bool:
    """True when only calls in flight keep this one out."""
    limit = account.limits.calls
    if limit is None:
        return False
    if account.spent.calls >= limit:
        raise used_up(account, "calls", limit)
    return account.spent.calls + account.held.calls >= limit


def _seconds(account: Account) -> bool:
    """The same of seconds that calls add up to."""
    limit = account.limits.seconds
    if limit is None or account.opened is not None:
        return False
    if account.spent.micros >= limit * MICRO:
        raise used_up(account, "seconds", limit)
    return account.spent.micros + account.held.micros >= limit * MICRO


def _summed_seconds_left(account: Account) -> float | None:
    limit = account.limits.seconds
    if limit is None or account.opened is not None:
        return None
    return limit - (account.spent.micros + account.held.micros) / MICRO


def _rooms(account: Account, wanted: Wanted) -> list[_Room]:
    """What limits the answer; free models are never too dear, and only models have tokens."""
    limits, spent, held = account.limits, account.spent, account.held
    rooms: list[_Room] = []
    if not wanted.tokens_in:
        return rooms
    if limits.tokens is not None:
        room = limits.tokens - spent.tokens - wanted.tokens_in - wanted.above_tokens
        rooms.append(_Room(account, wanted, room, room - held.tokens, of_money=False))
    price = wanted.price
    if limits.nano is None or (price is not None and price.is_free):
        return rooms
    if price is None:
        if not limits.allow_unknown:
            raise unpriced(account, wanted.target)
        return rooms
    room = limits.nano - spent.nano - wanted.above_nano
    by_spent, now = (_affordable(price, each, wanted) for each in (room, room - held.nano))
    rooms.append(_Room(account, wanted, by_spent, now, of_money=True))
    return rooms


def _affordable(price: Price, nano: int, wanted: Wanted) -> int:
    """Tokens of an answer that so much money pays, the request paid first; below 0 when it does not."""
    after = nano * PER_MILLION - wanted.tokens_in * price.dearest_input(wanted.tokens_in)
    rate = price.at(wanted.tokens_in).output
    if after < 0:
        return -1
    return after // rate if rate else wanted.tokens_out
