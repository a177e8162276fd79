"""The writer: what it receives is on record when it says so."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from tests.waiting import LONG
from workbench.errors import LedgerError
from workbench.events import Delta
from workbench.ledger.store import Ledger, open_ledger


async def test_what_was_received_is_durable_when_awaited(ledger: Ledger, path: Path) -> None:
    writer = ledger.writer()
    Story(receive=writer.receive).start().begin("draft").ask("draft", 1)
    await writer.durable()
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT path, call, attempt, status FROM calls").fetchall() == [
            ("draft", 1, 1, "started")
        ]
    other.close()


async def test_many_wait_at_once(ledger: Ledger) -> None:
    writer = ledger.writer()
    Story(receive=writer.receive).start()

    async def lane(number: int) -> int:
        story = Story(f"run-{number}", writer.receive).start()
        for call in range(1, 6):
            story.begin(f"s{call}").ask(f"s{call}", call)
            await writer.durable()
            story.answer(f"s{call}", call)
        await writer.durable()
        return ledger.reader().run(f"run-{number}").calls

    assert await asyncio.gather(*(lane(number) for number in range(40))) == [5] * 40


async def test_a_cancelled_waiter_disturbs_nobody(ledger: Ledger) -> None:
    writer = ledger.writer()
    Story(receive=writer.receive).start()
    waiting = [asyncio.ensure_future(writer.durable()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in results] == [type(None), asyncio.CancelledError, type(None)]


def test_events_nobody_waits_for_are_written_soon(ledger: Ledger) -> None:
    writer = ledger.writer()
    writer.flush()
    time.sleep(0.05)
    Story(receive=writer.receive).start()
    deadline = time.monotonic() + LONG
    while not ledger.reader().count_runs():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_deltas_leave_no_rows(ledger: Ledger) -> None:
    writer = ledger.writer()
    story = Story(receive=writer.receive).start().begin("draft").ask("draft", 1)
    for _ in range(100):
        story.tell(Delta(path="draft", call=1, attempt=1, text="x"))
    story.answer("draft", 1).end("draft").finish()
    writer.flush()
    assert len(ledger.reader().recording("run-a")) == 1


def test_close_writes_what_is_queued_and_refuses_what_follows(path: Path) -> None:
    ledger = open_ledger(path)
    writer = ledger.writer()
    Story(receive=writer.receive).start().step("draft", 1).finish()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        writer.flush()
    again = open_ledger(path)
    assert again.reader().run("run-a").status == "done"
    again.close()


def test_a_run_that_did_not_end_before_the_close_has_crashed(path: Path) -> None:
    ledger = open_ledger(path)
    Story(receive=ledger.writer().receive).start().begin("draft").ask("draft", 1)
    ledger.close()
    again = open_ledger(path)
    reader = again.reader()
    assert reader.run("run-a").status == "crashed"
    assert reader.run("run-a").cost_known is False
    detail = reader.step("run-a", "draft")
    assert (detail.step.status, detail.step.cost_nano) == ("cancelled", None)
    assert [(each.status, each.error) for each in detail.calls] == [
        ("unknown", "outcome unknown, may have been billed")
    ]
    assert [each.id for each in reader.unfinished()] == ["run-a"]
    again.close()


def test_the_files_are_for_their_owner_only(ledger: Ledger, path: Path) -> None:
    write(ledger.writer(), Story().start())
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("local.db", "local.db-wal", "local.db-shm"), 0o600)


def test_paid_calls_are_synced_to_the_disk_and_others_not(path: Path) -> None:
    from workbench.ledger.open import connect
    from workbench.ledger.writer import Batches

    open_ledger(path).close()
    connection = connect(path, "rw")
    batches = Batches(connection, "test")

    def level() -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    story = Story().start().begin("draft").ask("draft", 1, durable=True).answer("draft", 1, durable=False)
    batches.write(story.events[:2])
    assert level() == 1
    batches.write(story.events[2:4])
    assert level() == 2
    batches.write(story.events[4:])
    assert level() == 1
    connection.close()


def test_numbers_and_names_that_sqlite_cannot_hold_are_made_to_fit(ledger: Ledger) -> None:
    from workbench.usage import Usage

    story = Story().start().begin("draft").ask("draft", 1)
    story.answer("draft", 1, usage=Usage(2**70, 0, 0, 1, 0, "reported"), model="odd\ud800name")
    write(ledger.writer(), story.end("draft").finish())
    call = ledger.reader().recording("run-a")[0]
    assert call.usage.input == 2**63 - 1
    assert call.model == "odd\\ud800name"


async def test_an_event_of_an_unknown_run_is_a_failure_that_is_told(ledger: Ledger) -> None:
    writer = ledger.writer()
    writer.receive(Story("nobody").begin("draft").events[0])
    with pytest.raises(LedgerError, match="no run nobody"):
        await writer.durable()
    with pytest.raises(LedgerError, match="no run nobody"):
        await writer.durable()
