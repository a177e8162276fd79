"""What a person types to search: words to look for, and of which recipe and status."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FILTER = re.compile(r"(?<!\S)(recipe|status):([^\s\"]+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words, and the recipe and status of the runs that may hold them; empty is any."""

    words: str
    recipe: str = ""
    status: str = ""

    @property
    def options(self) -> list[str]:
        """The same for the command line."""
        given = (("--recipe", self.recipe), ("--status", self.status))
        return [self.words, *(word for name, value in given if value for word in (name, value))]


def read_wanted(text: str) -> Wanted:
    """What ``refund recipe:support-triage status:failed`` asks for; of several the last."""
    found = dict(_FILTER.findall(text))
    words = " ".join(_FILTER.sub("", text).split())
    return Wanted(words, found.get("recipe", ""), found.get("status", ""))
