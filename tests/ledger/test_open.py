"""Opening: what is no ledger is refused with what to do, and what cannot be written is read."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from workbench.errors import LedgerError
from workbench.ledger import open as opening
from workbench.ledger.schema import APPLICATION_ID, VERSION
from workbench.ledger.store import open_ledger


def finished(path: Path) -> None:
    """A ledger with one finished run, closed."""
    ledger = open_ledger(path)
    write(ledger.writer(), Story().start().step("draft", 1).finish(outputs={"reply": "Hello"}))
    ledger.close()


def test_a_new_ledger_has_the_tables_that_others_query(path: Path) -> None:
    open_ledger(path).close()
    connection = sqlite3.connect(path)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    names = {
        "recipes",
        "runs",
        "steps",
        "calls",
        "decisions",
        "gates",
        "blobs",
        "batches",
        "sessions",
        "notes",
        "accounts",
        "holds",
    }
    assert names == tables - {"_sqlite_migrations"}
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["local.db"]


def test_an_old_ledger_opens_without_the_slow_import(path: Path) -> None:
    finished(path)
    code = (
        "import sys; from pathlib import Path; from workbench.ledger.store import open_ledger\n"
        f"ledger = open_ledger(Path({str(path)!r})); ledger.reader().runs(); ledger.close()\n"
        "sys.exit('sqlite_utils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_views_for_people(path: Path) -> None:
    finished(path)
    connection = sqlite3.connect(path)
    assert connection.execute(
        "SELECT run, prompt, answer, cost_usd, status FROM readable_calls"
    ).fetchall() == [("run-a", "Say hello", "Hello", 0.00032, "ok")]
    assert connection.execute("SELECT id, cost_usd, inputs, outputs FROM readable_runs").fetchall() == [
        ("run-a", 0.00032, '{"ticket":"My invoice is wrong"}', '{"reply":"Hello"}')
    ]
    assert connection.execute("SELECT path, model, output FROM readable_steps").fetchall() == [
        ("draft", "acme/big-1", '{"status":"done","text":"Hello"}')
    ]
    assert connection.execute("SELECT chosen, reason FROM readable_decisions").fetchall() == [
        ("acme/big", "first candidate")
    ]
    connection.close()


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="is a folder") as caught:
        open_ledger(tmp_path)
    assert str(tmp_path / "local.db") in caught.value.hint
    with pytest.raises(LedgerError, match="does not exist") as caught:
        open_ledger(tmp_path / "missing" / "local.db")
    assert "mkdir -p" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"hello", "not a ledger"),
        (b"just some text, long enough to be looked at\n" * 400, "not a ledger"),
        (b"SQLite format 3\0" + b"\xff" * 8000, "cannot open|damaged|cut short|not a ledger"),
        (random.Random(7).randbytes(20_000), "not a ledger"),
    ],
    ids=["empty", "a word", "a text", "half a header", "noise"],
)
def test_files_that_are_no_ledger(path: Path, content: bytes, told: str) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=told) as caught:
        open_ledger(path)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (mine)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="but not a ledger"):
        open_ledger(path)
    assert path.read_bytes() == before


def test_a_file_cut_short(path: Path) -> None:
    finished(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LedgerError, match="cut short") as caught:
        open_ledger(path)
    assert ".recover" in caught.value.hint


def test_a_file_behind_its_header_is_whole_with_its_log(path: Path, tmp_path: Path) -> None:
    ledger = open_ledger(path)
    write(ledger.writer(), Story().start().step("draft", 1, "x" * 50_000).finish())
    copy = tmp_path / "copy.db"
    content = bytearray(path.read_bytes())
    content[28:32] = (10_000).to_bytes(4, "big")  # as a merge of the log leaves it when the disk fills up
    copy.write_bytes(content)
    shutil.copy(f"{path}-wal", f"{copy}-wal")
    ledger.close()
    with closing(open_ledger(copy)) as opened:
        assert opened.reader().run("last").status == "done"


def test_noise_in_the_middle_is_a_message_when_it_is_met(path: Path) -> None:
    finished(path)
    content = bytearray(path.read_bytes())
    content[4096:] = random.Random(8).randbytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged"), closing(open_ledger(path)) as ledger:
        ledger.reader().runs()


def test_damage_is_found_when_a_process_died_with_the_file_open(path: Path) -> None:
    ledger = open_ledger(path)
    write(ledger.writer(), Story().start().step("draft", 1))
    ledger.writer().flush()
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET status = 'running', owner = 'elsewhere 1 1', touched = 0")
    connection.commit()
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'calls'").fetchone()[0]
    connection.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * opening.PAGE_SIZE : root * opening.PAGE_SIZE] = b"\x55" * opening.PAGE_SIZE
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged") as caught:
        open_ledger(path)
    assert ".recover" in caught.value.hint


@pytest.mark.parametrize(("version", "opens"), [(VERSION + 1, True), (VERSION + 1000, False)])
def test_newer_formats(path: Path, version: int, opens: bool) -> None:
    finished(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("ALTER TABLE calls ADD COLUMN invented INTEGER DEFAULT 5")
    connection.close()
    if not opens:
        with pytest.raises(LedgerError, match="newer workbench") as caught:
            open_ledger(path)
        assert "update" in caught.value.hint
        return
    ledger = open_ledger(path)
    write(ledger.writer(), Story("run-b").start().step("draft", 1).finish())
    assert ledger.reader().count_runs() == 2
    ledger.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    connection.close()


def test_a_ledger_that_cannot_be_written_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(path)
    monkeypatch.setattr(opening, "_writable", lambda place: False)
    ledger = open_ledger(path)
    assert "read-only" in ledger.read_only
    assert ledger.reader().outputs("last") == {"reply": "Hello"}
    with pytest.raises(LedgerError, match="read-only") as caught:
        ledger.writer()
    assert "--db" in caught.value.hint
    ledger.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder(path: Path) -> None:
    finished(path)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        ledger = open_ledger(path)
        assert ledger.reader().count_runs() == 1
        ledger.close()
        with pytest.raises(LedgerError, match="cannot open"):
            open_ledger(path.with_name("new.db"))
    finally:
        path.parent.chmod(0o700)


def test_a_copy_opens(path: Path, tmp_path: Path) -> None:
    finished(path)
    copy = tmp_path / "name with space, ? and #.db"
    shutil.copy(path, copy)
    ledger = open_ledger(copy)
    assert ledger.reader().run("last").status == "done"
    ledger.close()


def test_many_processes_make_one_ledger_at_once(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.ledger.store import open_ledger\n"
        "from tests.ledger.kit import Story, write\n"
        f"ledger = open_ledger(Path({str(path)!r}))\n"
        "write(ledger.writer(), Story(sys.argv[1]).start().step('a', 1).finish()); ledger.close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, f"run-{number}"]) for number in range(4)]
    assert [each.wait(30) for each in started] == [0] * 4
    ledger = open_ledger(path)
    assert sorted(each.id for each in ledger.reader().runs()) == [f"run-{number}" for number in range(4)]
    ledger.close()
    assert [each.name for each in path.parent.iterdir()] == ["local.db"]
