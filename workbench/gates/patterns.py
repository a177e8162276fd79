"""Searches with patterns from recipes, without ever hanging on one."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from functools import lru_cache

_MOST_TEXT = 200_000
_MOST_STEPS = 5_000_000
_SECONDS = 1.0
"""Of computing: on a busy machine a pattern may take longer and is no worse for it."""
_PATIENCE = 60.0
"""Seconds by the clock, where the system cannot count the others."""
_TOO_LONG = f"the pattern needs over {_SECONDS:g} second on this text; make it simpler"
_LONG_REPEAT = 10
_QUANTIFIER = re.compile(r"[*+]|\{(\d*)(,?)(\d*)\}")
_CHILD = (
    "import json, re, signal, sys\n"
    "pattern, text, seconds = json.load(sys.stdin)\n"
    "if hasattr(signal, 'setitimer'):\n"
    "    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)\n"
    "print('yes' if re.search(pattern, text) else 'no')\n"
)


class PatternError(ValueError):
    """The pattern is not a regular expression."""


class PatternTimeout(ValueError):
    """The search took too long."""


def found(pattern: str, text: str) -> bool:
    """Whether ``pattern`` is found in ``text`` (its first 200,000 characters)."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(str(error)) from None
    text = text[:_MOST_TEXT]
    repeats, nested = weigh(pattern)
    if not nested and (len(text) + 1) ** max(repeats, 1) <= _MOST_STEPS:
        return compiled.search(text) is not None
    return _in_child(pattern, text)


def _in_child(pattern: str, text: str) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=json.dumps([pattern, text, _SECONDS]),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise PatternTimeout(_TOO_LONG) from None
    except subprocess.CalledProcessError as error:
        if error.returncode == -getattr(signal, "SIGVTALRM", 0):
            raise PatternTimeout(_TOO_LONG) from None
        raise PatternError(error.stderr.strip().splitlines()[-1] if error.stderr else "it failed") from None
    return done.stdout.strip() == "yes"


@lru_cache(maxsize=512)
def weigh(pattern: str) -> tuple[int, bool]:
    """How many long repeats ``pattern`` has, and whether one is repeated within another.

    A repeat within a repeat, a choice within a repeat and a back reference can take exponential time.
    """
    plain = re.sub(
        r"\\.", lambda match: "\\1" if match[0][1].isdigit() and match[0] != "\\0" else "x", pattern
    )
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    repeats = 0
    nested = "\\1" in plain or "(?P=" in plain
    open_groups: list[bool] = []
    at = 0
    closed_risky = False
    while at < len(plain):
        character = plain[at]
        quantifier = _QUANTIFIER.match(plain, at)
        if quantifier and _is_long(quantifier):
            repeats += 1
            nested = nested or closed_risky
            open_groups = [True] * len(open_groups)
        closed_risky = False
        if character == "(":
            open_groups.append(False)
        elif character == "|" and open_groups:
            open_groups[-1] = True
        elif character == ")" and open_groups:
            closed_risky = open_groups.pop()
        at = quantifier.end() if quantifier else at + 1
    return repeats, nested


def _is_long(quantifier: re.Match[str]) -> bool:
    if quantifier[0] in "*+":
        return True
    least, comma, most = quantifier.groups()
    if comma and not most:
        return True
    return int(most or least or 0) > _LONG_REPEAT
