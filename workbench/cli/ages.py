"""Ages on the command line: ``30d``, ``12h``, ``2w``."""

from __future__ import annotations

import re
import time

from workbench.errors import UsageError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def begun_since(option: str, age: str) -> int:
    """The moment so long ago, in epoch microseconds; UsageError names the ``option``."""
    match = re.fullmatch(r"(\d{1,9})([smhdw])", age.strip(), re.ASCII)
    if match is None:
        raise UsageError(f"{option} {age!r} is no age", hint="as 30d, 12h, 2w")
    return time.time_ns() // 1000 - int(match[1]) * SECONDS[match[2]] * 1_000_000
