"""How likely a text is of a learnt kind, by words and pieces of words: its most telling sentence counts.

A naive Bayes classifier (presence of words and of their five-letter pieces).  Its weights are kept under
hashes, so that no list of words stands in this repository.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from workbench.learnt_words import log_odds

BUCKETS = 1 << 15
PIECE = 5
LONGEST = 20_000

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


def likelihood(text: str, weights: Sequence[int], middle: float, steepness: float) -> float:
    """How likely a text is of the kind, 0..1: the likeliest of its sentences and the whole of it.

    ``middle`` is the score that stands for one half; ``steepness`` is how fast the rest departs from it.
    """
    shown = text[:LONGEST]
    parts = [part for part in _SENTENCES.split(shown) if part.strip()]
    score = max((log_odds(features(part), weights) for part in (shown, *parts)), default=0.0)
    return 1 / (1 + math.exp(-steepness * (score - middle))) if parts else 0.0


def features(text: str) -> list[str]:
    """The words and pieces of words of a text."""
    found = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    names = [f"w {word}" for word in found]
    for word in found:
        edged = f"^{word}$"
        names += [f"c {edged[at : at + PIECE]}" for at in range(max(1, len(edged) - PIECE + 1))]
    return names
