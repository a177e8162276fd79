"""Every failure becomes a message, a hint and an exit code; none becomes a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tests.cli.rows import HOSTILE
from workbench.cli.errors import guarded
from workbench.errors import (
    CallError,
    Divergence,
    LedgerError,
    Problem,
    RecipeError,
    UsageError,
    WorkbenchError,
)
from workbench.safe_text import FORBIDDEN


def failing(error: BaseException) -> int:
    def command() -> int:
        raise error

    return guarded(command)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UsageError("no such run", hint="workbench runs"), 2, "error: no such run\nhint: workbench runs\n"),
        (LedgerError("local.db is locked"), 1, "error: local.db is locked\n"),
        (WorkbenchError("x"), 1, "error: x\n"),
        (CallError("auth", "no key"), 1, "error: no key\n"),
        (Divergence("draft", "not recorded"), 1, "error: not recorded\n"),
        (RecipeError([Problem("bad", "r.yaml", 1, 2)]), 2, "r.yaml:1:2: error: bad\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (typer.Abort(), 130, "stopped\n"),
        (BrokenPipeError(), 0, ""),
        (PermissionError(13, "Permission denied", "x.yaml"), 1, "error: x.yaml: Permission denied\n"),
        (OSError(28, "No space left on device"), 1, "error: No space left on device\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_failures(error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(error) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", told)


def test_a_bug_leaves_its_traceback_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ZeroDivisionError("oh")) == 1
    err = capsys.readouterr().err
    assert err.startswith(
        "error: this is a bug in the workbench: ZeroDivisionError: oh\nhint: the traceback is in "
    )
    path = Path(err.strip().rsplit(" ", 1)[1])
    assert "in command" in path.read_text("utf-8")
    path.unlink()


def test_a_bug_is_shown_whole_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DEBUG", "1")
    monkeypatch.setattr("workbench.cli.errors._keep", lambda text: None)
    failing(ZeroDivisionError(HOSTILE))
    assert "Traceback" in capsys.readouterr().err


def test_hostile_messages_are_inert(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.cli.errors._keep", lambda text: None)
    for error in (UsageError(HOSTILE, hint=HOSTILE), ValueError(HOSTILE), OSError(2, HOSTILE, HOSTILE)):
        failing(error)
    err = capsys.readouterr().err
    assert not FORBIDDEN.search(err)
    assert "[bold]markup[/]" in err


def test_success_and_codes_pass_through() -> None:
    assert guarded(lambda: None) == 0
    assert guarded(lambda: 3) == 3


def test_an_interrupt_in_the_clothes_of_a_library_is_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise RuntimeError("Error building validator:\n  KeyboardInterrupt: ")

    assert guarded(command) == 130
    assert capsys.readouterr().err == "stopped\n"
