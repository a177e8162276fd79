"""Short forms of a recipe written out, and values set from outside put in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from workbench.errors import Problem
from workbench.recipe.files import FileError, Files
from workbench.recipe.suggest import did_you_mean_or_list

NAMED = ("inputs", "data", "models", "tools", "steps", "outputs")
"""Sections whose keys are names: setting a value in them does not make new names."""
GATE_FORMS = {"rubric": "ask", "python": "call"}
"""Gates that may be given as a text alone, and the key it stands for."""


def written_out(data: dict[str, Any], files: Files) -> dict[str, Any]:
    """A copy of a recipe's data in which every short form is written out."""
    full: dict[str, Any] = copied(data)
    _section(full, "inputs", lambda value: {"type": value} if isinstance(value, str) else value)
    _section(full, "models", _role)
    _section(full, "tools", lambda value: {"python": value} if isinstance(value, str) else value)
    _section(full, "data", lambda value: _data(value, files))
    if isinstance(full.get("session"), str):
        full["session"] = {"name": full["session"]}
    _steps(full.get("steps"))
    return full


def copied(value: Any) -> Any:
    """A copy of plain data (``deepcopy`` takes ten times as long)."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _section(full: dict[str, Any], name: str, change: Any) -> None:
    section = full.get(name)
    if isinstance(section, dict):
        full[name] = {key: change(value) for key, value in section.items()}


def _role(value: Any) -> Any:
    if isinstance(value, str):
        return {"candidates": [value]}
    if isinstance(value, list):
        return {"candidates": value}
    if isinstance(value, dict) and isinstance(value.get("candidates"), str):
        return {**value, "candidates": [value["candidates"]]}
    return value


def _data(value: Any, files: Files) -> Any:
    if not isinstance(value, str):
        return value
    try:
        kind = files.kind(value)
    except FileError:
        kind = None
    return {kind or ("file" if "." in value.rsplit("/", 1)[-1] else "folder"): value}


def _steps(steps: Any) -> None:
    if isinstance(steps, dict):
        for step in steps.values():
            _step(step)


def _step(step: Any) -> None:
    if not isinstance(step, dict):
        return
    for key in ("on_fail", "needs", "attach", "tools"):
        if isinstance(step.get(key), str) or (key == "on_fail" and isinstance(step.get(key), dict)):
            step[key] = [step[key]]
    if isinstance(step.get("guard"), dict):
        step["guard"] = [step["guard"]]
    guards = step.get("guard")
    for gate in (step.get("gate"), *(guards if isinstance(guards, list) else ())):
        _gate(gate)
    for key in ("if", "when"):
        if isinstance(step.get(key), bool):
            step[key] = "true" if step[key] else "false"
    _steps(step.get("steps"))
    if isinstance(step.get("choose"), list):
        for branch in step["choose"]:
            _step(branch)
    _step(step.get("else"))


def _gate(gate: Any) -> None:
    if isinstance(gate, dict):
        for name, key in GATE_FORMS.items():
            if isinstance(gate.get(name), str):
                gate[name] = {key: gate[name]}


def with_edits(full: dict[str, Any], edits: Mapping[str, Any]) -> list[Problem]:
    """Put values into a written-out recipe by dotted path; returns what cannot be set."""
    problems = []
    for dotted, value in edits.items():
        try:
            _check_json(value)
            _put(full, dotted, deepcopy(value))
        except LookupError as error:
            message, suggestion = error.args
            problems.append(Problem(f"{dotted} cannot be set: {message}", text=dotted, suggestion=suggestion))
    return problems


def _check_json(value: Any) -> None:
    try:
        json.dumps([value], ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise LookupError(f"the value cannot be written down: {error}", "") from None


def _put(full: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, last = dotted.split(".")
    at: Any = full
    for depth, part in enumerate(parents):
        if isinstance(at, dict) and part not in at:
            _may_make(at, parents, depth)
            at[part] = {}
        at = at[_index(at, part)] if isinstance(at, list) else _inside(at, part, parents[:depth])
    if isinstance(at, list):
        at[_index(at, last)] = value
    elif isinstance(at, dict):
        if last not in at:
            _may_make(at, [*parents, last], len(parents))
        at[last] = value
    else:
        raise LookupError(f"{'.'.join(parents)} holds no keys", "")


def _may_make(at: dict[str, Any], parts: list[str], depth: int) -> None:
    """Names are not made by setting a value: ``steps.darft.prompt`` is a slip."""
    if depth > 0 and parts[depth - 1] in NAMED and (depth == 1 or parts[depth - 1] == "steps"):
        what = parts[depth - 1].removesuffix("s")
        raise LookupError(f"there is no {what} {parts[depth]}", did_you_mean_or_list(parts[depth], at))


def _inside(at: Any, part: str, parents: list[str]) -> Any:
    if not isinstance(at, dict):
        raise LookupError(f"{'.'.join(parents)} holds no keys", "")
    return at[part]


def _index(at: list[Any], part: str) -> int:
    if not part.isdigit() or int(part) >= len(at):
        raise LookupError(f"a number from 0 to {len(at) - 1} is expected, not {part}", "")
    return int(part)
