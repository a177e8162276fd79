"""What the tests of the command line share: a quiet surrounding, golden files, one way to run a command."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.cli.blocks import Block, plain
from workbench.cli.main import command_line

GOLDEN = Path(__file__).parent / "golden"
REWRITE = "WORKBENCH_GOLDEN"
"""Set to 1 to write the golden files anew."""


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class _Captured(io.TextIOWrapper):
    """A stream without a terminal that keeps what is written."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8")

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


Invoke = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to work in, a fixed time zone, no settings from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for name in ("NO_COLOR", "FORCE_COLOR", "WORKBENCH_DB", "WORKBENCH_DEBUG", "COLUMNS", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs one command as the program would, without a terminal."""

    def run(*arguments: str, stdin: str | bytes = b"") -> Outcome:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = _Captured(), _Captured()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", _Captured(content))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = command_line(arguments)
        return Outcome(code, out.text(), err.text())

    return run


@pytest.fixture
def golden() -> Callable[[str, Iterable[Block] | str], None]:
    """Compares text with a file under ``golden/``."""

    def compare(name: str, shown: Iterable[Block] | str) -> None:
        text = shown if isinstance(shown, str) else plain(shown)
        path = GOLDEN / f"{name}.txt"
        if os.environ.get(REWRITE):
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")

    return compare
