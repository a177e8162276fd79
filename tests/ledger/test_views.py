"""The views for people who read the ledger by SQL, and the queries that the documentation shows."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.kit import Story, write
from tests.ledger.test_chains import letters
from workbench.ledger.batches import NewBatch
from workbench.ledger.schema import MINOR
from workbench.ledger.store import Ledger

DOCUMENT = Path(__file__).parents[2] / "docs" / "ledger.md"
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def database(ledger: Ledger, path: Path) -> Iterator[sqlite3.Connection]:
    """A record with texts of all kinds, one run failed."""
    story = Story("run-a").start()
    context = "refund\n" + letters(9_000, 1)
    for number in range(1, 41):
        context += letters(1_000, number + 1)
        story.step(f"s{number}", number, context, f"answer {number}")
    story.gate("s1", passed=False, score=0.5)
    story.begin("bad").ask("bad", 99).answer("bad", 99, status="error", answer=None, error_class="server")
    story.end("bad", None, "failed", error="gone").finish("failed")
    write(ledger.writer(), story)
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def test_every_text_is_whole(database: sqlite3.Connection, ledger: Ledger) -> None:
    assert database.execute("SELECT count(*) FROM blobs WHERE encoding = 4").fetchone()[0] > 20
    for path in ("s1", "s20", "s40"):
        call = ledger.reader().step("run-a", path).calls[0]
        assert call.answer is not None
        row = database.execute("SELECT prompt, answer FROM readable_calls WHERE path = ?", (path,)).fetchone()
        assert row == (call.request["messages"][0]["text"], call.answer["text"])


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_the_documentation_runs_and_finds(database: sqlite3.Connection, query: str) -> None:
    assert database.execute(query).fetchall()


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 5


def test_each_migration_has_its_version(ledger: Ledger, database: sqlite3.Connection) -> None:
    names = [name for (name,) in database.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert len(names) - 1 == MINOR, "an older ledger is brought up to date only when its version says so"


LONG = 'A "long" text about {"$blob":1} and \\ the rest.\n' * 20
VALUES = [
    {"ticket": LONG, "short": "as it is"},
    {"documents": [{"text": LONG}, {"text": LONG + "another"}, {"text": "short"}], 'a "quoted".key': LONG},
    {"$blob": 1, "said": '{"$blob":2}', "long": LONG + '{"$blob":2}'},
    {"many": [f"{number} {LONG}" for number in range(30)]},
    {"nothing": None, "number": 1.5},
]


@pytest.mark.parametrize("value", VALUES)
def test_inputs_and_outputs_are_whole(ledger: Ledger, path: Path, value: dict[str, Any]) -> None:
    story = Story("run-b").start(inputs=value)
    story.begin("made").end("made", value)
    story.finish("done", outputs=value)
    write(ledger.writer(), story)
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT inputs, outputs FROM readable_runs").fetchone()
        (output,) = connection.execute("SELECT output FROM readable_steps").fetchone()
    assert (ledger.reader().run("run-b").inputs, ledger.reader().outputs("run-b")) == (value, value)
    if "$blob" not in value:
        assert [json.loads(each) for each in (*row, output)] == [value] * 3
    else:
        told = json.loads(row[0])
        assert (told["said"], told["long"]) == (value["said"], value["long"])


def test_a_batch_counts_whole_runs(ledger: Ledger, path: Path) -> None:
    ledger.batches().start(NewBatch("b", "triage", "h", "rows.csv", "d", 2, 1, {}))
    write(ledger.writer(), Story("run-b").start(batch="b", batch_key="x:1").finish("done"))
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT runs, done, failed FROM readable_batches").fetchone()
    assert [*map(repr, row)] == ["1", "1", "0"]
