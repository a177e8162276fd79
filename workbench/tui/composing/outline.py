"""The parts of a recipe that a cursor can stand on: sections, inputs, roles, steps, outputs, by line.

They are read from the recipe where it can be read, and moved with the lines while someone types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench.recipe.editing.outline import StepPlace
from workbench.recipe.editing.places import document_path, place_of
from workbench.recipe.source import Path, Source

Kind = Literal["recipe", "section", "input", "data", "role", "tool", "step", "output"]
SECTIONS: Mapping[str, Kind] = {
    "inputs": "input", "data": "data", "models": "role", "tools": "tool", "steps": "step",
    "outputs": "output",
}  # fmt: skip
"""The sections that hold named parts, in the order they are shown, and the kind of their parts."""
HEAD = ("schema", "name", "about", "budget")
"""The keys that belong to the recipe as a whole."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part: where it stands in the document, its name, and its lines (from 1, both included)."""

    kind: Kind
    path: Path
    name: str
    first: int
    last: int
    depth: int = 0
    off: bool = False
    """A step that is switched off."""

    @property
    def step(self) -> str:
        """The place of a step in the recipe, as ``group/inner``; empty for all else."""
        return place_of(self.path) if self.kind == "step" else ""


def items_of(source: Source, steps: Sequence[StepPlace]) -> tuple[Item, ...]:
    """All parts of a document that could be read, in the order of ``SECTIONS``."""
    data = source.data if isinstance(source.data, dict) else {}
    last_line = source.text.count("\n") + 1
    found = [Item("recipe", (), str(data.get("name") or "recipe"), 1, _head_end(source, data, last_line))]
    ends = _ends(source, (), data, last_line)
    for section, kind in SECTIONS.items():
        value = data.get(section)
        if section not in data:
            continue
        first = source.key_place((section,)).line
        found.append(Item("section", (section,), section, first, ends[section]))
        if section == "steps":
            found += step_items(steps)
        elif isinstance(value, dict):
            found += _parts(source, (section,), value, kind, ends[section])
    return tuple(found)


def step_items(steps: Sequence[StepPlace]) -> list[Item]:
    """The steps of a text, also of one that is no YAML."""
    return [
        Item(
            "step", document_path(each.path), each.name, each.first_line, each.last_line, each.depth, each.off
        )
        for each in steps
    ]


def _head_end(source: Source, data: Mapping[str, Any], last_line: int) -> int:
    later = [source.key_place((key,)).line - 1 for key in data if key not in HEAD]
    return max(1, min(later, default=last_line))


def _ends(source: Source, path: Path, data: Mapping[str, Any], end: int) -> dict[str, int]:
    """The last line of each key of a map: the line before the next key, ``end`` for the last."""
    firsts = [(source.key_place((*path, key)).line, key) for key in data]
    ends = {}
    for number, (line, key) in enumerate(firsts):
        after = firsts[number + 1][0] - 1 if number + 1 < len(firsts) else end
        ends[key] = max(line, after)
    return ends


def _parts(source: Source, path: Path, value: Mapping[str, Any], kind: Kind, end: int) -> Iterator[Item]:
    ends = _ends(source, path, value, end)
    for name in value:
        here = (*path, name)
        yield Item(kind, here, name, source.key_place(here).line, ends[name])


def moved(items: Sequence[Item], row: int, by: int) -> tuple[Item, ...]:
    """The parts after ``by`` lines were added (or taken away) behind line ``row``."""
    if not by:
        return tuple(items)
    return tuple(
        replace(
            each,
            first=each.first + by if each.first > row else each.first,
            last=max(each.first, each.last + by) if each.last >= row else each.last,
        )
        for each in items
    )


def item_at(items: Sequence[Item], line: int) -> Item | None:
    """The innermost part that holds a line."""
    holding = [each for each in items if each.first <= line <= each.last]
    return min(holding, key=lambda each: (each.last - each.first, -len(each.path)), default=None)
