"""Makes the weights of ``local/tone`` from rated texts.

    python -m workbench.providers.local.make_tone_weights reviews.tsv > tone_weights.txt

The file has the columns ``text`` and ``mean_rating`` (-4 to 4).  The shipped weights come from 1,861
sentences of product reviews in cjhutto/vaderSentiment (MIT).
"""

from __future__ import annotations

import csv
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path

from workbench.learnt_words import learn, packed
from workbench.providers.local.tone import BUCKETS, features

WHOLE = 2.0
"""A rating from which on a text counts in full."""


def weights_of(texts: Iterable[tuple[str, float]]) -> array[int]:
    """The weights that these texts and their ratings teach."""
    rated = ((text, rating > 0, min(1.0, abs(rating) / WHOLE)) for text, rating in texts if rating)
    return learn(rated, features, BUCKETS)


def main() -> None:
    """Print the weights as they are kept."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], float(row["mean_rating"])) for row in csv.DictReader(file, delimiter="\t")]
    sys.stdout.write(packed(weights_of(rows)))


if __name__ == "__main__":
    main()
