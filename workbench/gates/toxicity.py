"""The gate ``toxicity``: how likely a text is abusive, by words and pieces of words (see ``pieces``).

The weights come from a small public set of comments.  It knows English insults, not meaning: quoted insults
count, and polite cruelty does not.
"""

from __future__ import annotations

from array import array

from workbench.gates.pieces import likelihood
from workbench.gates.verdict import Subject, Verdict, measured
from workbench.learnt_words import kept
from workbench.recipe.model import Toxicity

MIDDLE = 3.2
"""The score that stands for 0.5: about one ordinary question in a hundred is above it."""
STEEPNESS = 1.2


def toxicity(spec: Toxicity, subject: Subject) -> Verdict:
    """The most abusive sentence, and the text as a whole, stay under ``at_most``."""
    score = toxic_share(subject.text)
    if score <= spec.at_most:
        return measured(True, 1 - score, f"{score:.2f} likely to be abusive")
    return measured(False, 1 - score, f"reads as abusive ({score:.2f}, at most {spec.at_most:g})")


def toxic_share(text: str) -> float:
    """How likely a text is abusive, 0..1: the most abusive of its sentences and the whole of it."""
    return likelihood(text, _weights(), MIDDLE, STEEPNESS)


def _weights() -> array[int]:
    return kept("workbench.gates", "toxicity_weights.txt")
