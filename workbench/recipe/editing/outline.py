"""The steps of a text, found line by line: also while it is not good YAML, and fast enough to type by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbench.recipe.model import VERBS

KEY = re.compile(
    r"""(?P<quote>["']?)(?P<key>[^\s"'#{}\[\],:][^"'#{}\[\],:]*+)(?P=quote)\s*+:(?=\s|$)(?P<rest>.*)"""
)
BLOCK = re.compile(r"\s*[|>][-+0-9]*\s*(#.*)?$")
FLOW_KEY = re.compile(r"[{,]\s*([a-z_]+)\s*:")
OFF = re.compile(r"""\s*["']?(\{\{\s*)?false(\s*\}\})?["']?\s*(#.*)?$|\s*["']?false and \(""")


@dataclass(frozen=True, slots=True)
class StepPlace:
    """A step in the text: lines count from 1, the last one is included."""

    path: str
    """Its place, as ``group/inner``."""
    name: str
    verb: str
    """Empty while it has none."""
    first_line: int
    last_line: int
    depth: int = 0
    off: bool = False


@dataclass(slots=True)
class _Step:
    """A step that is being read."""

    path: str
    name: str
    first: int
    last: int
    column: int
    depth: int
    keys_at: int = -1
    verb: str = ""
    off: bool = False


@dataclass(slots=True)
class _Level:
    """A ``steps:`` or ``choose:`` whose entries are being read."""

    column: int
    prefix: str
    depth: int
    branches: bool = False
    entries_at: int = -1
    count: int = 0


@dataclass
class _Reader:
    steps: list[_Step] = field(default_factory=list)
    open: list[_Step] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)
    block_at: int = -1

    def line(self, number: int, text: str) -> None:
        bare = text.lstrip(" ")
        column = len(text) - len(bare)
        if not bare:
            return
        if self.block_at >= 0:
            if column > self.block_at:
                self.touch(number)
                return
            self.block_at = -1
        if bare.startswith("#"):
            self.touch(number, column)
            return
        while self.levels and column <= self.levels[-1].column and not self.dashed(bare, column):
            self.levels.pop()
        while self.open and (column <= self.open[-1].column):
            self.open.pop()
        while bare == "-" or bare.startswith("- "):
            inner = bare[1:].lstrip(" ")
            if self.branch_begins(column):
                self.begin(number, column, f"choose[{self.levels[-1].count}]")
                self.levels[-1].count += 1
            column += len(bare) - len(inner)
            bare = inner
        found = KEY.match(bare)
        if found is not None:
            self.key(number, column, found["key"].strip(), found["rest"])
        self.touch(number)

    def dashed(self, bare: str, column: int) -> bool:
        """A list may stand as far left as the key it belongs to."""
        return self.levels[-1].branches and bare.startswith("-") and column == self.levels[-1].column

    def branch_begins(self, column: int) -> bool:
        level = self.levels[-1] if self.levels else None
        if level is None or not level.branches:
            return False
        if level.entries_at < 0:
            level.entries_at = column
        return column == level.entries_at

    def touch(self, number: int, column: int = 1 << 20) -> None:
        """The line belongs to the steps that are open; a comment to those it is indented under."""
        for step in self.open:
            if step.column < column:
                step.last = number

    def begin(self, number: int, column: int, name: str) -> _Step:
        level = self.levels[-1]
        shown = name if not level.branches else name.rpartition("/")[2]
        step = _Step(f"{level.prefix}{name}", shown, number, number, column, level.depth)
        self.steps.append(step)
        self.open.append(step)
        return step

    def key(self, number: int, column: int, key: str, rest: str) -> None:
        if BLOCK.match(rest):
            self.block_at = column
        if not self.levels:
            if column == 0 and key == "steps":
                self.levels.append(_Level(0, "", 0))
            return
        level = self.levels[-1]
        if not level.branches and level.entries_at < 0:
            level.entries_at = column
        if not level.branches and column == level.entries_at:
            self.inline(self.begin(number, column, key), rest)
        elif self.open:
            self.part(number, column, key, rest, self.open[-1])

    def inline(self, step: _Step, rest: str) -> None:
        """A step in one line: its verb is the first key that is one."""
        if rest.lstrip().startswith("{"):
            keys = FLOW_KEY.findall(rest)
            step.verb = next((key for key in keys if key in VERBS), "")
            off = re.search(r"[{,]\s*(?:if|when)\s*:(.*)", rest)
            step.off = off is not None and bool(re.match(r"\s*[\"']?false\b", off.group(1)))

    def part(self, number: int, column: int, key: str, rest: str, step: _Step) -> None:
        """A key of the step that is open."""
        if step.keys_at < 0:
            step.keys_at = column
        if column != step.keys_at:
            return
        if key in VERBS and not step.verb:
            step.verb = key
        if key in ("if", "when"):
            step.off = step.off or bool(OFF.match(rest))
        if key in ("steps", "choose") and not rest.split("#")[0].strip():
            self.levels.append(_Level(column, f"{step.path}/", step.depth + 1, branches=key == "choose"))
        elif key == "else":
            self.levels.append(_Level(column - 1, f"{step.path}/", step.depth + 1, branches=True))
            self.inline(self.begin(number, column, "else"), rest)
            self.levels.pop()


def outline(text: str) -> tuple[StepPlace, ...]:
    """The steps of a text, by its lines and their indentation alone; no text makes it fail."""
    reader = _Reader()
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        reader.line(number, line)
    return tuple(
        StepPlace(step.path, step.name, step.verb, step.first, step.last, step.depth, step.off)
        for step in reader.steps
    )


def place_in(steps: tuple[StepPlace, ...], line: int) -> StepPlace | None:
    """The innermost step that holds a line, counted from 1; None between steps."""
    found = None
    for step in steps:
        if step.first_line <= line <= step.last_line and (found is None or step.depth >= found.depth):
            found = step
    return found
