"""The graph of a recipe: who mentions whom, and so who waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import Files, inner_steps, own_names, step_texts


def step_mentions(step: Step, recipe: Recipe) -> frozenset[str]:
    """Every outside root name that a step mentions, in any of its texts or those of steps inside it."""
    return mentioned(step, recipe.files)


def mentioned(step: Step, files: Files) -> frozenset[str]:
    """As ``step_mentions``, given the files alone."""
    own = own_names(step)
    found: set[str] = set()
    for text in step_texts(step, files):
        roots = {str(mention.path[0]) for mention in text.mentions()}
        found |= roots - own_names(step, text.when)
    inside: set[str] = set()
    for _, inner, _ in inner_steps(step):
        inside |= mentioned(inner, files)
    known = {*(step.steps or {}), *(step.inside.inputs if step.inside is not None else ())}
    return frozenset(found | (inside - own - known))


def dependencies(steps: Mapping[str, Step], recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """For each step the sibling steps it waits for, in the order they are written."""
    return waits(steps, recipe.files)


def waits(steps: Mapping[str, Step], files: Files) -> dict[str, tuple[str, ...]]:
    """As ``dependencies``, given the files alone."""
    places = {name: number for number, name in enumerate(steps)}
    found = {}
    for name, step in steps.items():
        others = [root for root in mentioned(step, files) if root in places and root != name]
        found[name] = tuple(sorted(others, key=places.__getitem__))
    return found


def cycles(waiting: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The cycles, each as the names along it, the first again at the end; a step is in at most one."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in waiting:
        trail: dict[str, None] = {}
        branches = [iter((start,))]
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                if trail:
                    done.add(trail.popitem()[0])
            elif name in trail:
                names = list(trail)
                cycle = names[names.index(name) :]
                if not any(set(cycle) & set(known) for known in found):
                    found.append((*cycle, name))
            elif name not in done:
                trail[name] = None
                branches.append(iter(waiting.get(name, ())))
    return found


def in_order(waiting: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps, each after those it waits for, otherwise as written; what a cycle holds comes last."""
    left = {name: len(before) for name, before in waiting.items()}
    places = {name: number for number, name in enumerate(waiting)}
    follow = followers(waiting)
    ready = [place for name, place in places.items() if not left[name]]
    names = list(waiting)
    order: dict[str, None] = {}
    while ready:
        name = names[heappop(ready)]
        order[name] = None
        for other in follow[name]:
            left[other] -= 1
            if not left[other]:
                heappush(ready, places[other])
    return [*order, *(name for name in names if name not in order)]


def followers(waiting: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each step those that wait for it."""
    found: dict[str, list[str]] = {name: [] for name in waiting}
    for name, before in waiting.items():
        for other in before:
            found[other].append(name)
    return found


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the drawn graph: a step in its lane, and the lanes that pass by.

    ``joins`` are the lanes, of steps it waits for, that end in this row; ``passing`` those that go on beside
    it; ``rank`` counts the steps on the longest way before it.
    """

    name: str
    step: Step
    path: str
    level: int
    """How deep the step stands inside groups."""
    rank: int
    lane: int
    joins: tuple[int, ...] = ()
    passing: tuple[int, ...] = ()
    waits_for: tuple[str, ...] = ()


def lanes(steps: Mapping[str, Step], recipe: Recipe, inside: str = "", level: int = 0) -> list[Lane]:
    """The rows of the drawn graph, in dataflow order; a group's inner steps follow it, one level deeper."""
    waiting = dependencies(steps, recipe)
    open_ends = {name: len(after) for name, after in followers(waiting).items()}
    ranks: dict[str, int] = {}
    taken: dict[int, str] = {}
    """Lanes that wait for a follower, and the step whose result they carry."""
    rows: list[Lane] = []
    for name in in_order(waiting):
        before = waiting[name]
        ranks[name] = 1 + max((ranks.get(other, 0) for other in before), default=-1)
        joins = tuple(sorted(lane for lane, holder in taken.items() if holder in before))
        for other in before:
            open_ends[other] -= 1
        taken = {lane: holder for lane, holder in taken.items() if open_ends[holder]}
        own = next((lane for lane in joins if lane not in taken), _free(taken))
        passing = tuple(sorted(taken))
        if open_ends[name]:
            taken[own] = name
        path = f"{inside}{name}"
        step = steps[name]
        rows.append(Lane(name, step, path, level, ranks[name], own, joins, passing, waiting[name]))
        if step.steps:
            rows.extend(lanes(step.steps, recipe, f"{path}/", level + 1))
    return rows


def _free(taken: Mapping[int, str]) -> int:
    lane = 0
    while lane in taken:
        lane += 1
    return lane
