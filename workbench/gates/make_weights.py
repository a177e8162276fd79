"""Makes the weights of the gates ``toxicity`` and ``injection`` from labelled texts.

    python -m workbench.gates.make_weights toxicity_dev.tsv > workbench/gates/toxicity_weights.txt
    python -m workbench.gates.make_weights injection_dev.tsv > workbench/gates/injection_weights.txt

The file has the columns ``text`` and ``label`` (1 is abusive, or an attack).  The shipped weights come from
480 comments of surge-ai/toxicity (MIT) and 546 texts of deepset/prompt-injections (Apache-2.0).
"""

from __future__ import annotations

import csv
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path

from workbench.gates.pieces import BUCKETS, features
from workbench.learnt_words import learn, packed


def weights_of(texts: Iterable[tuple[str, bool]]) -> array[int]:
    """The weights that these texts teach; True is of the kind that the gate is to find."""
    return learn(((text, label, 1.0) for text, label in texts), features, BUCKETS)


def main() -> None:
    """Print the weights as they are kept."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"] == "1") for row in csv.DictReader(file, delimiter="\t")]
    sys.stdout.write(packed(weights_of(rows)))


if __name__ == "__main__":
    main()
