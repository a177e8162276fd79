"""Whatever kills a writer: what it acknowledged is there, the file is whole, and the record is truthful."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from tests.waiting import LONG
from workbench.errors import LedgerError
from workbench.ledger import owner
from workbench.ledger.store import open_ledger

ROOT = Path(__file__).parent.parent.parent
KILLS = 24


def victim(path: Path, run: str, calls: int, *options: str) -> subprocess.Popen[str]:
    """Start a process that writes a run."""
    command = [sys.executable, "-m", "tests.ledger.victim", str(path), run, str(calls), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def acknowledged(told: str) -> tuple[set[int], set[int]]:
    """The calls whose start, and whose end, was acknowledged."""
    whole = told[: told.rfind("\n") + 1]  # the last line may be cut by the kill
    lines = [line.split() for line in whole.splitlines()]
    started = {int(line[1]) for line in lines if line[0] == "started"}
    return started, {int(line[1]) for line in lines if line[0] == "ended"}


def on_record(path: Path, run: str) -> dict[int, str]:
    """The status of each call of a run, and that the file is whole."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = connection.execute(
        "SELECT call, calls.status FROM calls JOIN runs ON runs.number = run WHERE runs.id = ?", (run,)
    ).fetchall()
    connection.close()
    return dict(rows)


def test_killed_at_any_moment(path: Path) -> None:
    draw = random.Random(7)
    open_ledger(path).close()
    told: dict[str, str] = {}
    for number in range(0, KILLS, 4):
        some = {f"run-{number + each}": victim(path, f"run-{number + each}", 100_000) for each in range(4)}
        for process in some.values():
            assert process.stdout is not None
            assert process.stdout.readline() == "run\n"
        for name, process in some.items():
            heard = [process.stdout.readline() for _ in range(draw.randrange(12)) if process.stdout]
            time.sleep(draw.random() * 0.002)
            process.kill()
            told[name] = "".join(heard) + process.communicate()[0]
    ledger = open_ledger(path)
    reader = ledger.reader()
    assert reader.count_runs() == len(told) == KILLS
    for name, text in told.items():
        started, ended = acknowledged(text)
        calls = on_record(path, name)
        assert all(calls[call] == "ok" for call in ended)
        assert started <= set(calls)
        assert len(calls) <= len(started) + 1
        in_flight = [call for call, status in calls.items() if status == "unknown"]
        assert "started" not in calls.values()
        assert len(in_flight) <= 1
        run = reader.run(name)
        assert run.status == "crashed"
        assert run.finished is not None
        assert run.cost_known is (not any(call % 2 == 0 for call in in_flight))
        assert Counter(each.status for each in reader.steps(name, limit=10**6))["running"] == 0
    assert sum(len(acknowledged(text)[1]) for text in told.values()) > KILLS
    ledger.close()


def test_a_dead_run_shows_as_crashed_before_anyone_wrote_it(path: Path) -> None:
    watching = open_ledger(path)
    process = victim(path, "run-x", 100_000)
    assert process.stdout is not None
    while process.stdout.readline() != "started 3\n":
        pass
    assert watching.reader().run("run-x").status == "running"
    assert watching.reader().unfinished() == []
    process.kill()
    process.communicate()
    reader = watching.reader()
    assert reader.run("run-x").status == "crashed"
    assert [each.id for each in reader.unfinished()] == ["run-x"]
    last = reader.steps("run-x", limit=10**6)[-1]
    assert last.status != "running"
    assert all(each.status != "started" for each in reader.step("run-x", last.path).calls)
    watching.close()


