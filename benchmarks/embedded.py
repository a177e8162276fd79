"""How well and how fast the embedded models and the retrieval are, on public data, in one table.

    python benchmarks/embedded.py [FOLDER]

FOLDER holds ``tasks/`` with the development data (default: the environment's WORKBENCH_SHARED_DATA, else
``shared/data`` beside the checkout).  Nothing is downloaded.  Times are CPU time of this process.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from workbench.errors import CallError
from workbench.gates.grounded import supports
from workbench.providers.local import tone
from workbench.providers.local.answers import compose, extract
from workbench.providers.local.classifiers import Classifier, fit, softmax
from workbench.providers.local.make_tone_weights import weights_of
from workbench.providers.local.reading import Passage, Reading
from workbench.providers.local.summaries import digest, lead
from workbench.recipe.data import LabelledExamples, SourceDocument
from workbench.tools.retrieval import Index
from workbench.words import stem, words

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
Row = dict[str, str]


@dataclass(frozen=True)
class Figure:
    """One line of the table.  ``goal`` is what is wanted, None where there is no goal."""

    what: str
    measure: str
    value: float
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> str:
        """``yes``, ``NO`` or nothing."""
        if self.goal is None:
            return ""
        good = self.value <= self.goal if self.at_most else self.value >= self.goal
        return "yes" if good else "NO"


class Tasks:
    """The development data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def table(self, name: str) -> list[Row]:
        """The rows of a tab-separated file."""
        with (self._folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    def records(self, name: str) -> list[Any]:
        """The objects of a JSONL file."""
        return [json.loads(line) for line in (self._folder / name).read_text(encoding="utf-8").splitlines()]


def auroc(high: Sequence[float], low: Sequence[float]) -> float:
    """How often a value of ``high`` is above one of ``low``; a tie counts half."""
    above = sum((left > right) + (left == right) / 2 for left in high for right in low)
    return above / (len(high) * len(low))


def shots(rows: Sequence[Row], count: int, draw: int = 1) -> list[Row]:
    """At most ``count`` rows of each intent; the same ``draw`` is always the same rows."""
    shuffled = list(rows)
    random.Random(draw).shuffle(shuffled)
    taken: Counter[str] = Counter()
    kept = []
    for row in shuffled:
        taken[row["intent"]] += 1
        if taken[row["intent"]] <= count:
            kept.append(row)
    return kept


def fitted(model: str, train: Sequence[Row]) -> tuple[Classifier, list[str], float]:
    """A classifier, its labels, and the seconds of CPU it took to fit."""
    labels = dict.fromkeys((row["intent"] for row in train), "")
    began = time.process_time()
    classifier = fit(
        model, [row["text"] for row in train], [row["intent"] for row in train], labels, lambda: None
    )
    return classifier, list(labels), time.process_time() - began


def sorted_by(classifier: Classifier, names: Sequence[str], rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """Per row the confidence, and whether the label was right."""
    found = []
    for row in rows:
        shares = softmax(classifier.logits(row["text"]))
        best = max(range(len(names)), key=shares.__getitem__)
        found.append((shares[best], names[best] == row["intent"]))
    return found


def calibration_error(found: Sequence[tuple[float, bool]]) -> float:
    """How far confidence is off accuracy, over ten bins."""
    bins: dict[int, list[float]] = {}
    for confidence, right in found:
        bins.setdefault(min(9, int(confidence * 10)), []).append(confidence - right)
    return sum(abs(sum(gaps)) for gaps in bins.values()) / len(found)


def classification(tasks: Tasks) -> Iterator[Figure]:
    """Accuracy, speed, calibration."""
    goals = {("banking77", "bayes"): 85.5, ("banking77", "blend"): 91.0,
             ("clinc150", "bayes"): 87.0, ("clinc150", "blend"): 92.3}  # fmt: skip
    for data in ("banking77", "clinc150"):
        train = [row for row in tasks.table(f"{data}_train.tsv") if row["intent"] != "oos"]
        test = [row for row in tasks.table(f"{data}_dev.tsv") if row["intent"] != "oos"]
        for model in ("bayes", "blend"):
            classifier, names, seconds = fitted(model, train)
            began = time.process_time()
            found = sorted_by(classifier, names, test)
            call = (time.process_time() - began) / len(test) * 1000
            what = f"local/{model}, {data}"
            yield Figure(what, "accuracy %", 100 * share(right for _, right in found), goals[data, model])
            yield Figure(what, "calibration error", calibration_error(found))
            yield Figure(what, "fit s", seconds, 0.3 if model == "bayes" else 15, at_most=True)
            yield Figure(what, "call ms", call, 0.1 if model == "bayes" else 0.5, at_most=True)


def few_examples(tasks: Tasks) -> Iterator[Figure]:
    """Accuracy by the number of examples; the cascade; what shuffled labels teach."""
    train, test = tasks.table("banking77_train.tsv"), tasks.table("banking77_dev.tsv")
    for count, goal in ((5, None), (10, None), (15, None), (30, 83.5)):
        found, seconds = [], 0.0
        for draw in (1, 2, 3):
            classifier, names, seconds = fitted("blend", shots(train, count, draw))
            found += sorted_by(classifier, names, test)
        what = f"local/blend, banking77, {count} a class"
        yield Figure(what, "accuracy %, mean of 3 draws", 100 * share(right for _, right in found), goal)
        if count == 30:
            yield Figure(what, "fit s", seconds, 1.5, at_most=True)
    weak = sorted_by(*fitted("bayes", train)[:2], test)
    strong = sorted_by(*fitted("blend", train)[:2], test)
    order = sorted(range(len(test)), key=lambda at: weak[at][0])
    for part in (0.1, 0.2, 0.3, 0.4):
        asked = set(order[: int(part * len(test))])
        right = share((strong if at in asked else weak)[at][1] for at in range(len(test)))
        yield Figure("cascade bayes → blend", f"accuracy % at {part:.0%} escalated", 100 * right)
    labels = [row["intent"] for row in shots(train, 30)]
    random.Random(3).shuffle(labels)
    mixed = [{**row, "intent": label} for row, label in zip(shots(train, 30), labels, strict=True)]
    found = sorted_by(*fitted("blend", mixed)[:2], test)
    what = "local/blend, shuffled labels"
    yield Figure(what, "accuracy %", 100 * share(right for _, right in found), 5, at_most=True)


def out_of_scope(tasks: Tasks) -> Iterator[Figure]:
    """Whether low confidence tells questions of no class."""
    train = [row for row in tasks.table("clinc150_train.tsv") if row["intent"] != "oos"]
    test = tasks.table("clinc150_dev.tsv")
    for model in ("bayes", "blend"):
        classifier, names, _ = fitted(model, train)
        found = sorted_by(classifier, names, test)
        inside = [sure for (sure, _), row in zip(found, test, strict=True) if row["intent"] != "oos"]
        outside = [sure for (sure, _), row in zip(found, test, strict=True) if row["intent"] == "oos"]
        limit = sorted(inside)[len(inside) // 10]
        what = f"local/{model}, out of scope, clinc150"
        yield Figure(what, "AUROC", auroc(inside, outside))
        yield Figure(what, "refused % when 10 % in scope are", 100 * share(sure < limit for sure in outside))


def share(hits: Any) -> float:
    """The part of ``hits`` that is true."""
    counted = [bool(hit) for hit in hits]
    return sum(counted) / len(counted)


def retrieval(tasks: Tasks) -> Iterator[Figure]:
    """Right documents, by raw questions."""
    paragraphs = tasks.records("xquad_dev.jsonl")
    asked = [(answer["question"], one["id"]) for one in paragraphs for answer in one["qas"]]
    index = Index([SourceDocument(one["id"], one["title"], one["text"], "") for one in paragraphs])
    yield from found_documents("retrieve, xquad", index, asked, (93.5, 98.8))
    articles = tasks.records("bank_kb.jsonl")
    documents = [SourceDocument(one["intent"], one["title"], one["body"], "") for one in articles]
    asked = [(row["text"], row["intent"]) for row in tasks.table("banking77_dev.tsv")]
    yield from found_documents("retrieve, bank articles", Index(documents), asked, (55, 81))
    known = shots(tasks.table("banking77_train.tsv"), 30)
    examples = LabelledExamples([row["text"] for row in known], [row["intent"] for row in known], "")
    what = "retrieve, bank articles, 30 examples each"
    yield from found_documents(what, Index(documents, examples), asked, (70, 92))


def found_documents(
    what: str, index: Index, asked: Sequence[tuple[str, str]], goals: tuple[float, float]
) -> Iterator[Figure]:
    """R@1, R@5 and the time of a search."""
    began = time.process_time()
    found = [([hit.id for hit in index.search(query)], right) for query, right in asked]
    call = (time.process_time() - began) / len(asked) * 1000
    yield Figure(what, "R@1 %", 100 * share(ids[:1] == [right] for ids, right in found), goals[0])
    yield Figure(what, "R@5 %", 100 * share(right in ids for ids, right in found), goals[1])
    yield Figure(what, "search ms", call, 0.2, at_most=True)


def answers(tasks: Tasks) -> Iterator[Figure]:
    """Whether the answer is in what the writers say, over retrieved passages."""
    paragraphs = tasks.records("xquad_dev.jsonl")
    index = Index([SourceDocument(one["id"], one["title"], one["text"], "") for one in paragraphs])
    asked = [answer for one in paragraphs for answer in one["qas"]]
    readings = [
        Reading(
            tuple(Passage(hit.id, hit.text) for hit in index.search(answer["question"], 5)),
            answer["question"], "", retrieved=True,
        )
        for answer in asked
    ]  # fmt: skip
    for name, model, goal, speed in (("extract", extract, 65, 1), ("compose", compose, 72, 3)):
        began = time.process_time()
        said = [attempt(model, reading) for reading in readings]
        call = (time.process_time() - began) / len(asked) * 1000
        hits = share(answer["answer"] in text for text, answer in zip(said, asked, strict=True))
        yield Figure(f"local/{name}, xquad", "answer inside %", 100 * hits, goal)
        yield Figure(f"local/{name}, xquad", "refused %", 100 * share(not text for text in said))
        yield Figure(f"local/{name}, xquad", "call ms", call, speed, at_most=True)
        worst = [
            min(
                one.score for one in supports(text, "\n\n".join(passage.text for passage in reading.passages))
            )
            for text, reading in zip(said, readings, strict=True)
            if text
        ]
        yield Figure(
            f"local/{name}, xquad", "grounded ≥ 0.6 %", 100 * share(score >= 0.6 for score in worst), 99
        )


def attempt(model: Callable[[Reading], Any], reading: Reading) -> str:
    """What a writer says; nothing when it refuses."""
    try:
        return str(model(reading).text)
    except CallError:
        return ""


def rouge(text: str, summary: str) -> float:
    """ROUGE-1 F1 over stems."""
    left, right = (Counter(stem(word) for word in words(one)) for one in (text, summary))
    return 2 * sum((left & right).values()) / (sum(left.values()) + sum(right.values()))


def summaries(tasks: Tasks) -> Iterator[Figure]:
    """One sentence about a paper."""
    papers = tasks.records("scitldr_dev.jsonl")
    for name, model, goal in (("lead", lead, 30.0), ("digest", digest, 38.5)):
        began = time.process_time()
        said = [
            model(Reading((Passage("1", " ".join(paper["sentences"])),), "", "in one sentence")).text
            for paper in papers
        ]
        call = (time.process_time() - began) / len(papers) * 1000
        best = [
            max(rouge(text, one) for one in paper["summaries"])
            for text, paper in zip(said, papers, strict=True)
        ]
        yield Figure(f"local/{name}, scitldr", "ROUGE-1 F1", 100 * sum(best) / len(best), goal)
        yield Figure(f"local/{name}, scitldr", "call ms", call, 1, at_most=True)


def tones(tasks: Tasks) -> Iterator[Figure]:
    """Liked against disliked, by weights that did not see the review."""
    others = [(row["text"], float(row["mean_rating"])) for data in ("tweets", "movies")
              for row in tasks.table(f"sentiment_{data}_dev.tsv")]  # fmt: skip
    rows = tasks.table("sentiment_reviews_dev.tsv")
    reviews = sorted({row["id"].partition("_")[0] for row in rows})
    random.Random(1).shuffle(reviews)
    values: list[tuple[float, float]] = []
    for fold in range(5):
        held = set(reviews[fold::5])
        parts: tuple[list[Row], list[Row]] = ([], [])
        for row in rows:
            parts[row["id"].partition("_")[0] in held].append(row)
        weights = weights_of([(row["text"], float(row["mean_rating"])) for row in parts[0]], others)
        with patch.object(tone, "_weights", lambda weights=weights: weights):
            values += [(tone.polarity(row["text"]), float(row["mean_rating"])) for row in parts[1]]
    yield Figure("local/tone, reviews", "AUROC, cross-validated by review", _liked_above(values), 0.88)


def _liked_above(values: Sequence[tuple[float, float]]) -> float:
    liked = [value for value, rating in values if rating > 0]
    return auroc(liked, [value for value, rating in values if rating < 0])


def main() -> None:
    """Measure everything and print the table."""
    table((classification, few_examples, out_of_scope, retrieval, answers, summaries, tones))


def table(parts: Sequence[Callable[[Tasks], Iterator[Figure]]]) -> None:
    """Print the figures of these parts, each as soon as it is there."""
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("WORKBENCH_SHARED_DATA", str(BESIDE))
    folder = Path(given) / "tasks"
    if not folder.is_dir():
        sys.exit(f"no task data in {folder}")
    tasks = Tasks(folder)
    print(f"{'what':44} {'measure':36} {'value':>8} {'goal':>8}  met")
    for part in parts:
        for figure in part(tasks):
            sign = "≤" if figure.at_most else "≥"
            goal = "" if figure.goal is None else f"{sign}{figure.goal:g}"
            print(
                f"{figure.what:44} {figure.measure:36} {figure.value:8.3f} {goal:>8}  {figure.met}",
                flush=True,
            )


if __name__ == "__main__":
    main()
