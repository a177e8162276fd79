"""The list of step instances: items and passes beneath their step, folded when there are many."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workbench.tui.paths import parent

FOLDED_FROM = 12
"""A step with this many parts is shown folded at first."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One visible row: a step instance at a depth; ``folded`` is None where there is nothing beneath it."""

    path: str
    depth: int
    folded: bool | None


def tree(paths: Iterable[str], toggled: Collection[str] = ()) -> list[TreeRow]:
    """The visible rows of step paths given in the order they started.

    Parts follow their step.  ``toggled`` holds the paths whose folding was changed by hand.  A part whose
    step has no row of its own stands beneath one made up for it.
    """
    beneath: dict[str | None, list[str]] = {None: []}
    known: set[str] = set()
    for path in paths:
        _place(path, beneath, known)
    rows: list[TreeRow] = []
    stack = [(path, 0) for path in reversed(beneath[None])]
    while stack:
        path, depth = stack.pop()
        parts = beneath.get(path)
        if not parts:
            rows.append(TreeRow(path, depth, None))
            continue
        folded = (len(parts) >= FOLDED_FROM) != (path in toggled)
        rows.append(TreeRow(path, depth, folded))
        if not folded:
            stack.extend((part, depth + 1) for part in reversed(parts))
    return rows


def _place(path: str, beneath: dict[str | None, list[str]], known: set[str]) -> None:
    """Put ``path`` beneath its parent, and its parents where they belong."""
    while path not in known:
        known.add(path)
        above = parent(path)
        beneath.setdefault(above, []).append(path)
        if above is None:
            return
        path = above
