"""What somebody probably meant: did-you-mean for keys, names and files."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 12


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """``did you mean X?`` for the closest known name, or an empty text when none is close."""
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = get_close_matches(given.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[close[0]]}?" if close else ""


def did_you_mean_or_list(given: str, known: Iterable[str], none: str = "") -> str:
    """Did-you-mean, else the list of what there is, else ``none``."""
    names = list(known)
    return did_you_mean(given, names) or (f"there is: {listing(names)}" if names else none)


def listing(names: Iterable[str]) -> str:
    """``a, b, c`` shortened to what a person reads."""
    every = list(names)
    shown = ", ".join(every[:MOST_LISTED])
    return shown if len(every) <= MOST_LISTED else f"{shown} and {len(every) - MOST_LISTED} more"
