"""Typed reading of a parsed TOML document."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from workbench.errors import Problem
from workbench.settings.places import Place


@dataclass(slots=True)
class Reader:
    """Collects problems instead of stopping at the first; a ``path`` is the keys that lead to a value."""

    file: str
    places: Mapping[tuple[str, ...], Place]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: tuple[str, ...], message: str, suggestion: str = "", text: str = "") -> None:
        place = Place(1, 1)
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                place = self.places[path[:length]]
                break
        self.problems.append(Problem(message, self.file, place.line, place.column, text, suggestion))

    def known(self, path: tuple[str, ...], given: Mapping[str, Any], names: tuple[str, ...]) -> None:
        where = f"[{'.'.join(path)}]" if path else Path(self.file).name
        for key in given:
            if key in names:
                continue
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(names))
            self.problem((*path, key), f"{where} has no key {key!r}", hint, key)

    def table(self, path: tuple[str, ...], given: Any) -> Mapping[str, Any]:
        if isinstance(given, dict):
            return given
        self.problem(path, f"{'.'.join(path)} must be a table, not {type_name(given)}")
        return {}

    def text(self, path: tuple[str, ...], given: Any) -> str:
        if isinstance(given, str):
            return given
        self.problem(path, f"{path[-1]} must be a text, not {type_name(given)}")
        return ""

    def number(self, path: tuple[str, ...], given: Any, *, whole: bool = False, zero: bool = False) -> float:
        """A finite number above zero (or from zero on); 1 stands in for a wrong one."""
        kind = "a whole number" if whole else "a number"
        wrong = isinstance(given, bool) or not isinstance(given, int if whole else (int, float))
        if wrong:
            self.problem(path, f"{path[-1]} must be {kind}, not {type_name(given)}", text=str(given))
            return 1
        if not isfinite(given) or given < 0 or (given == 0 and not zero) or given > 1e15:
            least = "0 or more" if zero else "more than 0"
            self.problem(path, f"{path[-1]} must be {kind}, {least}, not {given}", text=str(given))
            return 1
        return int(given) if whole else float(given)


def type_name(value: Any) -> str:
    """A TOML type in words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return "a table" if isinstance(value, dict) else names.get(type(value), "a date or time")
