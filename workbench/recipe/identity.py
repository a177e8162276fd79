"""What a recipe is: the hash of its content, and the files it uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe.editing.form import has_order, kind_at
from workbench.recipe.files import FileError, Files, checked_name, content_hash
from workbench.recipe.source import Path
from workbench.recipe.step_texts import TEXT_KEYS


@dataclass
class Used:
    """The files a recipe uses: texts (None for data) and hashes, and why some could not be read."""

    texts: dict[str, str | None] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def recipe_hash(full: dict[str, Any], hashes: dict[str, str], own: str) -> str:
    """The identity of a recipe: its content with short forms written out, and the files it uses.

    Comments, blank space and quoting in the recipe's own file (``own``) do not count, nor does the order of
    keys that the language names; that of steps, inputs, labels and whatever else a recipe names does.
    """
    others = sorted((name, value) for name, value in hashes.items() if name != own)
    return content_hash(json.dumps([_sorted((), full), others], ensure_ascii=True).encode())


def _sorted(path: Path, value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted((*path, number), item) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    keys = sorted(value) if has_order(kind_at(path)) else value
    return {key: _sorted((*path, key), value[key]) for key in keys}


def used_files(full: dict[str, Any], files: Files) -> Used:
    """Every file that a written-out recipe names and that is there."""
    used = Used()
    for name in (*prompt_files(full), *_check_files(full)):
        _text(name, files, used)
    for name in _attached_files(full):
        _data({"file": name}, files, used)
    for tool in _values(full.get("tools")):
        name = str(tool.get("python") or "").rpartition(":")[0] if isinstance(tool, dict) else ""
        if name:
            _text(name, files, used)
    for data in _values(full.get("data")):
        if isinstance(data, dict):
            _data(data, files, used)
    return used


def _values(section: Any) -> list[Any]:
    return list(section.values()) if isinstance(section, dict) else []


def prompt_files(value: Any) -> Iterator[str]:
    """The ``file`` of every ``{file: …}`` within the steps of a written-out recipe."""
    for step in _all_steps(value):
        for key in TEXT_KEYS:
            text = step.get(key)
            if isinstance(text, dict) and isinstance(text.get("file"), str):
                yield text["file"]


def _attached_files(value: Any) -> Iterator[str]:
    """The files named outright in ``attach:``; a name with a template in it is known only in a run."""
    for step in _all_steps(value):
        given = step.get("attach")
        for name in given if isinstance(given, list) else [given]:
            if isinstance(name, str) and "{" not in name:
                yield name


def _all_steps(value: Any) -> Iterator[dict[str, Any]]:
    """All steps within ``value``, at any depth."""
    stack = _values(value.get("steps"))
    while stack:
        step = stack.pop()
        if not isinstance(step, dict):
            continue
        yield step
        stack.extend(_values(step.get("steps")))
        stack.append(step.get("else"))
        if isinstance(step.get("choose"), list):
            stack.extend(step["choose"])


def _check_files(value: Any) -> Iterator[str]:
    """The file of every ``python`` gate within the steps of ``value``."""
    for step in _all_steps(value):
        guards = step.get("guard")
        for gate in (step.get("gate"), *(guards if isinstance(guards, list) else ())):
            check = gate.get("python") if isinstance(gate, dict) else None
            call = check.get("call") if isinstance(check, dict) else None
            if isinstance(call, str) and call.rpartition(":")[0]:
                yield call.rpartition(":")[0]


def _text(name: str, files: Files, used: Used) -> None:
    try:
        clean = checked_name(name)
        used.texts[clean] = files.text(clean)
        used.hashes[clean] = files.hash(clean)
    except FileError as error:
        used.failed[name] = str(error)


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
