"""The budget of a run, in levels: run, steps, roles, session, day, batch.

An amount is reserved at all levels before a call and settled after it, so that parallel calls cannot
overshoot together.  A call that only the reservations of others keep out waits until they are settled: most
calls cost far less than the most they may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from workbench.events import BudgetLine, BudgetUsed
from workbench.guard.account import Account, Clock
from workbench.guard.billing import CAREFUL, Billing
from workbench.guard.fitting import Fitted, Wanted, fit
from workbench.guard.limits import MICRO, Amounts, Limits, shown
from workbench.guard.over import OverBudget, no_room, no_time, used_up
from workbench.usage import Usage

FIRST_WAIT, LONGEST_WAIT = 0.02, 0.5
"""Seconds between looks at what other processes have set aside."""
BETWEEN_NEWS = 0.1
"""Seconds between two tellings of how a budget stands."""


class Common(Protocol):
    """The levels that runs of all processes share: session and day."""

    @property
    def accounts(self) -> Sequence[Account]:
        """The levels, as they stood when they were looked at last."""

    async def hold(self, amounts: Amounts) -> int | None:
        """Set an amount aside at all of them, at once for all processes; None when it does not fit."""

    async def look(self) -> None:
        """See how they stand."""

    def settle(self, held: int, paid: Amounts) -> None:
        """Count what was paid in place of what was set aside."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is set aside for one attempt."""

    amounts: Amounts = field(default_factory=Amounts)
    accounts: tuple[Account, ...] = ()
    kept: tuple[Amounts, ...] = ()
    """What each of them keeps from others: more, where it is not known how the model is billed."""
    common: int | None = None
    answer: int | None = None
    """The most tokens of the answer; None where nothing limits it but the request."""
    bound: Account | None = None
    """The level that keeps it so short."""
    seconds: float | None = None
    """How long the attempt may take; None without a limit."""
    by: OverBudget | None = None
    """What to raise when that time is up, where a budget set it."""


FREE_OF_LIMITS = Held()


@dataclass(frozen=True, slots=True)
class Left:
    """What is left for a step; None is no limit.  Money in nano-dollars, what calls in flight hold counted as
    left: a call waits for it."""

    nano: int | None = None
    seconds: float | None = None
    allow_unknown: bool = True


