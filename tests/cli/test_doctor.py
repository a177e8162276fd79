"""The doctor names what is wrong and never shows a key."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from workbench.cli import checkup


def test_a_healthy_folder(invoke: Invoke) -> None:
    shown = invoke("doctor")
    assert shown.code == 0
    for topic in ("python", "sqlite", "terminal", "record", "settings", "recipes"):
        assert topic in shown.out


def test_the_doctor_makes_no_record(invoke: Invoke) -> None:
    invoke("doctor")
    assert not Path("local.db").exists()


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 39, 0), "bad"), ((3, 40, 1), "note"), ((3, 51, 2), "note"), ((3, 51, 3), "ok")],
)
def test_versions_of_sqlite(version: tuple[int, ...], state: str) -> None:
    assert checkup.sqlite(version).state == state


def test_keys_are_named_and_not_shown(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("workbench.toml").write_text(
        '[providers.acme]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "ACME_KEY"\n'
        '[providers.other]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "OTHER_KEY"\n'
    )
    monkeypatch.setenv("ACME_KEY", "sk-very-secret")
    shown = invoke("doctor")
    assert "ACME_KEY is set" in shown.out
    assert "OTHER_KEY is not set" in shown.out
    assert "sk-very-secret" not in shown.out + shown.err


def test_wrong_settings_are_bad(invoke: Invoke) -> None:
    Path("workbench.toml").write_text("[providers.acme]\nkind = 3\n")
    shown = invoke("doctor", "--json")
    assert shown.code == 1
    wrong = [each for each in json.loads(shown.out) if each["state"] == "bad"]
    assert wrong
    assert all("workbench.toml:" in each["text"] for each in wrong)


@pytest.mark.parametrize(
    "content", [b"not a database, far from it" * 50, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_record_is_bad(invoke: Invoke, content: bytes) -> None:
    Path("local.db").write_bytes(content)
    shown = invoke("doctor")
    assert shown.code == 1
    assert "✗" in shown.out
    assert "Traceback" not in shown.err


def test_a_record_others_may_read_is_noted(invoke: Invoke) -> None:
    from workbench.ledger.store import open_ledger

    open_ledger(Path("local.db")).close()
    Path("local.db").chmod(0o644)
    assert "chmod 600" in invoke("doctor").out


def test_a_file_of_another_program_is_bad(invoke: Invoke) -> None:
    with sqlite3.connect("other.db") as connection:
        connection.execute("create table runs (x)")
    connection.close()
    shown = invoke("doctor", "--db", "other.db")
    assert "Traceback" not in shown.err
