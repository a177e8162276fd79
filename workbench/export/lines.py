"""The lines of a bundle: events as JSON, each long text written once and named by its hash.

A bundle is data from elsewhere.  What is read here is checked to be events of this program's shape, with
numbers the record can hold, before anything is done with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from workbench.errors import UsageError
from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    Json,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)

KINDS: Final[Mapping[str, type[Event]]] = {
    kind.__name__: kind
    for kind in (
        RunStarted, RunResumed, RunFinished, StepStarted, StepFinished, RouteDecided, CallStarted,
        CallFinished, CallReused, GateChecked,
    )
}  # fmt: skip
LONG = 400
"""Texts of more characters stand in a line of their own, once."""
TEXT, PLAIN = "$text", "$plain"
LARGEST = 2**63 - 1
HUGE = 1e12
"""No second count or score is beyond this."""
DEEPEST = 200
"""Levels of nesting a value may have."""


def text_hash(text: str) -> str:
    """The name of a text: BLAKE2b, 32 hex characters, lone surrogates included."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def encode(value: Json) -> str:
    """One line: ASCII, so that no character in it ends a line or changes a terminal."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


class LineWriter:
    """Turns events into lines."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def lines(self, event: Event) -> Iterator[str]:
        """The texts that are new, then the event."""
        texts: dict[str, str] = {}
        plain = self._fields(event, texts)
        for name, text in texts.items():
            self._known.add(name)
            yield encode({"hash": name, "text": text})
        yield encode({"event": type(event).__name__, **plain})

    def _fields(self, value: Any, texts: dict[str, str]) -> dict[str, Json]:
        found = {}
        for field in fields(value):
            inner = getattr(value, field.name)
            default = field.default_factory() if field.default_factory is not MISSING else field.default
            if inner != default or type(inner) is not type(default):
                found[field.name] = self._value(inner, texts)
        return found

    def _value(self, value: Any, texts: dict[str, str]) -> Json:
        if isinstance(value, str):
            return self._text(value, texts) if len(value) > LONG else value
        if isinstance(value, Mapping):
            plain = {str(name): self._value(inner, texts) for name, inner in value.items()}
            return {PLAIN: plain} if TEXT in plain or PLAIN in plain else plain
        if isinstance(value, (list, tuple)):
            return [self._value(inner, texts) for inner in value]
        if is_dataclass(value):
            return self._fields(value, texts)
        return value

    def _text(self, text: str, texts: dict[str, str]) -> Json:
        name = text_hash(text)
        if name not in self._known:
            texts[name] = text
        return {TEXT: name}


class LineReader:
    """Turns lines into events; raises UsageError, without its place, for what is none."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def event(self, line: Mapping[str, Json]) -> Event | None:
        """The event of a line; None for a text."""
        if "text" in line:
            self._keep(line)
            return None
        name = line.get("event")
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            raise UsageError(f"{name!r} is no event that this version knows")
        given = {key: self._value(value, 0) for key, value in line.items() if key != "event"}
        known = {field.name for field in fields(kind)}
        if unknown := sorted(given.keys() - known):
            raise UsageError(f"{kind.__name__} has no {unknown[0]!r}")
        try:
            event: Event = _adapter(kind.__name__).validate_python(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{kind.__name__}.{where}: {first['msg'].lower()}") from None
        _check_numbers(event)
        return event

    def _keep(self, line: Mapping[str, Json]) -> None:
        text, name = line["text"], line.get("hash")
        if not isinstance(text, str) or text_hash(text) != name:
            raise UsageError("a text is not the one its hash names")
        self._texts[text_hash(text)] = text

    def _value(self, value: Json, depth: int) -> Json:
        if depth > DEEPEST:
            raise UsageError(f"a value is nested more than {DEEPEST} levels deep")
        if isinstance(value, list):
            return [self._value(inner, depth + 1) for inner in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {TEXT}:
            name = value[TEXT]
            if not isinstance(name, str) or name not in self._texts:
                raise UsageError("a text is missing")
            return self._texts[name]
        if value.keys() == {PLAIN} and isinstance(value[PLAIN], dict):
            value = value[PLAIN]
        return {name: self._value(inner, depth + 1) for name, inner in value.items()}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def _check_numbers(value: Any) -> None:
    """Whole numbers of events count something: none is negative, and SQLite can hold all."""
    for field in fields(value):
        inner = getattr(value, field.name)
        if isinstance(inner, int) and not 0 <= inner <= LARGEST:
            raise UsageError(f"{type(value).__name__}.{field.name}: {inner} is out of range")
        if is_dataclass(inner) and not isinstance(inner, type):
            _check_numbers(inner)


def strict_json(line: str) -> dict[str, Json]:
    """A line's object; raises UsageError for anything else."""
    try:
        found = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise UsageError("this is no JSON") from None
    if not isinstance(found, dict):
        raise UsageError("this is no JSON object")
    return found


def _finite(digits: str) -> float:
    """Seconds and scores; a number too large for one would read as infinite."""
    number = float(digits)
    if abs(number) > HUGE:
        raise ValueError(digits)
    return number


def _refuse(name: str) -> None:
    raise ValueError(name)
