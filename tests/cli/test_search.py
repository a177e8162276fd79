"""``workbench search`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ledger.kit import Story, write
from workbench.cli.main import command_line
from workbench.ledger.store import open_ledger


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a record of one run."""
    monkeypatch.chdir(tmp_path)
    ledger = open_ledger(tmp_path / "local.db")
    hostile = "a [red]needle[/red] in \x1b[31mhay"
    write(ledger.writer(), Story("run-a").start().step("draft", 1, "Find it", hostile).finish())
    ledger.close()
    return tmp_path


def test_a_match_says_where_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["search", "needle"]) == 0
    told = capsys.readouterr()
    assert "run-a draft answer" in told.out
    assert "a [red]needle[/red] in" in told.out
    assert "\x1b" not in told.out
    assert "the index takes" in told.err


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["search", "--json", "needle", "in"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"] == 1
    assert found["matches"][0]["step"] == "draft"
    assert found["matches"][0]["match"] == "needle"


def test_nothing_found_and_no_such_status(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["search", "nowhere"]) == 0
    assert "nothing on record matches" in capsys.readouterr().err
    assert command_line(["search", "needle", "--status", "dnoe"]) == 2
