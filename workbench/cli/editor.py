"""Edits a text in the person's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from workbench.errors import UsageError

FALLBACKS = ("nano", "vim", "vi")


def editor_command() -> list[str]:
    """The person's editor as a command: ``$VISUAL``, ``$EDITOR``, or what is there."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        try:
            return shlex.split(named)
        except ValueError as error:
            raise UsageError(f"$EDITOR is not a command: {error}") from error
    found = next((name for name in FALLBACKS if shutil.which(name)), None)
    if found is None:
        raise UsageError("no editor found", hint="set $EDITOR")
    return [found]


async def edited(text: str, *, suffix: str = ".md") -> str:
    """``text`` as the person left it."""
    command = editor_command()
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        path = Path(folder) / f"text{suffix}"
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        try:
            process = await asyncio.create_subprocess_exec(*command, str(path))
        except OSError as error:
            raise UsageError(f"cannot start {command[0]}: {error.strerror}", hint="set $EDITOR") from error
        if await process.wait():
            raise UsageError(f"{command[0]} ended with code {process.returncode}; nothing was changed")
        changed = path.read_bytes().decode("utf-8", errors="replace")
    # editors end the last line, texts often do not
    return changed.removesuffix("\n") if not text.endswith("\n") else changed
