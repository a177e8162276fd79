"""Makes the weights of the gate ``toxicity`` from labelled texts.

    python -m workbench.gates.make_toxicity_weights toxicity_dev.tsv > workbench/gates/toxicity_weights.txt

The file has the columns ``text`` and ``label`` (1 is abusive).  The shipped weights come from 480 texts of
surge-ai/toxicity (MIT).
"""

from __future__ import annotations

import csv
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path

from workbench.gates.toxicity import BUCKETS, features
from workbench.learnt_words import learn, packed


def weights_of(texts: Iterable[tuple[str, bool]]) -> array[int]:
    """The weights that these texts teach; True is abusive."""
    return learn(((text, abusive, 1.0) for text, abusive in texts), features, BUCKETS)


def main() -> None:
    """Print the weights as they are kept."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"] == "1") for row in csv.DictReader(file, delimiter="\t")]
    sys.stdout.write(packed(weights_of(rows)))


if __name__ == "__main__":
    main()
