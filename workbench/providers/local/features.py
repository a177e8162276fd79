"""Turns a text into features: word and letter sequences, each once, in order of first appearance."""

from __future__ import annotations

from itertools import pairwise

from workbench.words import words

_LETTERS = 4


def word_features(text: str) -> list[str]:
    """Single words and pairs of neighbours; the ends of the text count as neighbours.

    Never a ``set``: its order differs between processes, and with it the last digits of every sum.
    """
    found = words(text)
    pairs = [f"{left} {right}" for left, right in pairwise(["^", *found, "$"])]
    return list(dict.fromkeys(found + pairs))


def letter_features(text: str) -> list[str]:
    """Runs of four letters within the text, words apart by one space; they forgive typing errors."""
    line = f" {' '.join(words(text))} "
    return list(dict.fromkeys("#" + line[at : at + _LETTERS] for at in range(len(line) - _LETTERS + 1)))


def all_features(text: str) -> list[str]:
    """Word and letter features together."""
    return word_features(text) + letter_features(text)
