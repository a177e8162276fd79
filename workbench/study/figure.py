"""A figure of a comparison in words."""

from __future__ import annotations

from workbench.study.case_figures import Unit
from workbench.usage import NANO, money


def figure(value: float | None, unit: Unit, sign: str = "") -> str:
    """A value with its unit, ``?`` or ``$?`` where there is none; ``sign`` is ``+`` for differences."""
    if value is None:
        return money(None) if unit == "usd" else "?"
    if unit == "share":
        return f"{100 * value:{sign}.1f} %"
    if unit == "s":
        return f"{1000 * value:{sign}.0f} ms" if abs(value) < 1 else f"{value:{sign}.2f} s"
    if unit == "tokens":
        return f"{value:{sign},.0f}"
    if unit == "score":
        return f"{value:{sign}.3f}"
    nano = round(value * NANO)
    return f"{'-' if nano < 0 else sign if nano else ''}{money(abs(nano))}"


def interval(low: float, high: float, unit: Unit) -> str:
    """From one difference to another, the unit once where both are told in it."""
    ends = figure(low, unit, "+"), figure(high, unit, "+")
    (first, _, one), (_, _, other) = (each.partition(" ") for each in ends)
    return f"{first if one == other else ends[0]} … {ends[1]}"
