"""Brings a ledger to the present schema, by sqlite-utils' named migrations.

Kept apart from the schema because sqlite-utils is slow to import, and a ledger that is up to date needs none
of it.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from workbench.ledger.schema import (
    APPLICATION_ID,
    ASKERS,
    BATCHES,
    CHECKS,
    REPLIES,
    SHARED,
    TABLES,
    VERSION,
    VIEWS,
)
from workbench.ledger.views import WHOLE_TEXTS, WHOLE_VALUES

ledger = Migrations("workbench")


@ledger(name="0001_ledger")
def _ledger(db: Database) -> None:
    for statement in (*TABLES, *VIEWS):
        db.execute(statement)


@ledger(name="0002_batches")
def _batches(db: Database) -> None:
    for statement in BATCHES:
        db.execute(statement)


@ledger(name="0003_replies")
def _replies(db: Database) -> None:
    for statement in REPLIES:
        db.execute(statement)


@ledger(name="0004_checks")
def _checks(db: Database) -> None:
    for statement in CHECKS:
        db.execute(statement)


@ledger(name="0005_askers")
def _askers(db: Database) -> None:
    for statement in ASKERS:
        db.execute(statement)


@ledger(name="0006_budgets")
def _budgets(db: Database) -> None:
    for statement in SHARED:
        db.execute(statement)


@ledger(name="0007_whole_texts")
def _whole_texts(db: Database) -> None:
    for statement in WHOLE_TEXTS:
        db.execute(statement)


@ledger(name="0008_whole_values")
def _whole_values(db: Database) -> None:
    for statement in WHOLE_VALUES:
        db.execute(statement)


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing; only one process at a time does."""
    # the lock comes first: a deferred transaction that reads and then writes fails when another writes
    connection.execute("BEGIN IMMEDIATE")
    try:
        ledger.apply(Database(connection, execute_plugins=False))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
