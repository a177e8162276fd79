"""Paths of step instances, and what a fork at one of them leaves as recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.recipe.graph import dependencies
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe

_PART = re.compile(r"^(?P<name>[^\[#]+)(?:\[(?P<index>\d+)\])?(?:#(?P<turn>\d+))?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One level of a path: ``checks[2]#3`` is name ``checks``, item 2 (from 0), pass 3 (from 1)."""

    name: str
    index: int | None = None
    turn: int | None = None


def parts(path: str) -> tuple[Part, ...]:
    """The levels of a path; ValueError for what is none."""
    found: list[Part] = []
    for text in path.split("/"):
        match = _PART.match(text)
        if match is None:
            raise ValueError(f"{path!r} is no path of a step")
        index, turn = match["index"], match["turn"]
        found.append(Part(match["name"], int(index) if index else None, int(turn) if turn else None))
    return tuple(found)


class Upstream:
    """Decides for a fork which step instances stay as recorded: all that do not come from the forked one."""

    def __init__(self, recipe: Recipe, at: str) -> None:
        self._recipe = recipe
        self._at = parts(at)
        self._levels = self._downstream()

    def keeps(self, path: str) -> bool:
        """True when a step instance is not the forked one and does not follow from it."""
        for level, (own, forked) in enumerate(zip(parts(path), self._at, strict=False)):
            if own.name != forked.name:
                return own.name not in self._levels[level]
            if own.index != forked.index:
                return forked.index is not None and own.index is not None
            if own.turn != forked.turn:
                return forked.turn is not None and own.turn is not None and own.turn < forked.turn
        return False

    def _downstream(self) -> list[frozenset[str]]:
        """For each level of the forked path, the steps of that group which follow from the forked one."""
        levels: list[frozenset[str]] = []
        steps: Mapping[str, Step] = self._recipe.document.steps
        for part in self._at:
            levels.append(followers(dependencies(steps, self._recipe), part.name))
            step = steps.get(part.name)
            after = self._at[len(levels) :]
            steps = inner_steps(step, [each.name for each in after[:1]]) if step is not None else {}
        return levels


def inner_steps(step: Step, known: Iterable[str] = ()) -> Mapping[str, Step]:
    """The steps inside a step: its own, or those of the branch that holds all of the ``known`` names."""
    if step.steps is not None:
        return step.steps
    wanted = set(known)
    branches = (*(step.choose or ()), *((step.else_,) if step.else_ else ()))
    for branch in branches:
        inside = inner_steps(branch, wanted)
        if inside and wanted <= set(inside):
            return inside
    return {}


def followers(before: Mapping[str, tuple[str, ...]], name: str) -> frozenset[str]:
    """All steps that depend on ``name``, directly or not."""
    dependents: dict[str, list[str]] = {}
    for step, earlier in before.items():
        for each in earlier:
            dependents.setdefault(each, []).append(step)
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for step in dependents.get(waiting.pop(), ()):
            if step not in found:
                found.add(step)
                waiting.append(step)
    return frozenset(found)
