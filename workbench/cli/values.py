"""Reads the ``name=value`` options: inputs, models, edits, answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import UsageError
from workbench.events import Json

if TYPE_CHECKING:
    from workbench.batch.variants import Variant

LONGEST_NAME = 60
"""Characters of a value in a variant's name."""
INPUT_LIMIT = 64 * 1024 * 1024
"""Bytes read from one file or from stdin."""


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """``name=value`` texts as a mapping; a name given twice is an error."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"{option} takes name=value, got {text!r}")
        if name in found:
            raise UsageError(f"{option} gives {name!r} twice")
        found[name] = value
    return found


def inputs(given: Iterable[str], file: Path | None) -> dict[str, Json]:
    """Inputs from a file and from options; an option wins over the file.

    ``name=@file`` reads a text file, ``name=-`` reads stdin, ``name=@@text`` is the text ``@text``.
    """
    options = pairs("-i", given)
    piped = [name for name, value in options.items() if value == "-"]
    if len(piped) > 1 or (piped and str(file) == "-"):
        raise UsageError("stdin can be read for one input only")
    from_file = read_mapping(file) if file else {}
    return {**from_file, **{name: _input(name, value) for name, value in options.items()}}


def _input(name: str, value: str) -> str:
    if value == "-":
        return _decoded(sys.stdin.buffer.read(INPUT_LIMIT), "stdin")
    return text_or_file(f"-i {name}", value, joint="=")


def text_or_file(option: str, value: str, joint: str = " ") -> str:
    """``@FILE`` is the text of a file, ``@@text`` the text ``@text``, all else itself."""
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        if len(value) == 1:
            raise UsageError(f"{option}{joint}@ names no file", hint=f"{option}{joint}@@ is the text @")
        return read_text(Path(value[1:]))
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise UsageError(
            f"the value of {option} is not UTF-8 text", hint=f"{option}{joint}@FILE reads a file"
        )
    return value


def read_text(path: Path) -> str:
    """The text of a file, or why not."""
    try:
        with path.open("rb") as file:
            return _decoded(file.read(INPUT_LIMIT), str(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot read {path}: {reason}") from error


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not UTF-8 text: byte {error.start + 1}") from error


def read_mapping(path: Path) -> dict[str, Json]:
    """The inputs in a JSON file (``-`` is stdin)."""
    source = "stdin" if str(path) == "-" else str(path)
    text = _decoded(sys.stdin.buffer.read(INPUT_LIMIT), source) if source == "stdin" else read_text(path)
    value = parse_json(text, source)
    if not isinstance(value, dict):
        raise UsageError(f"{source} must hold one JSON object: input names and their values")
    return value


def parse_json(text: str, source: str) -> Json:
    """JSON text as a value, or where it goes wrong."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UsageError(f"{source}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # NaN, a number of 5,000 digits, 100,000 brackets
        raise UsageError(f"{source}: not JSON that can be used: {error}") from error


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


def edits(given: Iterable[str]) -> dict[str, Json]:
    """``--set path=value``: numbers, true, false, null, lists and objects in JSON notation, else a text.

    ``path=@file`` reads a text file, ``path=@@text`` is the text ``@text``.
    """
    return {path: _edit(path, value) for path, value in pairs("--set", given).items()}


def _edit(path: str, value: str, option: str = "--set") -> Json:
    if value.startswith("@"):
        return text_or_file(f"{option} {path}", value, joint="=")
    return _json_or_text(value)


def variants(given: Iterable[str]) -> tuple[Variant, ...]:
    """``--variant``: ``role=model``, or ``path=value`` as in ``--set``; all values of each name combined."""
    from workbench.batch.variants import Choice, grid

    choices = []
    for text in given:
        name, equals, told = text.partition("=")
        if not equals or not name.strip() or not told:
            raise UsageError(
                f"--variant takes role=model or path=value, got {text!r}",
                hint="--variant writer=a/b --variant writer=c/d makes two variants",
            )
        name = name.strip()
        value = _edit(name, told, "--variant") if "." in name else told
        choices.append(Choice(name, value, told if len(told) <= LONGEST_NAME else f"{told[:LONGEST_NAME]}…"))
    return grid(choices)


def _json_or_text(value: str) -> Json:
    try:
        return json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return value
