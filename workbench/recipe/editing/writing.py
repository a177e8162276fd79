"""Values as YAML text: plain where that is safe, quoted where not, texts of several lines as a block."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from workbench.recipe.source import FORBIDDEN, INTEGER, INVISIBLE, NOT_FINITE, NUMBER, WORDS

Style = Literal["", "'", '"', "|", ">"]

OTHER_WORDS = frozenset({"yes", "no", "on", "off", "y", "n", "<<", "=", "-", "?", "~"})
"""Words that other readers of YAML take for something else than a text."""
BEGINS_BADLY = re.compile(r"""[-?:](?=\s|$)|[\s,\[\]{}#&*!|>'"%@`]|---|\.\.\.""")
HOLDS_BADLY = re.compile(r": |:$| #|[\t\n\r\x85\u2028\u2029]")
FLOW_SIGNS = re.compile(r"^\?|[,\[\]{}]|:(?=[\"'])|\?(?=$|\s)")
LIKE_A_DATE = re.compile(r"[0-9][0-9]{3}-[0-9]|[-+]?[0-9][0-9_]*(:[0-9_]+)+|[-+.]?[0-9][0-9_,.]*$|0[xob]")
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
"""Characters that a block text cannot hold as they are."""


def plain_is_safe(text: str, *, flow: bool = False) -> bool:
    """Whether a text may stand without quotes."""
    if not text or text != text.strip() or BEGINS_BADLY.match(text) or HOLDS_BADLY.search(text):
        return False
    if "{{" in text or "{%" in text:
        return False  # templates are shown as what they are
    if text in WORDS or text.lower() in OTHER_WORDS or LIKE_A_DATE.match(text):
        return False
    if INTEGER.match(text) or NUMBER.match(text) or NOT_FINITE.match(text):
        return False
    if FORBIDDEN.search(text) or INVISIBLE.search(text):
        return False
    return not (flow and (FLOW_SIGNS.search(text) or text.endswith(":")))


def scalar_text(value: Any, *, flow: bool = False, like: str = "") -> str:
    """A scalar in one line; ``like`` is the quote mark to keep, if it can be kept."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    text = str(value)
    if like not in ("'", '"') and plain_is_safe(text, flow=flow):
        return text
    return quoted(text, like)


def quoted(text: str, like: str = "") -> str:
    """A text in double quotes; in single ones when ``like`` asks for them or they spare escapes."""
    simple = not HARD.search(text)
    if simple and (like == "'" or (like != '"' and '"' in text and "'" not in text)):
        return "'" + text.replace("'", "''") + "'"
    if simple and like != '"' and "\\" in text and "'" not in text:
        return "'" + text + "'"
    body = ESCAPED.sub(_escape, text)
    return f'"{body}"'


HARD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in NAMED:
        return NAMED[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _number(value: int | float) -> str:
    # As JSON writes it, which YAML reads as the same number.
    return json.dumps(value)


class OneLine(str):
    """A text that is to be written in one line, though it holds several."""

    __slots__ = ()


def block_is_safe(text: str) -> bool:
    """Whether a text may be written as a ``|`` block."""
    # A text that ends with several line breaks would take blank lines behind it for its own.
    if (
        isinstance(text, OneLine)
        or text.endswith("\n\n")
        or "\n" not in text
        or ODD.search(text)
        or "\r" in text
    ):
        return False
    lines = text.rstrip("\n").split("\n")
    # A first line that is indented, and lines of blanks, need care that quotes make needless.
    return bool(lines[0].strip()) and not lines[0].startswith((" ", "\t")) and bool(lines[-1].strip(" \t"))


def block_text(text: str, indent: int) -> str:
    """A text as a ``|`` block: the sign, and its lines at ``indent``."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    sign = {0: "|-", 1: "|"}.get(ends, "|+")
    pad = " " * indent
    lines = [pad + line if line else "" for line in body.split("\n")]
    return "\n".join([sign, *lines, *[""] * (ends - 1)])


def folds(text: str) -> bool:
    """Whether a text of one line can be folded at its blanks."""
    return bool(text) and text == " ".join(text.split()) and not ODD.search(text) and text[0] != "#"


def flow_text(value: Any) -> str:
    """A value in one line, with brackets."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key_text(key, flow=True)}: {flow_text(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow_text(item) for item in value)}]"
    return scalar_text(value, flow=True)


def key_text(key: str, *, flow: bool = False) -> str:
    """A key, quoted when it must be.  ``on`` is a word of the language, and a text in this YAML."""
    if key in ("on", "off", "y", "n", "yes", "no"):
        return key
    return scalar_text(key, flow=flow)


def is_flat(value: Any, deepest: int) -> bool:
    """Whether a value holds no text of several lines, and not more than ``deepest`` levels."""
    if isinstance(value, dict | list | tuple):
        items = value.values() if isinstance(value, dict) else value
        return deepest > 0 and all(is_flat(item, deepest - 1) for item in items)
    return not (isinstance(value, str) and "\n" in value)
