"""What the record says of models is counted from attempts."""

from __future__ import annotations

import sqlite3

from workbench.ledger.read_models import models


def test_figures_by_model() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE calls (id INTEGER PRIMARY KEY, kind, target, status, duration, first_token, cost_nano)"
    )
    rows = [("model", "a/m", "ok", number * 1_000_000, 500_000, 10) for number in range(1, 101)]
    rows += [("model", "a/m", "error", None, None, None), ("model", "b/m", "ok", None, None, None)]
    rows += [("tool", "f", "ok", 1, None, 0), ("model", "b/m", "reused", 1, None, 0)]
    connection.executemany(
        "INSERT INTO calls (kind, target, status, duration, first_token, cost_nano) VALUES (?,?,?,?,?,?)",
        rows,
    )
    busy, other = models(connection, 1000)
    assert (busy.model, busy.calls, busy.errors) == ("a/m", 100, 1)
    assert (busy.seconds, busy.first_token) == ((51.0, 96.0), 0.5)
    assert (busy.cost_nano, busy.cost_known) == (1000, True)
    assert (other.model, other.seconds, other.cost_nano, other.cost_known) == ("b/m", None, 0, False)
    assert [each.calls + each.errors for each in models(connection, 3)] == [2, 1]
    connection.close()
