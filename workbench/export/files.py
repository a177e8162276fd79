"""Files that are there whole or not at all; one that is there already stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.errors import UsageError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new file, under its name once all is written; raises UsageError when it cannot be."""
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        raise UsageError(f"{path} is there already", hint="name another file with --output")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, parts: Iterable[str]) -> int:
    """Write a text to a new file; its size in bytes."""
    with whole_file(path) as file:
        for part in parts:
            file.write(part.encode())
    return path.stat().st_size
