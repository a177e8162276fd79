"""Which texts of the record are in use."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.ledger.kit import Story, write
from workbench.ledger.marks import Marks
from workbench.ledger.store import Ledger

LONG = "A long text. " * 20


def test_a_text_that_looks_like_a_payload_keeps_nothing_from_it(ledger: Ledger, path: Path) -> None:
    """What a model says may be what the record holds of another run, to the letter."""
    story = Story("run-b").start()
    story.begin("made").end("made", {"text": LONG, "more": ["as it is"] * 40}).finish("done")
    write(ledger.writer(), story)
    with closing(sqlite3.connect(path)) as connection:
        ((payload, body),) = connection.execute(
            "SELECT blobs.id, body FROM steps JOIN blobs ON blobs.id = steps.output"
        ).fetchall()
        mark = json.loads(body)["text"]["$blob"]
        write(ledger.writer(), Story("run-c").start().step("said", 1, said=body).finish("done"))
        marks = Marks(connection)
        for run in ("run-c", "run-b"):
            marks.run(connection.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()[0])
    assert {payload, mark} <= marks.used
    assert ledger.reader().step("run-b", "made").output["text"] == LONG
    answer = ledger.reader().step("run-c", "said").calls[0].answer
    assert answer is not None and answer["text"] == body
