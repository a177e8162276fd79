"""Payloads: any JSON comes back as it went in, each long text kept once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.ledger.blobs import BlobWriter
from workbench.ledger.payload import PayloadWriter
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.schema import TABLES

TEXTS = st.text(st.characters(), max_size=30) | st.text("ab\ud800\0\"\\é€", max_size=300)  # fmt: skip
KEYS = st.text(max_size=8) | st.sampled_from(["$blob", "$", "$$blob", "text"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "…", "{}"]), "text": TEXTS},
        optional={"segments": JSON},
    )
    | JSON,
    max_size=40,
)


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(next(table for table in TABLES if "TABLE blobs" in table))
    yield connection
    connection.close()


def stored(database: sqlite3.Connection, column: Any) -> Any:
    """What SQLite gives back for a column."""
    return database.execute("SELECT ?", (column,)).fetchone()[0]


@given(value=JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_comes_back(database: sqlite3.Connection, value: Any) -> None:
    column = stored(database, PayloadWriter(BlobWriter(database)).column(value))
    reader = PayloadReader(database)
    reader.gather((column,))
    assert reader.value(column) == value


@given(messages=MESSAGES)
@settings(max_examples=150, deadline=None)
def test_any_messages_come_back(database: sqlite3.Connection, messages: list[Any]) -> None:
    column = stored(database, PayloadWriter(BlobWriter(database)).messages(messages))
    reader = PayloadReader(database)
    reader.gather_messages((column,))
    assert reader.messages(column) == messages


@pytest.mark.parametrize(
    "text", ["plain", "", "é" * 70_000, "\ud800" * 70_000, "a\0b", "\udcff", "x" * 65_536]
)
def test_any_text_comes_back_and_is_kept_once(database: sqlite3.Connection, text: str) -> None:
    first = BlobWriter(database).keep(text)
    assert BlobWriter(database).keep(text) == first
    reader = PayloadReader(database)
    reader.fetch((first,))
    assert reader.blob(first) == text


def test_texts_are_readable_by_other_programs(database: sqlite3.Connection) -> None:
    key = BlobWriter(database).keep("readable ünïcode " * 3000)
    body = database.execute("SELECT encoding, body FROM blobs WHERE id = ?", (key,)).fetchone()
    assert body == (0, "readable ünïcode " * 3000)


def test_what_is_no_json_or_too_deep_does_not_stop_the_record(database: sqlite3.Connection) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    payloads = PayloadWriter(BlobWriter(database))
    assert payloads.column(deep) == '{"$lost":"nested too deeply to be recorded"}'
    assert payloads.column({"value": {1}}) == '{"value":"{1}"}'
    while deep:  # taken apart by hand: the interpreter would recurse
        deep = deep.pop()
