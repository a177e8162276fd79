"""Steps by their place: ``group/inner`` as people read it, and the path of keys it means in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workbench.recipe.editing.tree import Draft, EditError
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean

BRANCH = re.compile(r"choose\[([0-9]+)\]\Z")
MOST_TRIES = 10_000


def document_path(place: str) -> Path:
    """``group/inner`` as ``("steps", "group", "steps", "inner")``.

    Branches are ``pick/choose[0]`` and ``pick/else``.
    """
    path: list[str | int] = []
    for part in place.split("/"):
        branch = BRANCH.match(part)
        if branch and path:
            path += ("choose", int(branch.group(1)))
        elif part == "else" and path:
            path.append("else")
        else:
            path += ("steps", part)
    return tuple(path)


def place_of(path: Path) -> str:
    """The place of the step at a path of the document."""
    parts: list[str] = []
    at = 0
    while at < len(path):
        if path[at] == "else":
            parts.append("else")
            at += 1
            continue
        following = path[at + 1] if at + 1 < len(path) else ""
        parts.append(f"choose[{following}]" if path[at] == "choose" else str(following))
        at += 2
    return "/".join(parts)


def all_steps(data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every step of a recipe's data, those inside others too, in the order written."""
    steps = data.get("steps") if isinstance(data, dict) else None
    if isinstance(steps, dict):
        for name, step in steps.items():
            yield from _with_inner(("steps", name), step)


def _with_inner(path: Path, step: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not isinstance(step, dict):
        return
    yield path, step
    inner = step.get("steps")
    if isinstance(inner, dict):
        for name, each in inner.items():
            yield from _with_inner((*path, "steps", name), each)
    branches = step.get("choose")
    if isinstance(branches, list):
        for number, branch in enumerate(branches):
            yield from _with_inner((*path, "choose", number), branch)
    yield from _with_inner((*path, "else"), step.get("else"))


def step_path(draft: Draft, place: str) -> Path:
    """The path of a step that is there; EditError with the nearest place otherwise."""
    path = document_path(place)
    found = dict(all_steps(draft.data))
    if path not in found:
        hint = did_you_mean(place, [place_of(known) for known in found])
        raise EditError(f"there is no step {place}", hint=hint)
    return path


def is_named(path: Path) -> bool:
    """Whether the step has a name of its own: branches have none."""
    return len(path) > 1 and path[-2] == "steps"


def taken_names(data: Any) -> set[str]:
    """All names of inputs and steps, at any level."""
    names = {str(path[-1]) for path, _ in all_steps(data) if is_named(path)}
    inputs = data.get("inputs") if isinstance(data, dict) else None
    return names | (set(inputs) if isinstance(inputs, dict) else set())


def free_name(data: Any, wanted: str) -> str:
    """``wanted``, or ``wanted_2`` … when it is taken."""
    taken = taken_names(data)
    return free_among(taken, wanted)


def free_among(taken: set[str], wanted: str) -> str:
    """``wanted`` or the first of ``wanted_2`` … that is not taken."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_[0-9]+\Z", "", wanted)
    return next(name for number in range(2, MOST_TRIES) if (name := f"{stem}_{number}") not in taken)
