"""Makes the weights of the gate ``toxicity`` from labelled texts.

    python -m workbench.gates.make_toxicity_weights toxicity_dev.tsv > workbench/gates/toxicity_weights.txt

The file has the columns ``text`` and ``label`` (1 is abusive).  The shipped weights come from 480 texts of
surge-ai/toxicity (MIT).
"""

from __future__ import annotations

import base64
import csv
import math
import sys
import zlib
from array import array
from collections.abc import Iterable
from pathlib import Path

from workbench.gates.toxicity import BUCKETS, SCALE, features

PRIOR = 0.5


def weights_of(texts: Iterable[tuple[str, bool]]) -> array[int]:
    """Naive Bayes log odds of every hashed feature, in sixteenths."""
    seen = (array("L", bytes(8 * BUCKETS)), array("L", bytes(8 * BUCKETS)))
    counts = [0, 0]
    for text, abusive in texts:
        counts[abusive] += 1
        for feature in features(text):
            seen[abusive][feature] += 1
    weights = array("b", bytes(BUCKETS))
    for feature in range(BUCKETS):
        if seen[0][feature] or seen[1][feature]:
            shares = [(seen[kind][feature] + PRIOR) / (counts[kind] + 2 * PRIOR) for kind in (0, 1)]
            weights[feature] = max(-127, min(127, round(SCALE * math.log(shares[1] / shares[0]))))
    return weights


def main() -> None:
    """Print the weights as they are kept."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"] == "1") for row in csv.DictReader(file, delimiter="\t")]
    sys.stdout.write(base64.b64encode(zlib.compress(weights_of(rows).tobytes(), 9)).decode() + "\n")


if __name__ == "__main__":
    main()
