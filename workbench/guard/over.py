"""A call that no budget holds: which level refused it, of what it has too little."""

from __future__ import annotations

from workbench.errors import CallError
from workbench.guard.account import Account
from workbench.guard.limits import Level, Limits, Measure, OnExceed, shown
from workbench.providers.port import Reply

WHERE = {
    "run": "budget", "step": "the step's budget", "role": "the role's budget", "batch": "--budget-usd",
    "session": "the session's budget", "day": "[budgets.day] in workbench.toml",
}  # fmt: skip
"""Where a level's limits are written."""


class OverBudget(CallError):
    """A call was refused, or cut off, since a level of the budget has too little left for it."""

    def __init__(
        self,
        message: str,
        account: Account,
        measure: Measure,
        *,
        hint: str = "",
        needs: int | None = None,
        sent: bool = False,
        partial: Reply | None = None,
    ) -> None:
        super().__init__("budget", message, hint=hint or _hint(account, measure), sent=sent, partial=partial)
        self.account = account
        self.measure = measure
        self.needs = needs
        """Nano-dollars that the call may cost, where money was the matter."""

    @property
    def level(self) -> Level:
        """Whose limit it is."""
        return self.account.level

    @property
    def on_exceed(self) -> OnExceed:
        """What is to be done."""
        return self.account.limits.on_exceed

    def ends_run(self, path: str) -> bool:
        """True when the limit is above the step instance ``path``: its ``on_fail`` cannot help."""
        if self.level == "role":
            return False
        return self.level != "step" or "/" in path[len(self.account.name) :]


def recorded_limit(message: str) -> OverBudget:
    """One that was recorded, and did not end the run."""
    return OverBudget(message, Account("role", Limits()), "usd")


def used_up(account: Account, measure: Measure, limit: float) -> OverBudget:
    """Nothing is left."""
    verb = "is" if limit == 1 and measure != "seconds" else "are"
    return OverBudget(f"{_possessive(account)} {shown(measure, limit)} {verb} used up", account, measure)


def no_time(by: OverBudget, wait: float, left: float, because: str) -> OverBudget:
    """A wait before another try would use up what ``by`` tells is left."""
    told = (
        f"no time to try again: the wait would be {wait:.2g} s, and {by.account.title} has {left:.2g} s left"
    )
    return OverBudget(f"{told} ({because})", by.account, by.measure, hint=by.hint)


def no_turn(by: OverBudget, left: float, reason: str) -> OverBudget:
    """What ``by`` tells was left is over before a provider had a turn."""
    told = f"no turn within {left:.2g} s, all that {by.account.title} had left: {reason}"
    return OverBudget(told, by.account, by.measure, hint=by.hint)


def no_room(account: Account, seconds: float) -> CallError:
    """A step's own time was over while others held what is left."""
    told = f"no room in {_possessive(account)} budget within {seconds:g} s: other calls hold what is left"
    return CallError("timeout", told, hint="raise the step's timeout, or the budget", sent=False)


def too_dear(account: Account, measure: Measure, needs: int, left: int, limit: int) -> OverBudget:
    """What is left does not hold the call."""
    wanted, rest = shown(measure, needs), shown(measure, max(left, 0))
    verb = "cost" if measure == "usd" else "take"
    told = f"the next call may {verb} {wanted} and only {rest} of {_possessive(account)} "
    money = measure == "usd"
    told += f"{shown(measure, limit)} {'is' if money else 'are'} left"
    return OverBudget(told, account, measure, needs=needs if money else None,
                      hint=f"{_hint(account, measure)}, or set a smaller max_tokens")  # fmt: skip


def cut_short(account: Account, tokens: int, partial: Reply) -> OverBudget:
    """An answer reached the length up to which the budget holds it."""
    told = f"the answer was cut at {tokens:,} tokens: the budget holds no longer one"
    measure: Measure = "usd" if account.limits.nano is not None else "tokens"
    hint = f"{_hint(account, measure)}, or set max_tokens in the role's params"
    return OverBudget(told, account, measure, hint=hint, sent=True, partial=partial)


def unpriced(account: Account, target: str) -> OverBudget:
    """A price is missing."""
    return OverBudget(
        f"{target} has no known price, so a money budget cannot hold it",
        account,
        "usd",
        hint=f'give its price in workbench.toml: [prices."{target}"]; or add unknown_price: allow to '
        f"{WHERE[account.level]}",
    )


def _possessive(account: Account) -> str:
    return f"{account.title}'s"


def _hint(account: Account, measure: Measure) -> str:
    if account.level == "run":
        return "raise --budget-usd or budget.usd" if measure == "usd" else f"raise budget.{measure}"
    if account.level == "batch":
        return "raise --budget-usd"
    if account.level == "session":
        return f"raise {measure} of the session's budget, in the recipe or [budgets.session]"
    return f"raise {measure} of {WHERE[account.level]}"
