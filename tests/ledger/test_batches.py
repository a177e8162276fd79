"""Batches on record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from workbench.errors import UsageError
from workbench.events import RunStarted
from workbench.ledger.batches import NewBatch
from workbench.ledger.migrations import ledger as migrations
from workbench.ledger.schema import APPLICATION_ID, TABLES, VIEWS
from workbench.ledger.store import open_ledger


def new(id: str = "b1aaaaaaaa", data: str = "/d.csv") -> NewBatch:
    return NewBatch(id, "t", "hash", data, "dh", rows=2, repeat=1, options={"map": {"text": "ticket"}})


def test_a_batch_and_its_runs(path: Path) -> None:
    ledger = open_ledger(path)
    owner = ledger.batches().start(new())
    for number, key in enumerate(("k1", "k2")):
        write(ledger.writer(), Story(f"r{number}").start(batch="b1aaaaaaaa", batch_key=key).finish())
    batch = ledger.batches().find("b1aa")
    assert batch is not None
    assert (batch.status, batch.rows, batch.options) == ("running", 2, {"map": {"text": "ticket"}})
    found = ledger.batches().runs_of(batch.number, ["k1", "k9"])
    assert [(each.run, each.status) for each in found.values()] == [("r0", "done")]
    assert ledger.batches().totals(batch.number).by_status == {"done": 2}
    ledger.batches().finish(batch.id, owner, "done")
    assert ledger.batches().all()[0].status == "done"
    assert ledger.batches().unfinished("t", "/d.csv") is None
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT runs, done, failed FROM readable_batches").fetchone()
    assert row == (2, 2.0, 0.0)


def test_the_last_unfinished_of_recipe_and_data(path: Path) -> None:
    ledger = open_ledger(path)
    for id, data in (("b1", "/d.csv"), ("b2", "/d.csv"), ("b3", "/other.csv")):
        owner = ledger.batches().start(new(id, data))
        ledger.batches().finish(id, owner, "cancelled")
    found = ledger.batches().unfinished("t", "/d.csv")
    assert found is not None
    assert found.id == "b2"
    ledger.close()


def test_nobody_takes_over_a_batch_that_runs(path: Path) -> None:
    ledger = open_ledger(path)
    owner = ledger.batches().start(new())
    with pytest.raises(UsageError, match="is running"):
        ledger.batches().go_on("b1aaaaaaaa")
    ledger.batches().finish("b1aaaaaaaa", owner, "cancelled")
    ledger.batches().go_on("b1aaaaaaaa")
    ledger.close()


def test_a_batch_whose_process_is_gone_has_crashed(path: Path) -> None:
    ledger = open_ledger(path)
    ledger.batches().start(new())
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE batches SET owner = replace(owner, ' ', ' 9')")
        connection.commit()
    ledger = open_ledger(path)
    assert ledger.batches().all()[0].status == "crashed"
    ledger.batches().go_on("b1aaaaaaaa")
    ledger.close()


def test_a_ledger_from_before_batches_is_brought_up_to_date(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (*TABLES, *VIEWS):
            connection.execute(statement)
        connection.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        first = next(iter(migrations.pending(_database(connection)))).name
        connection.execute("INSERT INTO _sqlite_migrations VALUES ('workbench', ?, 'then')", (first,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1000")
    ledger = open_ledger(path)
    ledger.batches().start(new())
    write(ledger.writer(), Story("r").start(batch="b1aaaaaaaa", batch_key="k").finish())
    assert ledger.batches().totals(1).by_status == {"done": 1}
    ledger.close()


def _database(connection: sqlite3.Connection) -> object:
    from sqlite_utils import Database

    return Database(connection)


def test_runs_without_a_batch_belong_to_none() -> None:
    assert (
        RunStarted(recipe="t", recipe_hash="h", recipe_path="p", files={}, file_hashes={}, inputs={}).batch
        is None
    )