class Budget:
    """The levels of one run."""

    def __init__(
        self,
        *,
        nano: int | None = None,
        seconds: float | None = None,
        calls: int | None = None,
        limits: Limits | None = None,
        roles: Mapping[str, Limits] | None = None,
        batch: Account | None = None,
        common: Common | None = None,
        spent: Iterable[tuple[str, str, Amounts]] = (),
    ) -> None:
        """``limits`` of the run, or three by name; ``spent`` is what it used before, by path and role."""
        self.clock = Clock()
        self.billing = Billing()
        """How models are billed; of a whole process where it is set."""
        given = limits or Limits(nano=nano, seconds=seconds, calls=calls)
        self.run = Account("run", given, opened=0.0)
        self.roles = {name: Account("role", each, name) for name, each in (roles or {}).items()}
        self.steps: dict[str, Account] = {}
        self.batch = batch
        self.common = common
        self._may_fail: list[str] = []
        self._shares: dict[str, float] = {}
        """By step that the run can do without: when, by its clock, its share of the time is over."""
        self._told = -BETWEEN_NEWS
        self._before = list(spent)
        for _, role, amounts in self._before:
            self.run.spent.add(amounts)
            if role in self.roles:
                self.roles[role].spent.add(amounts)

    def start(self) -> None:
        """Start the clock; the time of a run that goes on is counted anew."""
        self.clock.start()

    def open_step(self, path: str, limits: Limits) -> None:
        """Count a step by itself from now on, its items, passes and inner steps with it."""
        spent = Amounts()
        for before, _, amounts in self._before:
            if within(before, path):
                spent.add(amounts)
        self.steps[path] = Account("step", limits, path, spent, opened=self.clock.seconds)

    def close_step(self, path: str) -> None:
        """The step has ended: its clock stops."""
        if path in self.steps:
            self.steps[path].closed = self.clock.seconds

    def levels(self, path: str, role: str = "") -> list[Account]:
        """All levels that a call of the step instance ``path`` counts at, and that limit something."""
        found = [self.run] if self.run.limits.any else []
        if self.batch is not None:
            found.append(self.batch)
        if role in self.roles:
            found.append(self.roles[role])
        if self.steps:
            found += [account for at, account in self.steps.items() if within(path, at)]
        if self.common is not None:
            found += self.common.accounts
        return found

    @property
    def limits_something(self) -> bool:
        """False where nothing is limited, at no level."""
        shared = self.batch is not None or self.common is not None
        return shared or self.run.limits.any or bool(self.steps or self.roles)

    @property
    def accounts(self) -> list[Account]:
        """Every level there is."""
        common = self.common.accounts if self.common is not None else ()
        own = [self.run, *self.steps.values(), *self.roles.values()]
        return [each for each in (*own, *([self.batch] if self.batch else ()), *common) if each.limits.any]

    def left(self, path: str, role: str = "") -> Left:
        """What is left for a call of a step."""
        levels = self.levels(path, role)
        money = [each for each in levels if each.limits.nano is not None]
        nano = [(each.limits.nano or 0) - each.spent.nano for each in money]
        seconds = [left for each in levels if (left := self._seconds_left(each)) is not None]
        return Left(
            min(nano, default=None),
            min(seconds, default=None),
            all(each.limits.allow_unknown for each in money),
        )

    def late(self, path: str, role: str = "") -> OverBudget | None:
        """What to raise when a call waited until no time was left for it."""
        timed = [
            (left, each) for each in self.levels(path, role) if (left := self._seconds_left(each)) is not None
        ]
        if not timed:
            return None
        account = min(timed, key=lambda pair: pair[0])[1]
        return used_up(account, "seconds", account.limits.seconds or 0.0)

    def no_time(self, wanted: Wanted, wait: float, because: str) -> OverBudget | None:
        """What to raise where a wait before another attempt would leave no time for it."""
        try:
            left, by = self.time_left(replace(wanted, seconds=None))
        except OverBudget as error:
            return error
        return no_time(by, wait, left, because) if by and left is not None and wait >= left else None

    # --- steps that go on without ---------------------------------------------------------------------

    def may_fail(self, path: str) -> None:
        """The step says how the run goes on without it."""
        self._may_fail.append(path)

    def goes_on(self, path: str) -> str:
        """The step that lets the run go on when the step instance ``path`` fails; empty when none does."""
        return max((each for each in self._may_fail if within(path, each)), key=len, default="")

    # --- how it stands -------------------------------------------------------------------------------

    def lines(self) -> tuple[BudgetLine, ...]:
        """What is used of every limit."""
        return tuple(
            BudgetLine(account.level, account.name, measure, used, limit, account.limits.on_exceed)
            for account in self.accounts
            for measure, (used, limit) in account.used(self.clock).items()
        )

    def news(self, *, at_once: bool = False) -> BudgetUsed | None:
        """How it stands, for who looks on: not too often, but ``at_once`` when a limit comes near."""
        accounts = self.accounts
        if not accounts:
            return None
        near = tuple(
            f"{account.title}: {shown(measure, used)} of {shown(measure, limit)} used"
            for account in accounts
            for measure in account.nearly(self.clock)
            for used, limit in (account.used(self.clock)[measure],)
        )
        now = self.clock.seconds
        if not (near or at_once) and now - self._told < BETWEEN_NEWS:
            return None
        self._told = now
        return BudgetUsed(lines=self.lines(), near=near)

    # --- around a call -------------------------------------------------------------------------------

    async def hold(self, wanted: Wanted) -> Held:
        """Set aside the most that an attempt may take, at all its levels.  Raises OverBudget."""
        levels = self.levels(wanted.path, wanted.role)
        if not levels:
            return FREE_OF_LIMITS if wanted.seconds is None else Held(seconds=wanted.seconds)
        wait = FIRST_WAIT
        while True:
            limit, by = self.time_left(wanted)
            above = self.billing.above(wanted.target)
            if above is not None:
                wanted = replace(wanted, above_nano=above.nano, above_tokens=above.tokens)
            fitted = fit(levels, wanted)
            if isinstance(fitted, Account):
                wait = await self._settled(fitted, wait, limit, by)
                continue
            held = await self._hold(levels, fitted, 1 if above is not None else CAREFUL)
            if held is not None:
                return self._timed(held, fitted, limit, by)

    def settle(self, held: Held, paid: Amounts) -> None:
        """Count what was really paid in place of what was set aside."""
        self.run.spent.add(paid)
        for account, kept in zip(held.accounts, held.kept, strict=True):
            if account is not self.run:
                account.spent.add(paid)
            account.release(kept)
        if held.common is not None and self.common is not None:
            self.common.settle(held.common, paid)
            for account in self.common.accounts:
                account.spent.add(paid)  # until they are looked at again

    def learn(self, held: Held, wanted: Wanted, usage: Usage, cost: int | None) -> None:
        """What an answer was billed; without limits nothing was reckoned that it could be compared with."""
        if held.accounts or held.common is not None:
            self.billing.learn(wanted, held.answer, usage, cost)

    async def _hold(self, levels: Sequence[Account], fitted: Fitted, times: int) -> Held | None:
        """Set aside here, so many times, and in common; None when others were faster."""
        common = self.common.accounts if self.common is not None else ()
        own = tuple(each for each in levels if not any(each is other for other in common))
        kept = tuple(account.hold(fitted.amounts, times) for account in own)
        number: int | None = None
        if self.common is not None:
            try:
                number = await self.common.hold(fitted.amounts)
            finally:
                if number is None:
                    for account, each in zip(own, kept, strict=True):
                        account.release(each)
            if number is None:
                return None
        return Held(fitted.amounts, own, kept, number, fitted.answer, fitted.bound)

    async def _settled(
        self, account: Account, wait: float, limit: float | None, by: OverBudget | None
    ) -> float:
        """Wait until an amount may have come free at ``account``; the next wait."""
        here = self.common is None or not any(account is each for each in self.common.accounts)
        try:
            async with self.clock.limit(limit):
                await (account.settled() if here else asyncio.sleep(wait))
        except TimeoutError:
            raise by or no_room(account, limit or 0.0) from None
        if not here and self.common is not None:
            await self.common.look()
        return min(wait * 2, LONGEST_WAIT)

    # --- time ----------------------------------------------------------------------------------------

    def time_left(self, wanted: Wanted) -> tuple[float | None, OverBudget | None]:
        """Seconds an attempt may take by its step and the clock; what to raise then, where a level decides.

        Raises OverBudget where none is left.
        """
        limit, by = wanted.seconds, None
        for account in self.levels(wanted.path, wanted.role):
            left = self._seconds_left(account) if account.opened is not None else None
            if left is None:
                continue
            total = account.limits.seconds or 0.0
            if left <= 0:
                raise used_up(account, "seconds", total)
            share = self._share_left(wanted, left) if account is self.run and wanted.spare else left
            if share < left and (limit is None or share < limit):
                limit = max(share, 0.0)
                by = self._share(wanted, limit)
            elif limit is None or left < limit:
                limit, by = left, _in_flight(account)
        if limit is not None and limit <= 0 and by is not None:
            raise by
        return limit, by

    def _share_left(self, wanted: Wanted, left: float) -> float:
        """Seconds of the run's time that are left for a step; tries again have no new share."""
        now = self.clock.seconds
        until = self._shares.setdefault(wanted.step, now + left - wanted.spare)
        return min(left - wanted.spare, until - now)

    def _share(self, wanted: Wanted, limit: float) -> OverBudget:
        """The step's share of the run's time is used up: what follows needs the rest."""
        account = Account("step", Limits(seconds=limit), wanted.step)
        told = (
            f"its share of the run's {self.run.limits.seconds:g} s is used up: "
            f"{wanted.spare:.2g} s are kept for what follows"
        )
        return OverBudget(told, account, "seconds", hint="raise budget.seconds", sent=True)

    def _seconds_left(self, account: Account) -> float | None:
        if account.limits.seconds is None:
            return None
        if account.opened is None:
            return account.limits.seconds - account.spent.micros / MICRO
        return account.limits.seconds - (self.clock.seconds - account.opened)

    def _timed(self, held: Held, fitted: Fitted, limit: float | None, by: OverBudget | None) -> Held:
        """With the time that levels which sum up seconds have left for it."""
        if fitted.seconds is not None and (limit is None or fitted.seconds < limit):
            assert fitted.slowest is not None
            return replace(held, seconds=fitted.seconds, by=_in_flight(fitted.slowest))
        return replace(held, seconds=limit, by=by)


def _in_flight(account: Account) -> OverBudget:
    told = f"{account.title}'s {account.limits.seconds:g} s were used up during the call"
    return OverBudget(told, account, "seconds", sent=True)


def within(path: str, step: str) -> bool:
    """Whether a step instance belongs to a step: is it, one of its items or passes, or inside it."""
    return path.startswith(step) and path[len(step) : len(step) + 1] in ("", "/", "[", "#")
