"""The tokens of an expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MAX_TOKENS = 4_000


class ExpressionSyntaxError(ValueError):
    """An expression cannot be read; ``offset`` counts characters in the text it stands in."""

    def __init__(self, message: str, offset: int, text: str = "", suggestion: str = "") -> None:
        super().__init__(message)
        self.offset, self.text, self.suggestion = offset, text, suggestion


@dataclass(frozen=True, slots=True)
class Token:
    """One token: a ``name``, ``number``, ``text`` or ``sign``."""

    kind: str
    value: Any
    start: int
    end: int


TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%~<>()\[\]{},.:|=])""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'", "/": "/"}


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Cut ``text[start:end]`` into tokens; the last one is an ``end``."""
    found: list[Token] = []
    at = start
    while at < end:
        match = TOKEN.match(text, at, end)
        if match is None:
            quote = text[at] in "'\""
            message = "this text has no end quote" if quote else f"{text[at]!r} cannot stand here"
            raise ExpressionSyntaxError(message, at, text[at])
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(_token(kind, match.group(), at, match.end()))
            if len(found) > MAX_TOKENS:
                raise ExpressionSyntaxError("this expression is too long", at)
        at = match.end()
    found.append(Token("end", "the end", end, end))
    return found


def _token(kind: str, raw: str, start: int, end: int) -> Token:
    if kind == "number":
        return Token(kind, _number(raw, start), start, end)
    if kind == "text":
        return Token(kind, _text(raw, start), start, end)
    return Token(kind, raw, start, end)


def _number(raw: str, start: int) -> int | float:
    plain = raw.replace("_", "")
    if len(plain) > 40:
        raise ExpressionSyntaxError("this number is too long", start, raw)
    try:
        return int(plain, 0) if plain.isdigit() or plain[:2].lower() in ("0x", "0o", "0b") else float(plain)
    except ValueError:
        # Leading zeros: minijinja reads 007 as 7.
        return int(plain)


def _text(raw: str, start: int) -> str:
    def decode(match: re.Match[str]) -> str:
        body = match.group(1)
        if body[0] == "u":
            return chr(int(body[1:], 16))
        if body not in ESCAPES:
            raise ExpressionSyntaxError(f"the escape \\{body} is not known", start + match.start(), raw)
        return ESCAPES[body]

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", decode, raw[1:-1], flags=re.DOTALL)
