"""A recipe's steps as nodes and edges to draw: groups opened, items and passes marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workbench.recipe.graph import dependencies
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node: where it is in the recipe, what it does, and what it waits for."""

    path: str
    title: str
    verb: str
    about: str = ""
    needs: tuple[str, ...] = ()
    marks: str = ""
    """``×`` for each item, ``↻`` for passes, ``◇`` for a condition; a group's marks count for its steps."""


@dataclass(slots=True)
class Graph:
    """The nodes of a recipe in the order they are written."""

    nodes: list[GraphNode] = field(default_factory=list)

    def paths(self) -> list[str]:
        """All paths, in order."""
        return [each.path for each in self.nodes]


Steps = Mapping[str, Step]
Waits = Callable[[Steps], Mapping[str, tuple[str, ...]]]
"""Which step of a level waits for which others of it."""


def recipe_graph(recipe: Recipe) -> Graph:
    """The graph of a recipe."""
    return graph_of(recipe.document.steps, lambda steps: dependencies(steps, recipe))


def graph_of(steps: Steps, waits: Waits) -> Graph:
    """The graph of ``steps``."""
    graph = Graph()
    _Maker(graph, waits).add(steps)
    return graph


@dataclass(slots=True)
class _Maker:
    """Adds the levels of a recipe to a graph."""

    graph: Graph
    waits: Waits

    def add(
        self, steps: Steps, prefix: str = "", before: tuple[str, ...] = (), marks: str = ""
    ) -> tuple[str, ...]:
        """Add a level whose first steps wait for ``before``; returns the level's last steps."""
        level = self.waits(steps)
        ends: dict[str, tuple[str, ...]] = {}
        followed: set[str] = set()
        for name in _in_order(steps, level):
            step, mine = steps[name], level.get(name, ())
            followed.update(mine)
            needs = tuple(dict.fromkeys(end for other in mine for end in ends.get(other, ()))) or before
            path, here = prefix + name, marks + _marks(step)
            if step.steps:
                ends[name] = self.add(step.steps, path + "/", needs, here)
            else:
                self.graph.nodes.append(GraphNode(path, path, step.verb, _about(step), needs, here))
                ends[name] = (path,)
        return tuple(end for name, last in ends.items() if name not in followed for end in last)


def _in_order(steps: Steps, level: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names so that each comes after what it waits for; a cycle is left as written."""
    order: list[str] = []
    rest = list(steps)
    while rest:
        ready = [
            name
            for name in rest
            if all(other in order or other not in steps for other in level.get(name, ()))
        ]
        ready = ready or rest
        order.extend(ready)
        rest = [name for name in rest if name not in ready]
    return order


def _marks(step: Step) -> str:
    """The signs of a step's modifiers."""
    return "".join(
        sign for sign, on in (("◇", step.if_), ("×", step.each), ("↻", step.repeat)) if on is not None
    )


def _about(step: Step) -> str:
    """What is said of a step before it runs: its role, tool or source."""
    return step.model or step.tool or step.from_ or ""
