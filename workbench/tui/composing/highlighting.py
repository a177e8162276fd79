"""Colours for a recipe, one line at a time; a block of text is known by the line that opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int, str]
"""First and last column (exclusive) of a part, and its ink."""

_KEY = re.compile(r"^(\s*)(- )*([^\s'\"#{}\[\],:][^'\"#{}\[\],:]*|\"[^\"]*\"|'[^']*')(:)(?=\s|$)")
_INNER_KEY = re.compile(r"(?<=[{,\s])([A-Za-z_][\w.-]*)(:)(?=\s|$)")
_HEADER = re.compile(r"(^|[\s:-])[|>][-+0-9]*\s*(#.*)?$")
_TOKEN = re.compile(
    r"(?P<template>\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)|\{#.*?(?:#\}|$))"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?)"
    r"|(?P<comment>(?:(?<=\s)|^)#.*$)"
    r"|(?P<number>(?<![\w.-])-?\d[\d_.]*(?:e-?\d+)?(?:s|ms|m|h)?(?![\w.-]))"
    r"|(?P<word>(?<![\w-])(?:true|false|null|none)(?![\w-]))"
)
_INSIDE = re.compile(r"\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)")
_INKS = {"template": "input", "text": "passage", "comment": "dim", "number": "accent", "word": "accent"}


def spans(line: str, *, block: bool = False) -> list[Span]:
    """The coloured parts of a line, from the left; ``block``: it stands in a block of text."""
    if not line.strip():
        return []
    if block:
        return _templates(line)
    found: list[Span] = []
    start = 0
    key = _KEY.match(line)
    if key is not None:
        found.append((key.start(3), key.end(4), "key"))
        start = key.end(4)
    found += _values(line, start)
    header = _HEADER.search(line)
    if header is not None and not line.lstrip().startswith("#"):
        at = header.start() + len(header.group(1))
        found.append((at, at + 1, "accent"))
    return sorted(found)


def blocks(lines: Sequence[str]) -> list[bool]:
    """For each line whether it stands in a block of text (``|`` or ``>``): a line that holds it opens one."""
    found: list[bool] = []
    opened: int | None = None
    for line in lines:
        if opened is not None and (not line.strip() or _indent(line) > opened):
            found.append(True)
            continue
        found.append(False)
        opened = None
        if ("|" in line or ">" in line) and _HEADER.search(line) and not line.lstrip().startswith("#"):
            opened = _indent(line)
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _values(line: str, start: int) -> Iterator[Span]:
    taken = start
    for token in _TOKEN.finditer(line, start):
        yield from _keys(line, taken, token.start())
        ink = _INKS[token.lastgroup or "text"]
        if token.lastgroup == "text":
            yield from _quoted(line, token.start(), token.end(), ink)
        else:
            yield token.start(), token.end(), ink
        taken = token.end()
    yield from _keys(line, taken, len(line))


def _quoted(line: str, start: int, end: int, ink: str) -> Iterator[Span]:
    """A text in quotes; templates in it have their own ink."""
    for inside in _INSIDE.finditer(line, start, end):
        yield start, inside.start(), ink
        yield inside.start(), inside.end(), "input"
        start = inside.end()
    if start < end:
        yield start, end, ink


def _keys(line: str, start: int, end: int) -> Iterator[Span]:
    """The keys of maps written on one line."""
    for match in _INNER_KEY.finditer(line, start, end):
        yield match.start(1), match.end(2), "key"


def _templates(line: str) -> list[Span]:
    """A line of a block of text: its ground ink, templates in theirs."""
    found: list[Span] = []
    start = len(line) - len(line.lstrip())
    found.extend(_quoted(line, start, len(line), "passage"))
    return found
