"""Paths of step instances, and what a fork keeps: held against a definition by following every edge."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.kit import recipe
from workbench.study.paths import Part, Upstream, parts


def test_parts_of_a_path() -> None:
    assert parts("checks[2]#3/tone") == (Part("checks", 2, 3), Part("tone"))
    assert parts("draft") == (Part("draft"),)


@pytest.mark.parametrize("path", ["", "a//b", "a[", "a[x]", "a#", "a[1]b", "/a"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is no path of a step"):
        parts(path)


@dataclass(frozen=True)
class Node:
    """A step: what it mentions among its siblings, whether it has items or passes, what is inside it."""

    mentions: frozenset[int]
    each: bool
    repeat: bool
    inside: tuple[Node, ...] = ()


def groups(most: int) -> st.SearchStrategy[tuple[Node, ...]]:
    leaf = st.builds(Node, st.frozensets(st.integers(0, 3), max_size=2), st.booleans(), st.booleans())
    if most:
        nested = groups(most - 1)
        holder = st.builds(
            Node, st.frozensets(st.integers(0, 3), max_size=2), st.booleans(), st.booleans(), nested
        )
        leaf = leaf | holder
    return st.lists(leaf, min_size=1, max_size=4).map(tuple)


def text_of(group: tuple[Node, ...], level: int) -> str:
    """The steps of a group, named ``s0``, ``s1``, … by level."""
    lines: list[str] = []
    for number, node in enumerate(group):
        needs = [name(level, each) for each in sorted(node.mentions) if each < number]
        lines += [f"{name(level, number)}:", f"  needs: [{', '.join(needs)}]"]
        lines += ["  each: '[1, 2]'", f"  as: item{level}"] * node.each + [
            "  repeat: {at_most: 2}"
        ] * node.repeat
        if node.inside:
            lines += ["  steps:", *(f"    {line}" for line in text_of(node.inside, level + 1).splitlines())]
        else:
            lines.append("  prompt: hi")
    return "\n".join(lines)


def name(level: int, number: int) -> str:
    return f"{'stu'[level]}{number}"


class Instances:
    """All instances of a recipe's steps, and an edge from each to those that come from it directly."""

    def __init__(self, group: tuple[Node, ...]) -> None:
        self.edges: dict[str, set[str]] = {}
        self._group(group, "", 0)

    def _group(self, group: tuple[Node, ...], prefix: str, level: int) -> list[str]:
        of_step = [
            list(self._instances(node, prefix + name(level, each), level)) for each, node in enumerate(group)
        ]
        for number, node in enumerate(group):
            for earlier in (each for each in node.mentions if each < number):
                for source in of_step[earlier]:
                    self.edges[source].update(of_step[number])
        return [path for paths in of_step for path in paths]

    def _instances(self, node: Node, path: str, level: int) -> Iterator[str]:
        """The step, its items, its passes, and all within them; what holds others follows from them."""
        self.edges.setdefault(path, set())
        yield path
        if node.each:
            alone = Node(frozenset(), False, node.repeat, node.inside)
            for index in range(2):
                yield from self._held(path, list(self._instances(alone, f"{path}[{index}]", level)))
        elif node.repeat:
            alone = Node(frozenset(), False, False, node.inside)
            passes = [list(self._instances(alone, f"{path}#{turn}", level)) for turn in (1, 2)]
            for source in passes[0]:
                self.edges[source].update(passes[1])
            for each in passes:
                yield from self._held(path, each)
        elif node.inside:
            yield from self._held(path, self._group(node.inside, f"{path}/", level + 1))

    def _held(self, holder: str, inside: list[str]) -> list[str]:
        for each in inside:
            self.edges[each].add(holder)
        return inside

    def follow(self, at: str) -> set[str]:
        """What is done anew in a fork: the instance, all within it, and all that comes from these."""
        found: set[str] = set()
        waiting = [
            path for path in self.edges if path == at or path.startswith((f"{at}/", f"{at}[", f"{at}#"))
        ]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self.edges[path]
        return found


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(group=groups(2), data=st.data())
def test_a_fork_keeps_what_does_not_follow(group: tuple[Node, ...], data: st.DataObject) -> None:
    instances = Instances(group)
    with tempfile.TemporaryDirectory() as folder:
        body = "\n".join(f"  {line}" for line in text_of(group, 0).splitlines())
        loaded = recipe(Path(folder), f"steps:\n{body}\n")
    at = data.draw(st.sampled_from(sorted(instances.edges)))
    anew = instances.follow(at)
    upstream = Upstream(loaded, at)
    assert {path for path in instances.edges if not upstream.keeps(path)} == anew
