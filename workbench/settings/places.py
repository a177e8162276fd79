"""Where the keys of a TOML text stand.  tomllib checks the text; this only finds places in valid TOML."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # multi-line texts may hold anything
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_+:-]+"
    r"|\n"
    r"|[\[\]{}=,.]",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_SHORT_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


def places(text: str) -> dict[tuple[str, ...], Place]:
    """The place of every table and key of a valid TOML ``text``, by the path of keys that leads to it."""
    scan = _Scan()
    line, line_start = 1, 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        scan.take(word, Place(line, token.start() - line_start + 1))
        breaks = word.count("\n")
        if breaks:
            line += breaks
            line_start = token.start() + word.rindex("\n") + 1
    return scan.found


class _Scan:
    """Follows tables, dotted keys and inline tables, token by token."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], Place] = {}
        self.table: tuple[str, ...] = ()
        self.open: list[tuple[str, tuple[str, ...]]] = []  # brackets of values, with the key path outside
        self.keys: list[str] = []
        self.first = Place(1, 1)
        self.state = "key"  # key | header | value
        self.inner: tuple[str, ...] = ()  # path of the value being read

    def take(self, word: str, place: Place) -> None:
        if word.startswith("#"):
            return
        if self.state == "value":
            self._take_value(word)
        elif word == "\n":
            if self.state == "header":
                self.state = "key"
            if not self.open:
                self.keys = []
        elif word == "=":
            self._note(self._base() + tuple(self.keys))
            self.inner = self._base() + tuple(self.keys)
            self.state, self.keys = "value", []
        elif word == "[" and not self.open:
            self.state, self.keys = "header", []
        elif word == "]" and self.state == "header":
            if self.keys:
                self.table = tuple(self.keys)
                self._note(self.table)
                self.keys = []
        elif word == "}":
            self._close()
        elif word not in ".,[]{":
            if not self.keys:
                self.first = place
            self.keys.append(_plain(word))

    def _take_value(self, word: str) -> None:
        if word == "{":
            self.open.append(("{", self.inner))
            self.state, self.keys = "key", []
        elif word == "[":
            self.open.append(("[", self.inner))
        elif word in "]}" and self.open:
            self._close()
        elif (self.open[-1][0] == "{" and word == ",") if self.open else word == "\n":
            self.state, self.keys = "key", []

    def _close(self) -> None:
        if self.open:
            self.open.pop()
            self.state = "value"

    def _base(self) -> tuple[str, ...]:
        return self.open[-1][1] if self.open else self.table

    def _note(self, path: tuple[str, ...]) -> None:
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], self.first)


def _plain(word: str) -> str:
    """A key as it is meant: quotes off, escapes read."""
    if word[0] == "'":
        return word[1:-1]
    if word[0] != '"':
        return word
    return _ESCAPE.sub(_unescape, word[1:-1])


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _SHORT_ESCAPES.get(found[3], found[3])
