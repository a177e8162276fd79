"""What a run has spent, by step instance and role: where its budgets go on counting when it goes on."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from workbench.events import Json
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.schema import first_key, last_key

_SPENT = """SELECT calls.path, decisions.role, sum(calls.cost_nano),
        sum(coalesce(calls.input, 0) + coalesce(calls.cached, 0) + coalesce(calls.cache_write, 0)
            + coalesce(calls.output, 0)),
        count(*), sum(coalesce(calls.duration, 0))
    FROM calls LEFT JOIN decisions ON decisions.id = calls.id
    WHERE calls.id BETWEEN ? AND ? AND calls.kind NOT IN ('human', 'hand')
        AND calls.status NOT IN ('reused', 'waiting') AND calls.finish IS NOT 'limit'
    GROUP BY 1, 2"""
_UNKNOWN = """SELECT calls.path, decisions.role, decisions.candidates FROM calls
    JOIN decisions ON decisions.id = calls.id
    WHERE calls.id BETWEEN ? AND ? AND calls.kind = 'model' AND calls.durable
        AND calls.cost_nano IS NULL AND calls.status <> 'reused'"""


@dataclass(frozen=True, slots=True)
class Spending:
    """What the attempts of one step instance, with one role, took: nano-dollars, tokens, microseconds.

    An attempt of unknown cost counts as the most that it could cost by the decision's estimate.
    """

    path: str
    role: str
    nano: int
    tokens: int
    calls: int
    micros: int


def spending(connection: sqlite3.Connection, number: int) -> list[Spending]:
    """All that a run has spent."""
    keys = (first_key(number), last_key(number))
    found = [
        Spending(path, role or "", nano or 0, tokens, calls, micros)
        for path, role, nano, tokens, calls, micros in connection.execute(_SPENT, keys)
    ]
    rows = connection.execute(_UNKNOWN, keys).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(candidates for _, _, candidates in rows)
    for path, role, column in rows:
        chosen: Json = next((each for each in payloads.value(column) or () if each.get("chosen")), {})
        found.append(Spending(path, role, chosen.get("estimate_nano") or 0, 0, 0, 0))
    return found
