"""Turns a request, and an answer to it, into numbered features that a small linear model can learn from.

Features are hashed (Weinberger et al. 2009, "Feature hashing for large scale multitask learning") with
CRC-32, which is the same in every process, and always in the order of their first appearance.  Quantities
such as a length become steps of a thermometer: each step reached is a feature, so that a linear model can
bend.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from zlib import crc32

BUCKETS = 1 << 16
LONGEST = 6000
"""Characters of a text that are read: the beginning and the end of a longer one."""

MOST_TRIED = 8
LONGEST_NUMBER = 12
"""Digits of numbers that are calculated with."""

Features = tuple[int, ...]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SENTENCE = re.compile(r"[.?!]\s")
_VALUE = r"(-?\d{1,15}(?:\.\d{1,15})?)"
_EQUATION = re.compile(rf"(?<!\d){_VALUE}\s?([-+*/x×÷])\s?{_VALUE}\s?=\s?{_VALUE}")
_MARKED = re.compile(r"####|answer is|answer:|\\boxed|therefore|thus,|so,? the", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:however|assum\w*|unclear|not (?:possible|enough|sure|specified|given)|cannot|can't|don't know"
    r"|unknown|approximately|about|sorry|wait|mistake|actually|let me|impossible|unless)\b",
    re.IGNORECASE,
)
_ALGEBRA = re.compile(r"\b[a-z]\s*=|=\s*\d*[a-z]\b|\blet [a-z]\b", re.IGNORECASE)


def text_features(text: str) -> Features:
    """Words, marks and pairs of neighbours, each once, and how long the text is; digits count by length."""
    shortened = _shortened(text)
    tokens = [_shape(token) for token in _TOKEN.findall(shortened.lower())]
    names = dict.fromkeys(tokens + [f"{left} {right}" for left, right in pairwise(["^", *tokens])])
    sizes = (
        *_thermometer("length", math.log2(len(text) + 1) * 2, first=8),
        *_thermometer("numbers", len(_NUMBER.findall(shortened)), last=12),
        *_thermometer("sentences", len(_SENTENCE.findall(shortened)), last=12),
    )
    return numbered([*names, *sizes])


def answer_features(question: str, answer: str) -> Features:
    """What an answer shows of whether it is right: form, doubts, and how its numbers fit the question's."""
    shown = _shortened(answer)
    asked, used = _numbers(_shortened(question)), _numbers(shown)
    last = used[-1] if used else ""
    tokens = [_shape(token) for token in _TOKEN.findall(shown.lower())]
    lines = [line for line in shown.splitlines() if line.strip()]
    names = [
        *_thermometer("a:length", math.log2(len(answer) + 1) * 2, first=4),
        *_thermometer("a:ratio", 4 + 2 * math.log2((len(answer) + 1) / (len(question) + 1)), last=12),
        *_thermometer("a:numbers", len(used), last=24),
        *_thermometer("a:lines", len(lines), last=16),
        *_thermometer("a:equations", len(_EQUATION.findall(shown)), last=10),
        *_thermometer("a:wrong sums", _wrong_sums(shown), last=4),
        *_thermometer("a:doubts", len(_DOUBT.findall(shown)), last=6),
        *_thermometer("a:unused", len(set(asked) - set(used)), last=6),
        *_thermometer("a:new", len(set(used) - set(asked)), last=16),
        *_thermometer("a:repeats", len(lines) - len(set(lines)), last=4),
        *_thermometer("a:share used", 8 * _share(asked, used), last=8),
        *_last_number(last, asked, shown),
        f"a:marked {bool(_MARKED.search(shown))}",
        f"a:algebra {bool(_ALGEBRA.search(shown))}",
        f"a:ends {shown.rstrip()[-1:] or 'empty'}",
        f"a:begins {' '.join(tokens[:2])}",
    ]
    return numbered(names)


def answer_words(answer: str) -> Features:
    """The words and pairs of an answer, apart from those of a question."""
    tokens = [_shape(token) for token in _TOKEN.findall(_shortened(answer).lower())]
    return numbered(f"a {name}" for name in (*tokens, *(f"{one} {two}" for one, two in pairwise(tokens))))


def numbered(names: Iterable[str]) -> Features:
    """The numbers of named features, each once, in order of first appearance."""
    mask = BUCKETS - 1
    found = (crc32(name.encode("utf-8", "replace")) & mask for name in names)
    return tuple(dict.fromkeys(found))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + text[-LONGEST // 2 :]


def _shape(token: str) -> str:
    """A number as its length: ``37`` and ``52`` are alike, ``1000000`` is not."""
    return "0" * min(len(token), 5) if token[0].isdigit() else token


def _thermometer(name: str, value: float, first: int = 1, last: int = 40) -> list[str]:
    return [f"{name}>={step}" for step in range(first, min(int(value), last) + 1)]


def _numbers(text: str) -> list[str]:
    return [found.replace(",", "").rstrip(".") for found in _NUMBER.findall(text)]


def _share(asked: list[str], used: list[str]) -> float:
    return len(set(asked) & set(used)) / len(set(asked)) if asked else 1.0


def _wrong_sums(text: str) -> int:
    """How many of the sums written out are wrong."""
    wrong = 0
    for left, sign, right, said in _EQUATION.findall(text.replace(",", "")):
        one, two, result = float(left), float(right), float(said)
        if sign in "/÷" and two == 0:
            continue
        real = {"+": one + two, "-": one - two}.get(sign, one / two if sign in "/÷" else one * two)
        wrong += abs(real - result) > 0.01 * max(1.0, abs(real))
    return wrong


def _last_number(last: str, asked: list[str], shown: str) -> list[str]:
    """The number an answer ends with, which in word problems is the result."""
    if not last:
        return ["a:no number"]
    sums = _EQUATION.findall(shown.replace(",", ""))
    return [
        f"a:result asked {last in asked}",
        f"a:result whole {'.' not in last or last.rstrip('0').endswith('.')}",
        f"a:result of last sum {bool(sums) and _same(sums[-1][3], last)}",
        *_thermometer("a:result size", len(last.split(".")[0]), last=8),
        *(["a:result zero"] if last.strip("0.") == "" else []),
        *_ways(last, asked),
    ]


def _ways(last: str, asked: list[str]) -> list[str]:
    """How the result comes of two numbers of the question, or of all: the first guess at a word problem."""
    numbers = [float(each) for each in asked[:MOST_TRIED] if len(each) <= LONGEST_NUMBER]
    found = list(dict.fromkeys(_reached(float(last), numbers))) if len(last) <= LONGEST_NUMBER else []
    return [
        name for way in found or ["none"] for name in (f"a:by {way}", f"a:by {way} of {min(len(asked), 6)}")
    ]


def _reached(result: float, numbers: list[float]) -> Iterator[str]:
    for one, two in combinations(numbers, 2):
        ways = {"+": one + two, "-": abs(one - two), "*": one * two}
        ways |= {"/": one / two} if two else {}
        ways |= {"\\": two / one} if one else {}
        yield from (way for way, value in ways.items() if abs(value - result) < 1e-6)
    if len(numbers) > 2 and abs(sum(numbers) - result) < 1e-6:
        yield "sum"


def _same(one: str, two: str) -> bool:
    try:
        return abs(float(one) - float(two)) < 1e-9
    except ValueError:
        return False