def test_a_resumed_run_goes_on_where_it_was(path: Path) -> None:
    ledger = open_ledger(path)
    first = Story(receive=ledger.writer().receive).start().step("one", 1).begin("two").ask("two", 2)
    ledger.close()
    ledger = open_ledger(path)
    reader = ledger.reader()
    last_seq, last_call = reader.position("run-a")
    assert (last_seq, last_call) == (len(first.events), 2)
    again = Story(seq=last_seq).resume()
    again.begin("one").end("one", {"status": "done", "text": "Hello"})
    again.begin("two").ask("two", 3).answer("two", 3).end("two", {"text": "Hello"})
    write(ledger.writer(), again.finish())
    one, two = reader.steps("run-a")
    assert (one.seconds, one.attempts, one.cost_nano) == (4.0, 1, 320_000)
    assert (two.status, two.attempts, two.cost_nano) == ("done", 2, None)
    run = reader.run("run-a")
    assert (run.status, run.cost_nano, run.cost_known, run.calls) == ("done", 640_000, False, 3)
    assert [(each.call, each.status) for each in reader.step("run-a", "two").calls] == [
        (2, "unknown"),
        (3, "ok"),
    ]
    assert [each.call for each in reader.recording("run-a")] == [1, 3]
    ledger.close()


@pytest.mark.parametrize("limit", [0, 1, 3, 9, 40, 41, 97, 150])
def test_the_disk_takes_no_more(path: Path, limit: int) -> None:
    open_ledger(path).close()
    size = path.stat().st_size
    process = victim(path, "run-f", 400, "--file-limit", str(size + limit * 4096 + limit), "--text", "3000")
    told = process.communicate()[0]
    started, ended = acknowledged(told)
    calls = on_record(path, "run-f")
    assert {call for call, status in calls.items() if status == "ok"} >= ended
    assert set(calls) >= started
    last = told.splitlines()[-1]
    assert process.returncode == 1
    assert last.startswith("refused cannot write to the ledger")
    assert "then resume" in last
    ledger = open_ledger(path)
    write(ledger.writer(), Story("run-g").start().step("draft", 1).finish())
    assert ledger.reader().run("run-f").status == "crashed"
    ledger.close()


def test_three_processes_write_at_once(path: Path) -> None:
    open_ledger(path).close()
    writers = [victim(path, f"run-{number}", 150) for number in range(3)]
    told = [each.communicate(timeout=LONG)[0] for each in writers]
    assert [each.returncode for each in writers] == [0, 0, 0]
    assert [text.splitlines()[-1] for text in told] == ["done"] * 3
    ledger = open_ledger(path)
    assert {each.status for each in ledger.reader().runs()} == {"done"}
    for number in range(3):
        assert on_record(path, f"run-{number}") == dict.fromkeys(range(1, 151), "ok")
    ledger.close()


def test_who_is_alive() -> None:
    now = time.time_ns() // 1000
    this = owner.new_owner()
    place, number, birth, _ = this.split(" ", 3)
    assert number == str(os.getpid())
    assert owner.is_alive(this, 0)
    owner.retire(this)
    assert not owner.is_alive(this, now)
    assert not owner.is_alive(None, now)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = owner._birth(other.pid)
    assert owner.is_alive(f"{place} {other.pid} {born} 1", 0)
    assert not owner.is_alive(f"{place} {other.pid} {born}0 1", now)
    other.communicate(b"\n")
    assert not owner.is_alive(f"{place} {other.pid} {born} 1", now)
    assert owner.is_alive(f"elsewhere {other.pid} {born} 1", now)
    assert not owner.is_alive(f"elsewhere {number} {birth} 1", now - 2 * owner.STALE)
    assert not owner.is_alive("nonsense", 0)


def test_after_a_failure_a_new_writer_goes_on(path: Path) -> None:
    ledger = open_ledger(path)
    failing = ledger.writer()
    write(failing, Story().start().begin("draft").ask("draft", 1))
    failing.receive(Story("nobody").begin("draft").events[0])
    with pytest.raises(LedgerError):
        failing.flush()
    assert ledger.reader().run("run-a").status == "crashed"
    again = ledger.writer()
    assert again is not failing
    again.flush()
    last_seq, last_call = ledger.reader().position("run-a")
    assert [each.status for each in ledger.reader().step("run-a", "draft").calls] == ["unknown"]
    story = Story(seq=last_seq).resume().begin("draft").ask("draft", last_call + 1)
    write(again, story.answer("draft", last_call + 1).end("draft").finish())
    assert ledger.reader().run("run-a").status == "done"
    ledger.close()
