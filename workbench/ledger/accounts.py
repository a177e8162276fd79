"""Accounts that all processes share: what a day and a session spent, and what calls in flight hold of it.

One transaction looks, decides and sets aside, so two processes cannot both take the last of a budget.  What
a process that died had set aside counts as spent: its calls may have been billed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from workbench.events import now
from workbench.ledger.held import Held
from workbench.ledger.owner import is_alive, new_owner, retire
from workbench.ledger.schema import MOST_ROWS, RUN_SHIFT

T = TypeVar("T")
DAY = 86_400 * 1_000_000
_FIGURES = "nano, tokens, calls, micros"
_SPENT = f"SELECT {_FIGURES} FROM accounts WHERE name = ?"
_HELD = """SELECT coalesce(sum(nano), 0), coalesce(sum(tokens), 0), coalesce(sum(calls), 0),
    coalesce(sum(micros), 0) FROM holds WHERE day = ? OR session = ?"""
_ADD = """UPDATE accounts SET nano = nano + ?, tokens = tokens + ?, calls = calls + ?, micros = micros + ?,
    touched = ? WHERE name IN (?, ?)"""
_OPEN = "INSERT OR IGNORE INTO accounts (name, touched) VALUES (?, ?)"
_AT_LEAST = """UPDATE accounts SET nano = max(nano, ?), tokens = max(tokens, ?), calls = max(calls, ?),
    micros = max(micros, ?) WHERE name = ?"""
_ON_RECORD = f"""SELECT coalesce(sum(calls.cost_nano), 0), coalesce(sum(coalesce(calls.input, 0)
        + coalesce(calls.cached, 0) + coalesce(calls.cache_write, 0) + coalesce(calls.output, 0)), 0),
        count(calls.id), coalesce(sum(calls.duration), 0)
    FROM runs CROSS JOIN calls ON calls.id BETWEEN runs.number << {RUN_SHIFT}
        AND (runs.number << {RUN_SHIFT}) | {MOST_ROWS}
    WHERE calls.kind NOT IN ('human', 'hand') AND calls.status NOT IN ('reused', 'waiting')
        AND calls.finish IS NOT 'limit'
        AND calls.started > coalesce((SELECT max(at) FROM notes WHERE run = runs.number
            AND kind = 'imported'), 0)
        AND """


@dataclass(frozen=True, slots=True)
class Figures:
    """Nano-dollars, tokens, calls and microseconds of calls."""

    nano: int = 0
    tokens: int = 0
    calls: int = 0
    micros: int = 0


@dataclass(frozen=True, slots=True)
class Shared:
    """An account with its limits (None: no limit), and how it stood when it was looked at."""

    name: str
    """``day 2026-11-21`` or ``session chat``."""
    nano: int | None = None
    tokens: int | None = None
    calls: int | None = None
    micros: int | None = None
    spent: Figures = field(default_factory=Figures)
    held: Figures = field(default_factory=Figures)

    def holds(self, wanted: Figures) -> bool:
        """Whether ``wanted`` fits beside what is spent and held; what is not wanted always does."""
        limits = (self.nano, self.tokens, self.calls, self.micros)
        figures = zip(limits, _plain(self.spent), _plain(self.held), _plain(wanted), strict=True)
        return all(
            limit is None or not more or used + kept + more <= limit for limit, used, kept, more in figures
        )


class Accounts(Held):
    """The accounts of one ledger; a thread of its own asks them, in order."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(path, connect)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger-accounts")
        self._owner = new_owner()

    def close(self) -> None:
        """Settle what is queued, and let go of the file."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()
        retire(self._owner)

    def _close(self) -> None:
        super().close()

    async def look(self, accounts: Sequence[Shared]) -> list[Shared]:
        """How they stand, by their own count and by all that is on record."""
        return await self._asked(lambda: self._look(accounts))

    async def hold(self, accounts: Sequence[Shared], wanted: Figures) -> tuple[int | None, list[Shared]]:
        """Set ``wanted`` aside at all of them, or at none: its number, and how they stand."""
        return await self._asked(lambda: self._hold(accounts, wanted))

    def settle(self, number: int, paid: Figures) -> None:
        """Count what was paid in place of what was set aside; done in the background."""
        self._thread.submit(self._settle, number, paid)

    async def _asked(self, question: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._thread.submit(question))

    # --- in the thread -------------------------------------------------------------------------------

    def _look(self, accounts: Sequence[Shared]) -> list[Shared]:
        with self._writing() as connection:
            self._bury(connection)
            return [self._as_on_record(connection, each) for each in accounts]

    def _as_on_record(self, connection: sqlite3.Connection, account: Shared) -> Shared:
        """Runs that knew nothing of the account are counted in, while nothing of it is in flight."""
        stands = self._stands(connection, account)
        if any(_plain(stands.held)):
            return stands
        level, _, name = account.name.partition(" ")
        if level == "day":
            since = _day_begins(connection, name)
            condition = "runs.touched >= ? AND calls.started >= ? AND calls.started < ?"
            values: tuple[object, ...] = (since, since, since + DAY)
        else:
            condition, values = "runs.session = (SELECT number FROM sessions WHERE name = ?)", (name,)
        found = connection.execute(_ON_RECORD + condition, values).fetchone()
        connection.execute(_AT_LEAST, (*found, account.name))
        return self._stands(connection, account)

    def _hold(self, accounts: Sequence[Shared], wanted: Figures) -> tuple[int | None, list[Shared]]:
        with self._writing() as connection:
            self._bury(connection)
            stand = [self._stands(connection, each) for each in accounts]
            if not all(each.holds(wanted) for each in stand):
                return None, stand
            names = {each.name.partition(" ")[0]: each.name for each in accounts}
            number = connection.execute(
                f"INSERT INTO holds (day, session, owner, at, {_FIGURES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (names.get("day"), names.get("session"), self._owner, now(), *_plain(wanted)),
            ).lastrowid
            return number, stand

    def _settle(self, number: int, paid: Figures) -> None:
        with self._writing() as connection:
            found = connection.execute(
                "DELETE FROM holds WHERE id = ? RETURNING day, session", (number,)
            ).fetchone()
            if found is not None:
                connection.execute(_ADD, (*_plain(paid), now(), *found))

    def _stands(self, connection: sqlite3.Connection, account: Shared) -> Shared:
        connection.execute(_OPEN, (account.name, now()))
        spent = connection.execute(_SPENT, (account.name,)).fetchone()
        held = connection.execute(_HELD, (account.name, account.name)).fetchone()
        return replace(account, spent=Figures(*spent), held=Figures(*held))

    def _bury(self, connection: sqlite3.Connection) -> None:
        """Count as spent what processes that died had set aside."""
        others = connection.execute(
            "SELECT owner, max(at) FROM holds WHERE owner <> ? GROUP BY owner", (self._owner,)
        ).fetchall()
        for owner, at in others:
            if is_alive(owner, at):
                continue
            for day, session, *figures in connection.execute(
                f"DELETE FROM holds WHERE owner = ? RETURNING day, session, {_FIGURES}", (owner,)
            ).fetchall():
                connection.execute(_ADD, (*figures, now(), day, session))


def _plain(figures: Figures) -> tuple[int, int, int, int]:
    return figures.nano, figures.tokens, figures.calls, figures.micros


def _day_begins(connection: sqlite3.Connection, date: str) -> int:
    """The first microsecond of a day of UTC."""
    begins: int = connection.execute("SELECT unixepoch(?) * 1000000", (date,)).fetchone()[0]
    return begins
