"""A limit with ``on_exceed: ask`` is in the way: asks a person whether it may be raised, once at a time.

``stop`` leaves it; a number is the new limit, ``+`` before it adds so much.  Where nobody can answer, the run
is put aside, and goes on when the limit has been raised.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

from workbench.engine.ask import Answer, AskPerson, Waiting
from workbench.events import Json
from workbench.guard.account import Account
from workbench.guard.budget import Budget
from workbench.guard.limits import Measure, shown
from workbench.guard.over import OverBudget
from workbench.usage import NANO

STOP = ("stop", "no", "n", "")
SIZES = {"usd": NANO, "tokens": 1, "calls": 1, "seconds": 1}
"""How much of a measure the 1 that a person writes is."""


class Raising:
    """Asks for one run."""

    def __init__(self, ask: Callable[[AskPerson], Awaitable[Answer]], budget: Budget) -> None:
        self._ask = ask
        self._budget = budget
        self._one = asyncio.Lock()
        self._settled: dict[tuple[str, Measure], str] = {}
        """Levels on which a person said to stop, or nobody answered."""

    async def ask(self, path: str, over: OverBudget) -> bool:
        """True when the limit was raised; raises Waiting where nobody can answer now."""
        account, measure = over.account, over.measure
        limit = account.used(self._budget.clock).get(measure, (0.0, 0.0))[1]
        async with self._one:
            said = self._settled.get((account.title, measure))
            if said is not None:
                if said == "waiting":
                    raise Waiting(path)
                return False
            if account.used(self._budget.clock).get(measure, (0.0, 0.0))[1] != limit:
                return True  # raised for another call while this one waited
            return await self._raised(path, over, limit)

    async def _raised(self, path: str, over: OverBudget, limit: float) -> bool:
        account, measure = over.account, over.measure
        complaint = ""
        while True:
            question = (
                f"{complaint}{_sentence(over)} Raise it? Write the new limit {_unit(measure)}, or stop."
            )
            identity: dict[str, Json] = {
                "budget": account.title, "measure": measure, "limit": limit, "complaint": complaint,
            }  # fmt: skip
            try:
                answer = await self._ask(AskPerson(path, "human", "person", identity, question=question))
            except Waiting:
                self._settled[account.title, measure] = "waiting"
                raise
            text = answer.text.strip().lower()
            if text in STOP:
                self._settled[account.title, measure] = "stop"
                return False
            new = _new_limit(text, limit, SIZES[measure])
            if new is not None and new > limit:
                _set(account, measure, new)
                return True
            complaint = f"{answer.text.strip()[:40]!r} is no limit above {shown(measure, limit)}. "


def _sentence(over: OverBudget) -> str:
    told = over.message[:1].upper() + over.message[1:]
    return told if told.endswith(".") else f"{told}."


def _unit(measure: Measure) -> str:
    return {"usd": "in dollars", "tokens": "of tokens", "calls": "of calls", "seconds": "in seconds"}[measure]


def _new_limit(text: str, limit: float, size: int) -> float | None:
    adds = text.startswith("+")
    try:
        number = float(text.removeprefix("+").strip().removeprefix("$").replace(",", ""))
    except ValueError:
        return None
    if not math.isfinite(number) or abs(number) > 1e9:
        return None
    return number * size + (limit if adds else 0)


def _set(account: Account, measure: Measure, limit: float) -> None:
    before, whole = account.limits, round(limit)
    account.limits = {
        "usd": replace(before, nano=whole),
        "tokens": replace(before, tokens=whole),
        "calls": replace(before, calls=whole),
        "seconds": replace(before, seconds=limit),
    }[measure]
    account.warned.discard(measure)
