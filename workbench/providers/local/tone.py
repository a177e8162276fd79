"""``tone``: how positive or negative a text sounds: words of feeling, negation, emphasis, learnt words."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from itertools import pairwise

from workbench.errors import CallError
from workbench.learnt_words import kept, log_odds
from workbench.providers.local.answer import Answer
from workbench.providers.local.classifiers import softmax
from workbench.providers.local.classify import ranked
from workbench.providers.local.lexicon import BOOSTERS, DAMPERS, NEGATIONS, VALUES
from workbench.words import stem, words

LABELS = ("positive", "neutral", "negative")
"""The labels that this model can give; a recipe may leave some out."""

_REACH = 3
_BUT = re.compile(r"\b(?:but|however|although|though|except)\b", re.IGNORECASE)
_AFTER_BUT = 1.4
_BEFORE_BUT = 0.6
_NEGATED = -0.7
_NEUTRAL_WIDTH = 0.45
_STEEPNESS = 4.0
_STEMMED = {stem(word): value for word, value in VALUES.items()}


BUCKETS = 1 << 16
_LEARNT_PART = 0.15


def polarity(text: str) -> float:
    """From -1 (very negative) to 1 (very positive)."""
    return math.tanh(listed(text) + _LEARNT_PART * log_odds(features(text), _weights()))


def features(text: str) -> list[str]:
    """The stems of a text's words, those that a negation reaches being others; and pairs of neighbours."""
    found, reach = [], 0
    for word in words(text):
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            reach = _REACH
            found.append("not")
        else:
            found.append(f"not {stem(word)}" if reach else stem(word))
            reach = max(0, reach - 1)
    return [*found, *(f"{left} {right}" for left, right in pairwise(found))]


def _weights() -> array[int]:
    return kept("workbench.providers.local", "tone_weights.txt")


def listed(text: str) -> float:
    """The same by the listed words of feeling alone."""
    parts = _BUT.split(text)
    total = 0.0
    for number, part in enumerate(parts):
        weight = 1.0 if len(parts) == 1 else _AFTER_BUT if number == len(parts) - 1 else _BEFORE_BUT
        total += weight * _sum(part)
    total *= 1 + 0.1 * min(text.count("!"), 3)
    return total / math.sqrt(total * total + 12)


def _sum(text: str) -> float:
    found = words(text)
    total = 0.0
    for at, word in enumerate(found):
        value = VALUES.get(word, _STEMMED.get(stem(word), 0.0))
        if value:
            total += value * _context(found[max(0, at - _REACH) : at])
    return total


def _context(before: Sequence[str]) -> float:
    factor = 1.0
    for word in before:
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            factor *= _NEGATED
        elif word in BOOSTERS:
            factor *= 1.3
        elif word in DAMPERS:
            factor *= 0.7
    return factor


def tone(text: str, labels: Sequence[str], learnt: Sequence[float] | None = None) -> Answer:
    """Sort ``text`` into positive, neutral and negative.

    ``learnt`` are the logits of a classifier fitted to the user's own examples; they are added.
    """
    known = [label.strip().lower() for label in labels]
    if unknown := [label for label, name in zip(labels, known, strict=True) if name not in LABELS]:
        raise CallError(
            "bad_request",
            f"local/tone knows {', '.join(LABELS)}, not {', '.join(unknown[:5])}",
            hint="use these labels, or local/blend with examples of yours",
            sent=False,
        )
    value = polarity(text)
    closeness = {"positive": value, "negative": -value, "neutral": _NEUTRAL_WIDTH - abs(value)}
    logits = [_STEEPNESS * closeness[name] for name in known]
    method = "words of feeling, negation, emphasis, learnt words"
    if learnt is not None:
        logits = [left + right for left, right in zip(logits, learnt, strict=True)]
        method += "; naive Bayes over the examples"
    answer = ranked(softmax(logits), labels, method)
    return Answer(answer.pieces, answer.data, notes={**answer.notes, "polarity": round(value, 6)})
