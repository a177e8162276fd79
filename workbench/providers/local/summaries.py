"""``lead`` and ``digest``: summaries made of the source's own sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from workbench.errors import CallError
from workbench.providers.local.answer import Answer
from workbench.providers.local.answers import write
from workbench.providers.local.demands import Demands, read_demands
from workbench.providers.local.ranking import Scored
from workbench.providers.local.reading import CHAT_HINT, Reading
from workbench.words import content_stems, sentences

PAPER_CUES: dict[str, float] = {
    **dict.fromkeys(("we propose", "this paper", "we present", "in this work", "here we"), 1.0),
    **dict.fromkeys(
        ("we introduce", "we develop", "this work", "we study", "we investigate", "we derive"), 0.6
    ),
    **dict.fromkeys(("we show", "we demonstrate", "a novel", "a new ", "the first"), 0.4),
    **dict.fromkeys(
        ("we also", "extensive", "code is", "available at", "real world", "state of the art"), -0.4
    ),
}
"""Phrases of scientific papers that announce what matters, and what does not."""

GENERAL_CUES: dict[str, float] = {
    **dict.fromkeys(("in summary", "in conclusion", "to sum up", "the main", "in short", "overall,"), 1.0),
    **dict.fromkeys(("decided", "agreed", "deadline", "must ", "therefore", "as a result", "important"), 0.5),
    **dict.fromkeys(("for example", "for instance", "e.g.", "see also"), -0.4),
}
"""The same of reports, minutes and letters."""

_CUES = {**PAPER_CUES, **GENERAL_CUES}
_CUE_WEIGHT = 0.35
_FIRST_WEIGHT = 0.1
_REPEAT_WEIGHT = 0.5
_MOST_SENTENCES = 5


def lead(reading: Reading, max_tokens: object = None) -> Answer:
    """The first sentences."""
    everything, demands = _material(reading, max_tokens)
    return write(everything[: _wanted(everything, demands)], reading, demands)


def digest(reading: Reading, max_tokens: object = None) -> Answer:
    """The sentences nearest the centre of the text, announced ones first, none that repeats another."""
    everything, demands = _material(reading, max_tokens)
    vectors = _vectors(everything)
    centre: dict[str, float] = {}
    for vector in vectors:
        for word, weight in vector.items():
            centre[word] = centre.get(word, 0.0) + weight
    centre = _unit(centre)
    worth = [_dot(vector, centre) + _bonus(one) for one, vector in zip(everything, vectors, strict=True)]
    chosen = _unlike(worth, vectors, _wanted(everything, demands))
    return write([everything[at] for at in chosen], reading, demands)


def _material(reading: Reading, max_tokens: object) -> tuple[list[Scored], Demands]:
    """All sentences in order, each once, without headings; and what was asked for."""
    found: dict[str, Scored] = {}
    for number, passage in enumerate(reading.passages):
        for position, text in enumerate(sentences(passage.text)):
            if not text.startswith("#"):
                found.setdefault(text, Scored(number, position, text, 0.0, 0.0, frozenset()))
    if not found:
        raise CallError("bad_request", "the source holds no sentence to sum up", hint=CHAT_HINT, sent=False)
    return list(found.values()), read_demands(reading.orders, max_tokens)


def _wanted(everything: Sequence[Scored], demands: Demands) -> int:
    if demands.sentences:
        return demands.sentences
    return max(1, min(_MOST_SENTENCES, round(math.sqrt(len(everything)))))


def _vectors(everything: Sequence[Scored]) -> list[dict[str, float]]:
    rows = [content_stems(one.text) for one in everything]
    seen: dict[str, int] = {}
    for row in rows:
        for word in dict.fromkeys(row):
            seen[word] = seen.get(word, 0) + 1
    vectors = []
    for row in rows:
        vector: dict[str, float] = {}
        for word in row:
            vector[word] = vector.get(word, 0.0) + math.log(1 + len(rows) / seen[word])
        vectors.append(_unit(vector))
    return vectors


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {word: weight / length for word, weight in vector.items()}


def _dot(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    return sum(weight * right.get(word, 0.0) for word, weight in left.items())


def _bonus(one: Scored) -> float:
    lowered = one.text.lower()
    found = [weight for phrase, weight in _CUES.items() if phrase in lowered]
    cue = max(found, default=0.0) + min(found, default=0.0) if len(found) > 1 else sum(found)
    return _CUE_WEIGHT * cue + (_FIRST_WEIGHT if one.position == 0 else 0.0)


def _unlike(worth: Sequence[float], vectors: Sequence[Mapping[str, float]], wanted: int) -> list[int]:
    """The worthiest, each also judged by how little it repeats those taken before it."""
    left = list(range(len(worth)))
    taken: list[int] = []
    while left and len(taken) < wanted:
        best = max(left, key=lambda at: (round(worth[at] - _repeats(at, taken, vectors), 9), -at))
        taken.append(best)
        left.remove(best)
    return taken


def _repeats(at: int, taken: Sequence[int], vectors: Sequence[Mapping[str, float]]) -> float:
    return _REPEAT_WEIGHT * max((_dot(vectors[at], vectors[other]) for other in taken), default=0.0)
