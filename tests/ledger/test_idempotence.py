"""Events are numbered: those that come twice change nothing, however a stream is cut."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.kit import Story
from workbench.events import CallReused
from workbench.ledger.open import connect
from workbench.ledger.store import open_ledger
from workbench.ledger.writer import Batches

CUTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=8)


def whole_story() -> Story:
    """A run with all there is: retries, gates, reuse, a person, a resumption."""
    story = Story().start().step("one", 1)
    story.begin("two").ask("two", 2).answer(
        "two", 2, status="error", answer=None, cost_nano=None, error="busy"
    )
    story.ask("two", 2, attempt=2).gate("two", passed=False).answer("two", 2, attempt=2)
    story.gate("two").end("two", {"text": "x" * 500}).person("ask", 3, "Send?", ["yes"])
    story.tell(
        CallReused(
            path="one", call=4, kind="tool", target="f", fingerprint="f", source=("r", 1, 1),
            answer={"text": "", "data": {"a": 1}}, saved_nano=5,
        )
    )  # fmt: skip
    story.finish("waiting").resume(answers={"ask": "yes"})
    story.begin("one").end("one", {"status": "done", "text": "Hello"})
    story.begin("ask", "human").ask("ask", 5).answer("ask", 5).end("ask", {"answer": "yes"}, verb="human")
    return story.finish(outputs={"reply": "Hello"})


STORY = whole_story()


def rows_after(cuts: list[tuple[int, int, bool]]) -> dict[str, list[Any]]:
    """All rows after some overlapping pieces of the stream, and in the end all of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "local.db"
        open_ledger(path).close()
        connection = connect(path, "rw")
        batches = Batches(connection, "test")
        reached = 0
        for start, length, restart in cuts:
            if restart:
                batches = Batches(connection, "test")
            batches.write(STORY.events[min(start, reached) : start + length][: max(0, start + length)])
            reached = max(reached, start + length if start <= reached else reached)
        batches.write(STORY.events)
        found = {
            table: _rows(connection, table)
            for table in ("runs", "steps", "calls", "decisions", "gates", "notes")
        }
        connection.close()
        return found


def _rows(connection: sqlite3.Connection, table: str) -> list[Any]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


WHOLE = rows_after([])


@given(cuts=CUTS)
@settings(max_examples=40, deadline=None)
def test_overlapping_pieces_give_the_same_rows(cuts: list[tuple[int, int, bool]]) -> None:
    assert rows_after(cuts) == WHOLE


def test_the_whole_twice_gives_the_same_rows() -> None:
    assert rows_after([(0, 60, False), (0, 60, True)]) == WHOLE
    assert [len(WHOLE[table]) for table in ("runs", "steps", "calls", "decisions", "gates", "notes")] == [
        1, 3, 6, 4, 2, 1,
    ]  # fmt: skip
