"""The gate ``python``: reads what a function of the recipe's folder said of a text.

A function gets the text as ``text``, and returns ``True`` or ``False``, a number from 0 to 1, a text (what is
wrong; empty when nothing is), one of these with a reason, or ``{"passed", "score", "reason"}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.events import Json
from workbench.gates.verdict import Verdict, measured

WANTED = "return True or False, a number from 0 to 1, a text of what is wrong, or one of these with a reason"


class NoVerdict(ValueError):
    """What the function returned says neither yes nor no."""


def read_check(name: str, value: Json, at_least: float) -> Verdict:
    """The verdict that a function's result means; raises NoVerdict when it means none."""
    reason = ""
    if isinstance(value, Mapping):
        reason = str(value.get("reason") or "")
        value = value["passed"] if isinstance(value.get("passed"), bool) else value.get("score")
    elif isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
        value, reason = value
    if isinstance(value, bool):
        return Verdict(value, float(value), reason or f"{name} says {'yes' if value else 'no'}")
    if isinstance(value, int | float) and 0 <= value <= 1:
        told = f"{name} gives {value:g}" + ("" if value >= at_least else f", {at_least:g} needed")
        return measured(value >= at_least, value, f"{told}: {reason}" if reason else told)
    if isinstance(value, str):
        wrong = value.strip()
        return Verdict(not wrong, float(not wrong), wrong or f"{name} finds nothing wrong")
    raise NoVerdict(f"{name} returned {'nothing' if value is None else repr(value)[:60]}: {WANTED}")
