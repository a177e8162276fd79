"""What a recipe is: the hash of its content, and the files it uses."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from workbench.recipe.files import FileError, Files, checked_name, content_hash

MAX_MODULES = 50


@dataclass
class Used:
    """The files a recipe uses: texts (None for data) and hashes, and why some could not be read."""

    texts: dict[str, str | None] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def recipe_hash(full: dict[str, Any], hashes: dict[str, str], own: str) -> str:
    """The identity of a recipe: its content with short forms written out, and the files it uses.

    Comments, blank space and quoting in the recipe's own file (``own``) do not count; order does.
    """
    others = sorted((name, value) for name, value in hashes.items() if name != own)
    return content_hash(json.dumps([full, others], ensure_ascii=True).encode())


def used_files(full: dict[str, Any], files: Files) -> Used:
    """Every file that a written-out recipe names and that is there."""
    used = Used()
    for name in _prompt_files(full):
        _text(name, files, used)
    for tool in _values(full.get("tools")):
        name = str(tool.get("python") or "").rpartition(":")[0] if isinstance(tool, dict) else ""
        if name:
            _module(name, files, used)
    for data in _values(full.get("data")):
        if isinstance(data, dict):
            _data(data, files, used)
    return used


def _values(section: Any) -> list[Any]:
    return list(section.values()) if isinstance(section, dict) else []


def _prompt_files(value: Any) -> Iterator[str]:
    """The ``file`` of every ``{file: …}`` within the steps of ``value``."""
    stack = _values(value.get("steps"))
    while stack:
        step = stack.pop()
        if not isinstance(step, dict):
            continue
        for key in ("prompt", "classify", "extract", "retrieve", "human", "system"):
            text = step.get(key)
            if isinstance(text, dict) and isinstance(text.get("file"), str):
                yield text["file"]
        stack.extend(_values(step.get("steps")))
        stack.append(step.get("else"))
        if isinstance(step.get("choose"), list):
            stack.extend(step["choose"])


def _text(name: str, files: Files, used: Used) -> bool:
    try:
        clean = checked_name(name)
        used.texts[clean] = files.text(clean)
        used.hashes[clean] = files.hash(clean)
    except FileError as error:
        used.failed[name] = str(error)
        return False
    return True


def _module(name: str, files: Files, used: Used) -> None:
    """A tool's module and the modules of the same folder that it imports."""
    waiting = [name]
    while waiting and len(used.texts) < MAX_MODULES:
        at = waiting.pop()
        if at in used.texts or not _text(at, files, used):
            continue
        for imported in _imports(used.texts.get(str(PurePosixPath(at))) or ""):
            beside = str(PurePosixPath(name).parent / f"{imported}.py")
            if _is_file(beside, files):
                waiting.append(beside)


def _is_file(name: str, files: Files) -> bool:
    try:
        return files.kind(name) == "file"
    except FileError:
        return False


def _imports(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _data(data: dict[str, Any], files: Files, used: Used) -> None:
    file, folder = data.get("file"), data.get("folder")
    try:
        names = [checked_name(file)] if isinstance(file, str) else []
        if isinstance(folder, str) and files.kind(folder) == "folder":
            glob = data.get("glob", "**/*")
            names += files.list(folder, glob if isinstance(glob, str) else "**/*")
        for name in names:
            if files.kind(name) == "file":
                used.hashes[name] = files.hash(name)
                used.texts.setdefault(name, None)
    except FileError as error:
        used.failed[str(file or folder)] = str(error)
