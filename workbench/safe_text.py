"""Foreign text made safe to show: nothing in it can steer a terminal, hide itself or change direction.

Model output, file names, error texts and identifiers are data.  A terminal obeys some characters, so every
face of the workbench sends foreign text through one of these functions before it is shown or copied.
"""

from __future__ import annotations

import re

_SURROGATES = "\ud800-\udfff"
_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
"""Soft hyphen, direction marks, zero widths, line separators, byte order mark, annotation and tag letters."""

FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_INVISIBLE}{_SURROGATES}]")
"""What may never reach a terminal: all controls except tab and newline, the invisible, lone surrogates."""

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONE = re.compile(f"[{_SURROGATES}]")
_BREAKS = re.compile("\r\n|[\n\r]")


def _picture(match: re.Match[str]) -> str:
    """The visible stand-in of one forbidden character."""
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"‹U+{code:04X}›"


def safe_text(text: str) -> str:
    """``text`` with every forbidden character replaced by a visible picture; newlines and tabs stay.

    Safe to apply twice, and to the pieces of a stream one after the other.
    """
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return FORBIDDEN.sub(_picture, text)


def safe_line(text: str, limit: int = 2_000) -> str:
    """``text`` on one line, at most ``limit`` characters: breaks become ``⏎``, tabs become spaces."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return FORBIDDEN.sub(_picture, _BREAKS.sub("⏎", text).replace("\t", " "))


def copyable(text: str) -> str:
    """``text`` for a clipboard: unchanged for people, without what a terminal would obey when pasted."""
    return _LONE.sub("\ufffd", _STEERING.sub("", text.replace("\r\n", "\n")))
