"""Where a value of a written-out recipe stands in the file, which may hold a short form of it."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]


def as_written(path: Path, data: Any) -> Path:
    """``path`` without the parts that a short form leaves out: a list of one, a key that stands alone."""
    kept: list[str | int] = []
    at = data
    for number, part in enumerate(path):
        if isinstance(at, dict):
            if isinstance(part, int) and part not in at:
                continue
            if part not in at:
                return (*kept, *path[number:])
            at = at[part]
        elif isinstance(at, list):
            if isinstance(part, str) and isinstance(next(iter(path[number + 1 :]), None), int):
                continue
            if not isinstance(part, int) or part >= len(at):
                return (*kept, *path[number:])
            at = at[part]
        else:
            break
        kept.append(part)
    return tuple(kept)


def value_at(data: Any, path: Path) -> Any:
    """The value at ``path``; None where there is none."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data
