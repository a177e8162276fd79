"""Cost grows with what is asked for and with what is new, not with what is there."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from workbench.errors import LedgerError
from workbench.ledger.open import connect
from workbench.ledger.rows import RunFilter
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.writer import Writer


def fill(path: Path, runs: int, steps: int = 1) -> Ledger:
    """A ledger of finished runs."""
    ledger = open_ledger(path)
    writer = ledger.writer()
    for number in range(runs):
        story = Story(f"{number:06d}", writer.receive).start(inputs={"ticket": f"number {number} of many"})
        for step in range(1, steps + 1):
            story.step(f"each[{step}]", step, f"prompt {number} {step}", f"answer {number} {step}")
        story.finish("failed" if number % 10 == 0 else "done")
        if number % 100 == 0:
            writer.flush()
    writer.flush()
    return ledger


def cpu(action: Callable[[], object]) -> float:
    """CPU seconds of one of many goes at it."""
    times = []
    for _ in range(9):
        began = time.thread_time()
        action()
        times.append(time.thread_time() - began)
    return statistics.median(times)


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Ledger]]:
    folder = tmp_path_factory.mktemp("scale")
    both = fill(folder / "few.db", 250), fill(folder / "many.db", 5_000)
    yield both
    for each in both:
        each.close()


def test_a_page_of_runs_costs_the_same_in_a_large_ledger(few_and_many: tuple[Ledger, Ledger]) -> None:
    few, many = (each.reader() for each in few_and_many)
    assert cpu(lambda: many.runs(limit=200)) < 3 * cpu(lambda: few.runs(limit=200))
    assert cpu(lambda: many.run("last~3")) < 5 * cpu(lambda: few.run("last~3"))


def test_counting_costs_less_than_a_page(few_and_many: tuple[Ledger, Ledger]) -> None:
    reader = few_and_many[1].reader()
    page = cpu(lambda: reader.runs(limit=200))
    assert cpu(lambda: reader.count_runs()) < page
    assert cpu(lambda: reader.count_runs(RunFilter(status="failed"))) < page
    assert cpu(lambda: reader.count_runs(RunFilter(recipe="triage"))) < page
    assert reader.count_runs(RunFilter(status="failed")) == 500


def test_a_page_of_steps_costs_the_same_in_a_long_run(tmp_path: Path) -> None:
    short, long = fill(tmp_path / "short.db", 1, 200), fill(tmp_path / "long.db", 1, 4_000)
    first, last = (
        cpu(lambda: short.reader().steps("last", 100)),
        cpu(lambda: long.reader().steps("last", 100, 3_900)),
    )
    assert len(long.reader().steps("last", 100, 3_900)) == 100
    assert last < 3 * first
    assert cpu(lambda: long.reader().count_steps("last")) < last
    short.close()
    long.close()


def test_a_text_shared_by_many_calls_is_kept_once(path: Path) -> None:
    ledger = open_ledger(path)
    story = Story(receive=ledger.writer().receive).start()
    system = "You are a patient clerk. " * 800
    for call in range(1, 501):
        messages = [{"role": "system", "text": system}, {"role": "user", "text": f"Ticket {call}"}]
        story.begin(f"s{call}").ask(f"s{call}", call, request={"messages": messages})
        story.answer(f"s{call}", call, f"Answer {call}").end(f"s{call}", {"text": f"Answer {call}"})
    story.finish()
    ledger.close()
    assert path.stat().st_size < 500 * 1000 + len(system) + 100_000


def test_a_growing_conversation_grows_linearly(path: Path) -> None:
    ledger = open_ledger(path)
    story = Story(receive=ledger.writer().receive).start()
    said: list[dict[str, str]] = []
    for call in range(1, 401):
        said.append({"role": "user", "text": f"{call} " + "word " * 800})
        story.begin(f"s{call}").ask(f"s{call}", call, request={"messages": list(said)}, durable=False)
        story.answer(f"s{call}", call, "ok", durable=False).end(f"s{call}", {"text": "ok"})
    story.finish()
    ledger.close()
    assert path.stat().st_size < 2_500_000


def test_reading_from_many_threads_while_it_is_written(path: Path) -> None:
    ledger = open_ledger(path)
    reader, stop, failures = ledger.reader(), threading.Event(), []

    def read() -> None:
        try:
            while not stop.is_set():
                for run in reader.runs(limit=5):
                    assert len(reader.steps(run.id)) <= reader.count_steps(run.id)
                    reader.recording(run.id)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(40):
        story = Story(f"run-{number}").start()
        for call in range(1, 6):
            story.step(f"s{call}", call)
        write(ledger.writer(), story.finish())
    stop.set()
    for thread in threads:
        thread.join()
    ledger.close()
    assert failures == []


async def test_a_lock_held_too_long_is_told_and_what_was_acknowledged_stays(path: Path) -> None:
    ledger = open_ledger(path)

    def impatient() -> sqlite3.Connection:
        connection = connect(path, "rw")
        connection.execute("PRAGMA busy_timeout = 50")
        return connection

    writer = Writer(path, impatient)
    story = Story(receive=writer.receive).start()
    await writer.durable()
    holder = connect(path, "rw")
    holder.execute("BEGIN IMMEDIATE")
    story.begin("draft")
    with pytest.raises(LedgerError, match="another process keeps it locked") as caught:
        await writer.durable()
    assert "lsof" in caught.value.hint
    holder.execute("ROLLBACK")
    holder.close()
    assert ledger.reader().run("run-a").steps == 0
    writer.close()
    ledger.close()


async def test_a_lock_held_for_a_moment_is_waited_for_without_holding_up_the_loop(path: Path) -> None:
    ledger = open_ledger(path)
    writer = ledger.writer()
    Story(receive=writer.receive).start()
    await writer.durable()
    holder = connect(path, "rw")
    holder.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(_begin(writer))
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert not waiting.done()
    holder.execute("ROLLBACK")
    holder.close()
    await waiting
    assert ledger.reader().run("run-a").steps == 1
    ledger.close()


async def _begin(writer: Writer) -> None:
    Story(receive=writer.receive, seq=1).begin("draft")
    await writer.durable()
