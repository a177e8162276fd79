"""Lengths of time: as recipes write them (``20s``, ``500ms``, ``2m``, ``20``), and as people read them."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|)\s*\Z")
LONGEST = 7 * 24 * 3600.0


def seconds(duration: float | str) -> float:
    """A duration in seconds; ValueError when it is not one."""
    match = DURATION.match(str(duration))
    length = float(match.group(1)) * UNITS[match.group(2)] if match else 0.0
    shown = f"{duration:g}" if isinstance(duration, float) else duration
    if not 0 < length <= LONGEST:
        raise ValueError(f"{shown} is not a length of time; write it as 20s, 500ms or 2m")
    return length


def duration(seconds: float | None) -> str:
    """``12 ms``, ``1.3 s``, ``2 min 05 s``; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
