"""Values put into a JSON object at a path such as ``$.order.lines[0].name``."""

from __future__ import annotations

import re
from typing import Any

from workbench.events import Json

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
MOST_ITEMS = 10_000
"""The highest place of a list that is believed."""


def put(target: dict[str, Json], path: str, value: Json) -> None:
    """Set ``value`` at ``path``; a text at a place that holds a text already goes on there.

    A path that does not fit what is there changes nothing.
    """
    steps = [int(number) if number else name or quoted for name, number, quoted in _STEP.findall(path)]
    if not steps or not isinstance(steps[0], str):
        return
    holder: Any = target
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        if not _has_room(holder, step):
            return
        if after is not None:
            below = _at(holder, step)
            if not isinstance(below, dict | list):
                below = [] if isinstance(after, int) else {}
                holder[step] = below
            holder = below
            continue
        before = _at(holder, step)
        holder[step] = before + value if isinstance(before, str) and isinstance(value, str) else value


def _has_room(holder: Any, step: str | int) -> bool:
    """True when ``holder`` has, or can get, a place for ``step``."""
    if isinstance(holder, dict):
        return isinstance(step, str)
    if not isinstance(step, int) or step > MOST_ITEMS:
        return False
    holder.extend([None] * (step + 1 - len(holder)))
    return True


def _at(holder: Any, step: str | int) -> Any:
    return holder.get(step) if isinstance(holder, dict) else holder[step]
