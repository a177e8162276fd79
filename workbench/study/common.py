"""The budgets that runs of all processes share, as the guard knows them: session and day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from workbench.guard.account import Account
from workbench.guard.limits import MICRO, Amounts, Limits
from workbench.ledger.accounts import Accounts, Figures, Shared


def today() -> str:
    """The present day of UTC."""
    return datetime.now(UTC).date().isoformat()


class CommonLevels:
    """Session and day of one run; the ledger counts them."""

    def __init__(
        self,
        accounts: Accounts,
        day: Limits,
        session: Limits,
        name: str | None,
        date: Callable[[], str] = today,
    ) -> None:
        """``name`` is the session's; None where the run belongs to none."""
        self._accounts = accounts
        self._date = date
        self._day = Account("day", day, date())
        levels = [self._day] if day.any else []
        if name is not None and session.any:
            levels.append(Account("session", session, name))
        self._levels = tuple(levels)

    @property
    def accounts(self) -> Sequence[Account]:
        """The levels, as they stood when they were looked at last."""
        return self._levels

    async def look(self) -> None:
        """See how they stand."""
        self._stand(await self._accounts.look(self._shared()))

    async def hold(self, amounts: Amounts) -> int | None:
        """Set an amount aside at all of them, for all processes; None when it does not fit."""
        number, stand = await self._accounts.hold(self._shared(), _figures(amounts))
        self._stand(stand)
        return number

    def settle(self, held: int, paid: Amounts) -> None:
        """Count what was paid in place of what was set aside."""
        self._accounts.settle(held, _figures(paid))

    def _shared(self) -> list[Shared]:
        self._day.name = self._date()
        return [
            Shared(
                f"{each.level} {each.name}", each.limits.nano, each.limits.tokens, each.limits.calls,
                None if each.limits.seconds is None else round(each.limits.seconds * MICRO),
            )
            for each in self._levels
        ]  # fmt: skip

    def _stand(self, stand: Sequence[Shared]) -> None:
        for level, each in zip(self._levels, stand, strict=True):
            level.spent, level.held = _amounts(each.spent), _amounts(each.held)


def _figures(amounts: Amounts) -> Figures:
    return Figures(amounts.nano, amounts.tokens, amounts.calls, amounts.micros)


def _amounts(figures: Figures) -> Amounts:
    return Amounts(figures.nano, figures.tokens, figures.calls, figures.micros)
