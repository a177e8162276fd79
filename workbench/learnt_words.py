"""Weights of words learnt from labelled texts, kept under hashes in a small text file.

A weight is the log odds that a feature tells one kind of text from the other (naive Bayes, presence), in
sixteenths of a unit.  Features are hashed by CRC-32, so a file holds no list of words.
"""

from __future__ import annotations

import base64
import math
import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files

SCALE = 16
PRIOR = 0.5

Features = Callable[[str], Sequence[str]]


def hashed(names: Iterable[str], buckets: int) -> tuple[int, ...]:
    """The numbers of named features, each once, in order."""
    return tuple(dict.fromkeys(zlib.crc32(name.encode("utf-8", "replace")) % buckets for name in names))


def log_odds(names: Iterable[str], weights: Sequence[int]) -> float:
    """What the features of a text say together; the more there are, the less each of them counts."""
    found = hashed(names, len(weights))
    return sum([weights[each] for each in found]) / SCALE / math.sqrt(len(found)) if found else 0.0


def learn(rows: Iterable[tuple[str, bool, float]], features: Features, buckets: int) -> array[int]:
    """Weights from texts, each with its kind and how much it counts (1 is a whole text)."""
    seen = (array("d", bytes(8 * buckets)), array("d", bytes(8 * buckets)))
    counts = [0.0, 0.0]
    for text, kind, part in rows:
        counts[kind] += part
        for feature in hashed(features(text), buckets):
            seen[kind][feature] += part
    weights = array("b", bytes(buckets))
    for feature in range(buckets):
        if seen[0][feature] or seen[1][feature]:
            shares = [(seen[kind][feature] + PRIOR) / (counts[kind] + 2 * PRIOR) for kind in (0, 1)]
            weights[feature] = max(-127, min(127, round(SCALE * math.log(shares[1] / shares[0]))))
    return weights


def packed(weights: array[int]) -> str:
    """Weights as one line of text."""
    return base64.b64encode(zlib.compress(weights.tobytes(), 9)).decode() + "\n"


@cache
def kept(package: str, name: str) -> array[int]:
    """The weights in a file of a package."""
    text = files(package).joinpath(name).read_text("ascii")
    return array("b", zlib.decompress(base64.b64decode(text)))
