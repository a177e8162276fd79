"""Where commands write: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from workbench.cli.blocks import Block, plain
from workbench.safe_text import safe_line

if TYPE_CHECKING:
    from workbench.events import Json


def say(*blocks: Block) -> None:
    """Print results."""
    _draw(blocks, sys.stdout)


def tell(*blocks: Block) -> None:
    """Print diagnostics: progress, hints, errors."""
    _draw(blocks, sys.stderr)


def tell_prompt(text: str) -> None:
    """Ask on stderr, and stay on the line."""
    _write(sys.stderr, safe_line(text))


def say_json(value: Json) -> None:
    """Print ``value`` as pure ASCII JSON on stdout."""
    _write(sys.stdout, json_text(value) + "\n")


def say_raw(text: str) -> None:
    """Print ready text that holds nothing of others."""
    _write(sys.stdout, text)


def json_text(value: Json) -> str:
    """``value`` as JSON that any reader takes: ASCII only, no NaN, no infinity."""
    return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, indent=2)


def _finite(value: Json) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def is_terminal(stream: TextIO | None) -> bool:
    """True when a person reads or writes ``stream`` at a terminal; there may be no stream at all."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _draw(blocks: Iterable[Block], stream: TextIO | None) -> None:
    if stream is None or not is_terminal(stream):
        _write(stream, plain(blocks))
        return
    from workbench.cli.terminal_blocks import console, rich_blocks

    try:
        screen = console(stderr=stream is sys.stderr)
        for block in rich_blocks(blocks):
            screen.print(block)
    except BrokenPipeError:
        _point_nowhere(stream)


def _write(stream: TextIO | None, text: str) -> None:
    """Write; a reader that went away (``| head``) is no failure of the command."""
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _point_nowhere(stream)


def _point_nowhere(stream: TextIO) -> None:
    """Send what else comes to nowhere, so that nothing complains when the program ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
