"""Makes the weights of ``local/tone`` from rated texts.

    python -m workbench.providers.local.make_tone_weights reviews.tsv [OTHER.tsv …] > tone_weights.txt

Files have the columns ``text`` and ``mean_rating`` (-4 to 4); the others count a third.  A naive Bayes
classifier and a logistic regression beside the listed words err differently: their weights are added.  The
shipped weights come from 1,861 sentences of product reviews, 1,500 of films and 1,000 tweets in
cjhutto/vaderSentiment (MIT).
"""

from __future__ import annotations

import csv
import math
import random
import sys
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.learnt_words import SCALE, hashed, learn, packed
from workbench.providers.local.tone import BUCKETS, features, listed

WHOLE = 2.0
"""A rating from which on a text counts in full."""
BESIDE = 0.3
"""How much a text counts that is of another kind."""
PASSES = 6
RATE = 0.3
LISTED_PART = 2.5
"""Log odds that the listed words give at their most."""

Rated = tuple[str, float]


def weights_of(texts: Iterable[Rated], others: Iterable[Rated] = ()) -> array[int]:
    """The weights that these texts and their ratings teach, and other kinds of text beside them."""
    rows = [(text, rating, part) for kind, part in ((texts, 1.0), (others, BESIDE))
            for text, rating in kind if rating]  # fmt: skip
    told = ((text, rating > 0, part * min(1.0, abs(rating) / WHOLE)) for text, rating, part in rows)
    bayes, regression = learn(told, features, BUCKETS), _regression(rows)
    return array("b", [
        max(-127, min(127, one + round(SCALE * other))) for one, other in zip(bayes, regression, strict=True)
    ])  # fmt: skip


def _regression(rows: Sequence[tuple[str, float, float]]) -> array[float]:
    """Weights over the listed words, learnt one text at a time by AdaGrad (Duchi et al. 2011)."""
    weights, squares = array("d", bytes(8 * BUCKETS)), array("d", [1e-2]) * BUCKETS
    known = [
        (
            hashed(features(text), BUCKETS),
            min(1.0, max(0.0, 0.5 + rating / 4)),
            LISTED_PART * listed(text),
            part,
        )
        for text, rating, part in rows
    ]
    for number in range(PASSES):
        random.Random(number).shuffle(known)
        for found, liked, odds, part in known:
            root = math.sqrt(len(found) or 1)
            said = odds + sum([weights[each] for each in found]) / root
            slope = part * (1 / (1 + math.exp(-said)) - liked) / root
            for each in found:
                squares[each] += slope * slope
                weights[each] -= RATE * slope / math.sqrt(squares[each])
    return weights


def main() -> None:
    """Print the weights as they are kept."""
    first, *others = (
        [(row["text"], float(row["mean_rating"])) for row in _rows(name)] for name in sys.argv[1:]
    )
    sys.stdout.write(packed(weights_of(first, [row for rows in others for row in rows])))


def _rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


if __name__ == "__main__":
    main()
