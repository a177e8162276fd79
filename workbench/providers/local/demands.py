"""The few plain demands that an extractive model can meet, read from instructions and from failed checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10}
_NUMBER = r"(\d[\d,]*|" + "|".join(_NUMBERS) + r")"
_UNIT = r"(?:short |simple |single |plain )?(characters?|letters?|words?|sentences?|lines?|bullets?|points?)"
_AT_MOST = re.compile(
    r"\b(?:at most|no more than|not more than|up to|under|below|maximum(?: of)?|max\.?|within)"
    rf"\s+{_NUMBER}\s+{_UNIT}",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    rf"\b(?:at least|no fewer than|not less than|minimum(?: of)?)\s+{_NUMBER}\s+{_UNIT}", re.I
)
_EXACTLY = re.compile(
    rf"\b(?:in|with|of|exactly|write|give|as)\s+(?:a\s+)?{_NUMBER}\s+{_UNIT}", re.IGNORECASE
)
_QUOTED = r"(?:'([^'\n]+)'|\"([^\"\n]+)\"|“([^”\n]+)”|‘([^’\n]+)’)"
_MENTION = re.compile(
    r"\b(?:mention|contain|include)s?\s+(?:one of\s+)?"
    rf"((?:{_QUOTED}(?:,\s*|\s+or\s+|\s+and\s+)?)+)",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(r"\bsentence (\d+) is not supported", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Demands:
    """Limits on an answer; None where nothing was said."""

    sentences: int | None = None
    most_characters: int | None = None
    least_characters: int | None = None
    most_words: int | None = None
    least_words: int | None = None
    mention: tuple[str, ...] = ()
    unsupported: tuple[int, ...] = ()
    """Sentences of the last answer, from 1, that its sources do not support."""

    def fits(self, text: str) -> bool:
        """True while ``text`` is within the upper limits."""
        if self.most_characters is not None and len(text) > self.most_characters:
            return False
        return self.most_words is None or len(text.split()) <= self.most_words

    def is_too_short(self, text: str) -> bool:
        """True while ``text`` is below a lower limit."""
        if self.least_characters is not None and len(text) < self.least_characters:
            return True
        return self.least_words is not None and len(text.split()) < self.least_words


def read_demands(orders: str, max_tokens: object = None) -> Demands:
    """What ``orders`` ask for.  ``max_tokens`` counts as four characters each."""
    most = _limits(_AT_MOST, orders, min)
    least = _limits(_AT_LEAST, orders, max)
    exactly = _limits(_EXACTLY, orders, min)
    characters = most.get("character")
    if isinstance(max_tokens, int) and max_tokens > 0:
        characters = min(characters or 4 * max_tokens, 4 * max_tokens)
    return Demands(
        sentences=exactly.get("sentence") or most.get("sentence") or least.get("sentence"),
        most_characters=characters,
        least_characters=least.get("character"),
        most_words=most.get("word") or exactly.get("word"),
        least_words=least.get("word"),
        mention=_mentions(orders),
        unsupported=tuple(dict.fromkeys(int(number) for number in _UNSUPPORTED.findall(orders))),
    )


def _limits(pattern: re.Pattern[str], orders: str, pick: Callable[[int, int], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, unit in pattern.findall(orders):
        value = _NUMBERS.get(number.lower()) or int(number.replace(",", ""))
        name = unit.lower().removesuffix("s")
        name = {"letter": "character", "line": "sentence", "bullet": "sentence", "point": "sentence"}.get(
            name, name
        )
        found[name] = pick(found[name], value) if name in found else value
    return found


def _mentions(orders: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _MENTION.finditer(orders):
        for groups in re.findall(_QUOTED, match.group(1)):
            found.extend(part for part in groups if part)
    return tuple(dict.fromkeys(found))
