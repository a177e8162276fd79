"""Which lane each step stands in: steps in the order they start, lanes for results still waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from workbench.recipe.graph import dependencies, followers, in_order
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.tui.graph_layout import reduced

MOST = 5
"""Lanes drawn side by side; a step further out stands in the last one."""


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One step: its lane, those of the steps it waits for, and those that pass by or go on."""

    path: str
    step: Step
    lane: int
    joins: frozenset[int]
    passing: frozenset[int]
    after: frozenset[int] = frozenset()
    """The lanes that go on beneath it."""
    lead: str = ""
    """The lanes around it: those of the groups that it stands in."""
    wide: int = 1
    """How many lanes there are at most on its level."""

    @property
    def inside(self) -> str:
        """The lanes around what stands within it."""
        return self.lead + "".join("│ " if lane in self.after else "  " for lane in range(self.wide))

    def drawn(self) -> str:
        """The lanes as characters, two for each lane."""
        ends = self.joins - {self.lane}
        reach = {self.lane, *ends}
        first, last = min(reach), max(reach)
        signs = []
        for column in range(self.wide):
            signs.append(self._sign(column, ends, first < column < last))
            signs.append("─" if first <= column < last else " ")
        return "".join(signs)

    def _sign(self, column: int, ends: frozenset[int], crossed: bool) -> str:
        goes_on = column in self.passing
        if column == self.lane:
            return "●"
        if column in ends and crossed:
            return "┼" if goes_on else "┴"
        if column in ends and column < self.lane:
            return "├" if goes_on else "╰"
        if column in ends:
            return "┤" if goes_on else "╯"
        if goes_on:
            return "│"
        return "─" if crossed else " "


def lane_rows(recipe: Recipe) -> dict[str, LaneRow]:
    """The rows by step path, in the order the steps start; inner steps follow their group."""
    return {row.path: row for row in _level(recipe.document.steps, recipe, "", "")}


def _level(steps: Mapping[str, Step], recipe: Recipe, inside: str, lead: str) -> Iterator[LaneRow]:
    whole = dependencies(steps, recipe)
    waiting = {name: tuple(before) for name, before in reduced(whole).items()}
    rows = list(_rows(steps, waiting, inside))
    wide = max((max({row.lane, *row.joins, *row.passing}) + 1 for row in rows), default=1)
    for each in rows:
        row = replace(each, lead=lead, wide=wide)
        yield row
        if row.step.steps:
            yield from _level(row.step.steps, recipe, f"{row.path}/", row.inside)


def _rows(
    steps: Mapping[str, Step], waiting: Mapping[str, tuple[str, ...]], inside: str
) -> Iterator[LaneRow]:
    left = {name: len(after) for name, after in followers(waiting).items()}
    taken: dict[int, str] = {}
    for name in in_order(waiting):
        before = waiting[name]
        joins = [lane for lane, holder in taken.items() if holder in before]
        for other in before:
            left[other] -= 1
        taken = {lane: holder for lane, holder in taken.items() if left[holder]}
        own = next((lane for lane in sorted(joins) if lane not in taken), None)
        own = own if own is not None else next(lane for lane in range(len(taken) + 1) if lane not in taken)
        passing = frozenset(min(lane, MOST - 1) for lane in taken)
        if left[name]:
            taken[own] = name
        yield LaneRow(
            f"{inside}{name}", steps[name], min(own, MOST - 1),
            frozenset(min(lane, MOST - 1) for lane in joins), passing,
            frozenset(min(lane, MOST - 1) for lane in taken),
        )  # fmt: skip
