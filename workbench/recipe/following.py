"""Following a text value, character by character, through the quotes, escapes and folds that spell it."""

from __future__ import annotations

from typing import Protocol


class Span(Protocol):
    """The characters that spell a value, and how: a quote mark, ``|``, ``>``, or empty for a plain one."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def style(self) -> str: ...


def followed(text: str, place: Span, value: str, offset: int) -> int:
    """Where character ``offset`` of ``value`` stands in the text that spells it at ``place``."""
    at = place.start
    if place.style in "|>" and place.style:
        at = text.find("\n", place.start) + 1
    elif place.style:
        at += 1
    for character in value[:offset]:
        at = _after(text, at, place, character)
    while at < place.end and offset < len(value) and text[at] != value[offset] and text[at] in " \n\\'":
        at += 1
    return at


def _after(text: str, at: int, place: Span, character: str) -> int:
    """The place just behind ``character``, searched from ``at``."""
    if place.style == '"' and text[at : at + 1] == "\\" and character != "\\":
        return _behind_escape(text, at)
    if character in " \n":
        while at < place.end and text[at] not in " \n":
            at += 1
        if character == " " and text[at : at + 1] == " ":
            return at + 1
        at += 1
        if place.style != "|":
            while text[at : at + 1] in (" ", "\n") and text[at : at + 1]:
                at += 1
        return at
    while at < place.end and text[at] != character:
        at += 1
    return at + 1


def _behind_escape(text: str, at: int) -> int:
    width = {"x": 4, "u": 6, "U": 10}.get(text[at + 1 : at + 2], 2)
    at += width
    if text[at - 1 : at] == "\n":
        while text[at : at + 1] == " ":
            at += 1
    return at
