"""Scores the sentences of passages by how well they answer a question."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.providers.local.reading import Passage
from workbench.words import content_stems, sentences, words

_PAIR_WEIGHT = 0.2
_TYPE_WEIGHT = 0.25
_PASSAGE_WEIGHT = 0.6
_RANK_WEIGHT = 0.5
_HEADING, _QUESTION, _FRAGMENT = 0.2, 0.4, 0.6
_WHOLE_WORDS = 4
_LONG_QUESTION = 12
"""Words of a question beyond which no source is expected to share all."""
_ITEM = re.compile(r"[-*•>]|\d{1,2}[.)]\s")

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|half)\b", re.I
)
_DATE = re.compile(
    r"\b(?:\d{4}s?|\d{1,2}[/.]\d{1,2}|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|days?|weeks?|months?|"
    r"years?|hours?|minutes?)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,;:(] )[A-Z][\w'-]+")
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|big|large|often)\b|\bwhat (?:percentage|number|amount)\b",
    re.I,
)
_ASKS_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|time)\b|\bhow (?:long|soon)\b", re.I
)
_ASKS_NAME = re.compile(
    r"\bwho(?:m|se)?\b|\bwhere\b|\bwhat (?:is|was) the name\b|\bwhich (?:person|city|country|team)\b", re.I
)
_ANSWER_SHAPES = ((_ASKS_NUMBER, _NUMBER), (_ASKS_DATE, _DATE), (_ASKS_NAME, _NAME))


@dataclass(frozen=True, slots=True)
class Scored:
    """One sentence of one passage and how well it answers; ``share`` is what it covers of the question."""

    passage: int
    position: int
    text: str
    score: float
    share: float
    stems: frozenset[str]


def rank(passages: Sequence[Passage], question: str) -> list[Scored]:
    """All sentences of ``passages``, in reading order, scored for ``question``."""
    split = [sentences(passage.text) for passage in passages]
    stems = [[content_stems(sentence) for sentence in part] for part in split]
    rarity = _rarity([row for part in stems for row in part])
    asked = list(dict.fromkeys(content_stems(question)))
    whole = sum(rarity(word) for word in asked) * min(1.0, _LONG_QUESTION / (len(asked) or 1)) or 1.0
    pairs = _pairs(content_stems(question))
    shapes = [shape for cue, shape in _ANSWER_SHAPES if cue.search(question)]
    ranked: list[Scored] = []
    for number, part in enumerate(split):
        about = {word for row in stems[number] for word in row}
        passage_share = min(1.0, sum(rarity(word) for word in asked if word in about) / whole)
        place = _PASSAGE_WEIGHT * passage_share + _RANK_WEIGHT / (1 + number)
        for position, (sentence, row) in enumerate(zip(part, stems[number], strict=True)):
            own = frozenset(row)
            share = min(1.0, sum(rarity(word) for word in asked if word in own) / whole)
            shared_pairs = len([pair for pair in pairs if pair in _pairs(row)]) / (len(pairs) or 1)
            shape = any(shape.search(sentence) for shape in shapes)
            score = share + _PAIR_WEIGHT * shared_pairs + (_TYPE_WEIGHT * share if shape else 0.0)
            score *= _completeness(sentence)
            ranked.append(Scored(number, position, sentence, score + place, share, own))
    return ranked


def is_heading(sentence: str) -> bool:
    """True for what names a passage rather than says something: a heading, a line without an end."""
    plain = sentence.rstrip("\"'”’)]")
    return sentence.startswith("#") or not (
        plain.endswith((".", "!", "?", "…", ":")) or _ITEM.match(sentence)
    )


def _completeness(sentence: str) -> float:
    """Headings, questions and fragments answer little by themselves."""
    if is_heading(sentence):
        return _HEADING
    if sentence.endswith("?"):
        return _QUESTION
    return 1.0 if len(words(sentence)) >= _WHOLE_WORDS else _FRAGMENT


class _Rarity:
    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._rows = len(rows) or 1
        self._seen: dict[str, int] = {}
        for row in rows:
            for word in dict.fromkeys(row):
                self._seen[word] = self._seen.get(word, 0) + 1

    def __call__(self, word: str) -> float:
        return math.log(1 + self._rows / (self._seen.get(word, 0) + 0.5))


def _rarity(rows: Sequence[Sequence[str]]) -> _Rarity:
    return _Rarity(rows)


def _pairs(row: Sequence[str]) -> dict[tuple[str, str], None]:
    return dict.fromkeys(pairwise(row))
