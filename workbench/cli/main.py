"""The entry point of ``workbench``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from workbench.cli.app import app
from workbench.cli.errors import guarded
from workbench.engine.garbage import SELDOM


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a letter gets its number
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(*SELDOM)
    sys.exit(command_line(sys.argv[1:]))


def command_line(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    return guarded(lambda: _run(list(arguments)))


def _run(arguments: list[str]) -> int | None:
    code = app(args=arguments, prog_name="workbench", standalone_mode=False)
    return code if isinstance(code, int) else 0
