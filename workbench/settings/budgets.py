"""What ``[budgets.NAME]`` of ``workbench.toml`` may hold."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from workbench.settings.reader import Reader

LEVELS = ("run", "session", "day")
WORDS: Mapping[str, tuple[str, ...]] = {
    "on_exceed": ("stop", "ask", "cheaper"), "unknown_price": ("refuse", "allow"),
}  # fmt: skip
"""Keys that hold one of some words, the usual one first."""


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """One ``[budgets.NAME]`` section; None is no limit."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None
    on_exceed: Literal["stop", "ask", "cheaper"] = "stop"
    unknown_price: Literal["refuse", "allow"] = "refuse"


def read_budgets(reader: Reader, given: Any, run_usd: float | None) -> dict[str, BudgetSettings]:
    """The sections by level; ``run_usd`` is the older way to limit a run."""
    sections = reader.table(("budgets",), given)
    reader.known(("budgets",), sections, LEVELS)
    found = {name: _budget(reader, name, each) for name, each in sections.items() if name in LEVELS}
    if "run" not in found and run_usd is not None:
        found["run"] = BudgetSettings(usd=run_usd)
    return found


def _budget(reader: Reader, name: str, given: Any) -> BudgetSettings:
    path = ("budgets", name)
    section = reader.table(path, given)
    reader.known(path, section, tuple(each.name for each in fields(BudgetSettings)))
    read: dict[str, Any] = {
        key: reader.number((*path, key), section[key], whole=key in ("tokens", "calls"), zero=key == "usd")
        for key in ("usd", "tokens", "calls", "seconds")
        if key in section
    }
    for key, known in WORDS.items():
        value = section.get(key, known[0])
        if value in known:
            read[key] = value
            continue
        close = difflib.get_close_matches(str(value), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"one of: {', '.join(known)}"
        reader.problem((*path, key), f"{key} cannot be {value!r}", hint, str(value))
    return BudgetSettings(**read)
