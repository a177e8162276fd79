"""A figure of a comparison in words."""

from __future__ import annotations

from workbench.study.case_figures import Unit


def figure(value: float | None, unit: Unit, sign: str = "") -> str:
    """A value with its unit, ``?`` where there is none; ``sign`` is ``+`` for differences."""
    if value is None:
        return "?"
    if unit == "share":
        return f"{100 * value:{sign}.1f} %"
    if unit == "s":
        return f"{1000 * value:{sign}.0f} ms" if abs(value) < 1 else f"{value:{sign}.2f} s"
    if unit == "tokens":
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.3f}" if unit == "score" else f"{'-' if value < 0 else sign}${abs(value):.6f}"
