"""Reading YAML from anyone: plain data, and the place in the file of every key and value.

The parser's events are read one by one and the tree is built here, so limits hold while it is read and no
input can recurse.  Scalars follow the YAML 1.2 core schema (``no`` is a text, ``1:30`` is a text).  Tags,
anchors, aliases, merge keys, several documents, duplicate and non-text keys are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from workbench.errors import Problem, RecipeError
from workbench.recipe.following import followed
from workbench.recipe.written import as_written, value_at
from workbench.recipe.yaml_events import parse

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_DIGITS = 300
MOST_PROBLEMS = 50
MOST_SHOWN = 60

Path = tuple[str | int, ...]
"""Where a value sits in a document: keys and list positions from the top."""

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
SURROGATE = re.compile("[\ud800-\udfff]")
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
INTEGER = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
NUMERIC = frozenset("-+.0123456789")
"""What a number may begin with."""
NODES = (ScalarEvent, MappingStartEvent, SequenceStartEvent)
ENDS = (MappingEndEvent, SequenceEndEvent)
WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Place(NamedTuple):
    """A spot in the file; lines and columns count from 1.  ``start..end`` are the characters it spans."""

    line: int
    column: int
    start: int = 0
    end: int = 0
    style: str = ""
    """How a text was written: empty (plain), a quote mark, ``|`` or ``>``."""


@dataclass
class Source:
    """A file that was read: its text, its data, and where each key and value stands."""

    file: str
    text: str
    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    flow: dict[Path, int] = field(default_factory=dict)
    """Collections written in brackets, and where each ends."""

    def place(self, path: Path) -> Place:
        """Where the value at ``path`` stands, or the nearest thing around it."""
        path = as_written(path, self.data)
        for length in range(len(path), -1, -1):
            found = self.values.get(path[:length]) or self.keys.get(path[:length])
            if found is not None:
                return found
        return Place(1, 1)

    def key_place(self, path: Path) -> Place:
        """Where the key at ``path`` stands (for list items: the item)."""
        return self.keys.get(as_written(path, self.data)) or self.place(path)

    def inside(self, path: Path, offset: int) -> Place:
        """Where character ``offset`` of the text at ``path`` stands in the file."""
        path = as_written(path, self.data)
        place = self.values.get(path)
        value = value_at(self.data, path)
        if place is None or not isinstance(value, str):
            return self.place(path)
        at = followed(self.text, place, value, offset)
        return Place(*position(self.text, min(at, place.end)), at, at)

    def problem(self, path: Path, message: str, *, key: bool = False, **more: Any) -> Problem:
        """A problem with the value (or the key) at ``path``."""
        place = self.key_place(path) if key else self.place(path)
        return Problem(message, self.file, place.line, place.column, **more)


def read_bytes(content: bytes, file: str) -> Source:
    """Read a YAML file's bytes; RecipeError when they are not good YAML."""
    if len(content) > MAX_BYTES:
        raise RecipeError([Problem(f"the file is larger than {MAX_BYTES >> 20} MiB", file, 1, 1)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = position(before, len(before))
        raise RecipeError([Problem("the file is not UTF-8 text", file, line, column)]) from None
    return read_text(text, file)


def read_text(text: str, file: str) -> Source:
    """Read YAML from a text; RecipeError when it is not good YAML."""
    if len(text) > MAX_BYTES:
        raise RecipeError([Problem(f"the file is larger than {MAX_BYTES >> 20} MiB", file, 1, 1)])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = FORBIDDEN.search(text)
    if bad:
        line, column = position(text, bad.start())
        message = f"the control character U+{ord(bad.group()):04X} is not allowed here"
        raise RecipeError([Problem(message, file, line, column)])
    source = Source(file, text)
    try:
        _Builder(source).build(parse(text))
    except MarkedYAMLError as error:
        raise RecipeError([_syntax_problem(error, file)]) from None
    except YAMLError as error:
        raise RecipeError([Problem(f"not YAML: {_one_line(str(error))}", file, 1, 1)]) from None
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, AssertionError) as error:
        # The parser's own slips on hostile text; the reader of the message needs no more than the place.
        raise RecipeError([Problem(f"not YAML: {_one_line(str(error))}", file, 1, 1)]) from None
    return source


def read_shared(text: str, file: str) -> Source:
    """As ``read_text``; what was read lately is not read again.  Its data must not be changed."""
    found = _read_lately(text)
    if isinstance(found, Source):
        return found if found.file == file else replace(found, file=file)
    raise RecipeError([replace(problem, file=file) for problem in found])


@lru_cache(maxsize=4)
def _read_lately(text: str) -> Source | list[Problem]:
    try:
        return read_text(text, "")
    except RecipeError as error:
        return error.problems


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of character ``offset``."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


class _Refused(Exception):
    """Raised by the builder at a node which it will not take."""

    def __init__(self, event: Event, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.event, self.suggestion = event, suggestion


@dataclass
class _Open:
    """A mapping or sequence that is being filled."""

    container: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


class _Builder:
    """Builds data and places out of parser events, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def build(self, events: Iterator[Event]) -> None:
        """Take all events; raises RecipeError with what was refused."""
        try:
            for event in events:
                self._take(event)
        except _Refused as refused:
            self._report(refused.event, str(refused), refused.suggestion)
        if self.problems:
            raise RecipeError(self.problems)

    def _take(self, event: Event) -> None:
        if isinstance(event, NODES):
            self._node(event)
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _Refused(event, "a second document begins here; a file holds one")
        elif isinstance(event, AliasEvent):
            raise _Refused(event, f"aliases are not read: *{_short(event.anchor)}", "write the value out")
        elif isinstance(event, ENDS):
            done = self.stack.pop()
            if event.end_mark.index > event.start_mark.index:
                self.source.flow[done.path] = event.end_mark.index

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _Refused(event, f"the file holds more than {MAX_NODES:,} values")
        if event.anchor is not None:
            self._report(event, f"anchors are not read: &{_short(event.anchor)}", "write the value out")
        if event.tag:
            self._report(event, f"tags are not read: {_short(event.tag)}", "leave it out")
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.container, dict) and parent.key is None:
            self._key(event, parent)
            return
        self._value(event, parent)

    def _key(self, event: Any, parent: _Open) -> None:
        if not isinstance(event, ScalarEvent):
            braces = self.source.text.startswith("{{", max(0, event.start_mark.index - 1))
            hint = "put quotes around a text that begins with {{" if braces else ""
            raise _Refused(event, "a key must be a text", hint)
        value = self._scalar(event)
        key = event.value
        assert isinstance(parent.container, dict)
        if not isinstance(value, str):
            shown = _short(key)
            self._report(event, f"a key must be a text, not {shown or 'empty'}", f'write "{shown}" in quotes')
        elif key == "<<" and event.style is None:
            self._report(event, "merge keys are not read: <<", "write the values out")
        elif INVISIBLE.search(key):
            self._report(event, f"a key holds an invisible or control character: {_short(ascii(key))}")
        elif key in parent.container:
            first = self.source.keys[(*parent.path, key)]
            self._report(event, f"the key {_short(key)} stands here twice", f"first on line {first.line}")
        parent.key = key
        self.source.keys.setdefault((*parent.path, key), _place(event))

    def _value(self, event: Any, parent: _Open | None) -> None:
        path: Path = ()
        value: Any
        if isinstance(event, ScalarEvent):
            value = self._scalar(event)
        else:
            value = {} if isinstance(event, MappingStartEvent) else []
        if parent is None:
            self.source.data = value
        elif isinstance(parent.container, dict):
            assert parent.key is not None
            path = (*parent.path, parent.key)
            parent.container[parent.key] = value
            parent.key = None
        else:
            path = (*parent.path, len(parent.container))
            parent.container.append(value)
        self.source.values[path] = _place(event)
        if not isinstance(event, ScalarEvent):
            if len(self.stack) >= MAX_DEPTH:
                raise _Refused(event, f"nested more than {MAX_DEPTH} deep")
            self.stack.append(_Open(value, path))

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style == '"' and SURROGATE.search(text):
            # JSON spells what is beyond 16 bits as a pair of escapes; a half of a pair is no character.
            text = event.value = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if "\ufffd" in text:
                self._report(event, "half of a surrogate pair is not a character")
        if event.style is not None:
            return text
        if text in WORDS:
            return WORDS[text]
        if text[0] not in NUMERIC:
            return text
        if INTEGER.match(text) or NUMBER.match(text):
            if len(text) > MAX_DIGITS:
                self._report(event, f"a number of more than {MAX_DIGITS} digits")
                return 0
            number = _number(text)
            if number is None:
                self._report(event, f"{_short(text)} is too large a number")
            return number
        if NOT_FINITE.match(text):
            self._report(event, f"{text} is not a number that can be used", "write a finite number")
            return 0
        return text

    def _report(self, event: Any, message: str, suggestion: str = "") -> None:
        mark = event.start_mark
        if len(self.problems) >= MOST_PROBLEMS:
            raise RecipeError(self.problems)
        self.problems.append(
            Problem(
                message,
                self.source.file,
                mark.line + 1,
                mark.column + 1,
                text=_line_of(self.source.text, mark.line),
                suggestion=suggestion,
            )
        )


def _number(text: str) -> int | float | None:
    """What a number's text means; None when it reads as infinite, which JSON cannot hold."""
    if INTEGER.match(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)
    value = float(text)
    return value if value - value == 0 else None


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    style = getattr(event, "style", None) or ""
    return Place(start.line + 1, start.column + 1, start.index, end.index, style)


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message = f"not YAML: {_one_line(str(error.problem or error.context or 'cannot be read'))}"
    if error.context and error.problem:
        message += f" ({_one_line(str(error.context))})"
    return Problem(message, file, line, column, suggestion=_yaml_hint(str(error.problem)))


def _yaml_hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "quote a text that holds a colon"
    if "cannot start any token" in problem:
        return "quote a text that begins with a special character; indent with spaces"
    if "found unhashable" in problem or "expected <block end>" in problem:
        return "check the indentation, and quote a text that begins with {{"
    return ""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _line_of(text: str, line: int) -> str:
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    return text[start : end if end >= 0 else None].strip()[:120]
