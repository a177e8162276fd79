"""Finds what could be the value of a field: dates, money, numbers, addresses, ids, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from workbench.events import Json


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of the text that could be a value."""

    start: int
    end: int
    value: Json


_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s.-]+{_MONTH}[\s,.-]+(\d{{4}})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE)
_FIGURES = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")

_AMOUNT = r"(\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)\s?(k|m|bn|thousand|million|billion)?"
_CURRENCY = r"(?:US\$|[$€£¥]|USD|EUR|GBP|CHF|JPY|CAD|AUD)"
_MONEY = re.compile(
    rf"{_CURRENCY}\s?{_AMOUNT}\b|\b{_AMOUNT}\s?(?:[€£]|(?:USD|EUR|GBP|CHF|JPY|dollars?|euros?|pounds?|francs?)\b)",
    re.IGNORECASE,
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_PERCENT = re.compile(r"(-?\d+(?:[.,]\d+)?)\s?(?:%|per ?cent\b)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,/-])[-+]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w/]|[.,-]\d)")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        )
    )
}
_WORD_NUMBER = re.compile(r"\b(" + "|".join(_NUMBER_WORDS) + r")\b", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}\b")
_LINK = re.compile(r"\bhttps?://[^\s<>\"')\]]+|\bwww\.[^\s<>\"')\]]+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w-])\+?\(?\d{1,4}\)?(?:[\s.-]?\(?\d{2,5}\)?){2,4}(?![\w-])")
_PHONE_DIGITS = (7, 15)
_ID = re.compile(
    r"#\d{2,}\b|\b(?=[A-Z0-9-]{0,40}\d)[A-Z]{1,6}[-/]?[A-Z0-9]*\d[A-Z0-9]*(?:[-/][A-Z0-9]+)*\b|\b\d{5,}\b"
)
_CAPITALISED = re.compile(
    r"\b[A-ZÀ-Þ][\w'’.&-]*\w(?:[ ](?:of|de|van|von|der|la|&|and)(?=[ ][A-ZÀ-Þ])|[ ][A-ZÀ-Þ][\w'’&-]*)*"
)


def dates(text: str) -> Iterator[Candidate]:
    """Full dates, as ``YYYY-MM-DD``.  ``03/04/2025`` is read month first, ``03.04.2025`` day first."""
    for match in _ISO.finditer(text):
        yield from _date(match, *(int(part) for part in match.groups()))
    for match in _DAY_FIRST.finditer(text):
        yield from _date(match, int(match[3]), _MONTHS[match[2].lower()], int(match[1]))
    for match in _MONTH_FIRST.finditer(text):
        yield from _date(match, int(match[3]), _MONTHS[match[1].lower()], int(match[2]))
    for match in _FIGURES.finditer(text):
        first, second = int(match[1]), int(match[3])
        month_first = second > 12 or (match[2] == "/" and first <= 12)
        month, day = (first, second) if month_first else (second, first)
        yield from _date(match, int(match[4]), month, day)


def _date(match: re.Match[str], year: int, month: int, day: int) -> Iterator[Candidate]:
    try:
        found = date(year, month, day)
    except ValueError:
        return
    yield Candidate(match.start(), match.end(), found.isoformat())


def money(text: str) -> Iterator[Candidate]:
    """Amounts with a currency, as numbers."""
    for match in _MONEY.finditer(text):
        digits, scale = (match[1], match[2]) if match[1] else (match[3], match[4])
        value = number(digits) * _SCALE.get((scale or "").lower(), 1)
        yield Candidate(match.start(), match.end(), round(value, 6))


def percentages(text: str) -> Iterator[Candidate]:
    """``12.5 %`` as 12.5."""
    for match in _PERCENT.finditer(text):
        yield Candidate(match.start(), match.end(), number(match[1]))


def numbers(text: str) -> Iterator[Candidate]:
    """Numbers in figures, and the words up to twelve."""
    for match in _NUMBER.finditer(text):
        yield Candidate(match.start(), match.end(), number(match[0]))
    for match in _WORD_NUMBER.finditer(text):
        yield Candidate(match.start(), match.end(), float(_NUMBER_WORDS[match[0].lower()]))


def number(digits: str) -> float:
    """The value of ``1,234.50``, ``1 234``, ``12,5``."""
    plain = digits.replace(" ", "").replace("'", "")
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    return float(plain.replace(",", ""))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Candidate]]:
    def find(text: str) -> Iterator[Candidate]:
        for match in pattern.finditer(text):
            yield Candidate(match.start(), match.end(), match[0].rstrip(".,;:"))

    return find


emails = _matches(_EMAIL)
links = _matches(_LINK)
ids = _matches(_ID)


def phones(text: str) -> Iterator[Candidate]:
    """Phone numbers: seven to fifteen digits."""
    for match in _PHONE.finditer(text):
        if _PHONE_DIGITS[0] <= sum(character.isdigit() for character in match[0]) <= _PHONE_DIGITS[1]:
            yield Candidate(match.start(), match.end(), match[0])


def names(text: str) -> Iterator[Candidate]:
    """Runs of capitalised words without digits."""
    for match in _CAPITALISED.finditer(text):
        if not any(character.isdigit() for character in match[0]):
            yield Candidate(match.start(), match.end(), match[0].rstrip(".,;:"))
