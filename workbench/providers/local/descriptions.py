"""Sorts a text into labels by the words of their descriptions: a guess for when there are no examples."""

from __future__ import annotations

import math
from collections.abc import Mapping

from workbench.words import content_stems

MOST_CONFIDENCE = 0.5
"""Descriptions alone never make sure."""

_NAME_WEIGHT = 1.5
_DOUBT = 1.0


def confidences(text: str, labels: Mapping[str, str]) -> list[float]:
    """How far the words of ``text`` point to each label, at most ``MOST_CONFIDENCE`` together."""
    described = [_weighted(name, about) for name, about in labels.items()]
    seen: dict[str, int] = {}
    for words in described:
        for word in words:
            seen[word] = seen.get(word, 0) + 1
    asked = list(dict.fromkeys(content_stems(text)))
    scores = []
    for words in described:
        length = math.sqrt(len(words)) or 1.0
        shared = (words[word] * math.log(1 + len(labels) / seen[word]) for word in asked if word in words)
        scores.append(sum(shared) / length)
    total = sum(scores) + _DOUBT
    return [MOST_CONFIDENCE * score / total for score in scores]


def _weighted(name: str, about: str) -> dict[str, float]:
    words = dict.fromkeys(content_stems(about), 1.0)
    words.update(dict.fromkeys(content_stems(name.replace("_", " ").replace("-", " ")), _NAME_WEIGHT))
    return words
