"""The routing decisions of whole runs."""

from __future__ import annotations

import sqlite3

from workbench.ledger.columns import candidate_of
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.read_runs import number_of
from workbench.ledger.rows import DecisionRow
from workbench.ledger.schema import call_of, first_key, last_key

_DECISIONS = """SELECT id, path, role, policy, chosen, reason, candidates FROM decisions
    WHERE id BETWEEN ? AND ? ORDER BY id"""


def decisions_of_run(connection: sqlite3.Connection, run: str) -> list[DecisionRow]:
    """All routing decisions of a run, in the order of its calls."""
    number = number_of(connection, run)
    rows = connection.execute(_DECISIONS, (first_key(number), last_key(number))).fetchall()
    payloads = PayloadReader(connection)
    payloads.gather(row[6] for row in rows)
    payloads.fetch(row[5] for row in rows if isinstance(row[5], int))
    return [
        DecisionRow(
            path, *call_of(key), role, policy, chosen, payloads.text(reason) or "",
            tuple(candidate_of(each) for each in payloads.value(candidates) or ()),
        )
        for key, path, role, policy, chosen, reason, candidates in rows
    ]  # fmt: skip
