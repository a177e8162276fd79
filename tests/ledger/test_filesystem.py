"""Where the write-ahead log can be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from workbench.ledger import filesystem
from workbench.ledger.store import open_ledger


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("ext4", "WAL"),
        ("tmpfs", "WAL"),
        ("overlay", "WAL"),
        ("nfs4", "DELETE"),
        ("fuse.sshfs", "DELETE"),
        ("9p", "DELETE"),
    ],
)
def test_files_on_a_network_have_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str
) -> None:
    mounts = tmp_path / "mounts"
    folder = tmp_path / "my lab"
    folder.mkdir()
    place = str(folder.resolve()).replace(" ", r"\040")
    mounts.write_text(f"root / ext4 rw 0 0\nodd\nthere {place} {kind} rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)
    path = folder / "local.db"
    with closing(open_ledger(path)) as ledger:
        write(ledger.writer(), Story().start().step("draft", 1).finish())
        assert ledger.reader().run("last").status == "done"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == (mode.lower(),)


def test_a_system_that_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "MOUNTS", tmp_path / "missing")
    assert filesystem.journal_mode(tmp_path / "local.db") == "WAL"
