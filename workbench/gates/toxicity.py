"""The gate ``toxicity``: how likely a text is abusive, by words and pieces of words.

A naive Bayes classifier (presence of words and of their five-letter pieces), learnt from a small public set
of comments.  Its weights are kept under hashes of the words, so that no list of them stands in this
repository.  It knows English insults, not meaning: quoted insults count, and polite cruelty does not.
"""

from __future__ import annotations

import math
import re
from array import array

from workbench.gates.verdict import Subject, Verdict, measured
from workbench.learnt_words import kept, log_odds
from workbench.recipe.model import Toxicity

BUCKETS = 1 << 15
PIECE = 5
MIDDLE = 3.2
"""The score that stands for 0.5: about one ordinary question in a hundred is above it."""
STEEPNESS = 1.2
LONGEST = 20_000

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


def toxicity(spec: Toxicity, subject: Subject) -> Verdict:
    """The most abusive sentence, and the text as a whole, stay under ``at_most``."""
    score = toxic_share(subject.text)
    if score <= spec.at_most:
        return measured(True, 1 - score, f"{score:.2f} likely to be abusive")
    return measured(False, 1 - score, f"reads as abusive ({score:.2f}, at most {spec.at_most:g})")


def toxic_share(text: str) -> float:
    """How likely a text is abusive, 0..1: the most abusive of its sentences and the whole of it."""
    shown = text[:LONGEST]
    parts = [part for part in _SENTENCES.split(shown) if part.strip()]
    score = max((log_odds(features(part), _weights()) for part in (shown, *parts)), default=0.0)
    return 1 / (1 + math.exp(-STEEPNESS * (score - MIDDLE))) if parts else 0.0


def features(text: str) -> list[str]:
    """The words and pieces of words of a text."""
    found = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    names = [f"w {word}" for word in found]
    for word in found:
        edged = f"^{word}$"
        names += [f"c {edged[at : at + PIECE]}" for at in range(max(1, len(edged) - PIECE + 1))]
    return names


def _weights() -> array[int]:
    return kept("workbench.gates", "toxicity_weights.txt")
