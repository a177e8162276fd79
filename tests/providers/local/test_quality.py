"""How well the embedded models do on a part of public data; benchmarks/embedded.py measures the whole."""

from __future__ import annotations

import random
from collections import Counter
from types import SimpleNamespace

from tests.shared_data import auroc, records, shots, table
from workbench.errors import CallError
from workbench.providers.local.answers import compose, extract
from workbench.providers.local.classifiers import fit, softmax
from workbench.providers.local.reading import Passage, Reading
from workbench.providers.local.summaries import digest, lead
from workbench.providers.local.tone import polarity
from workbench.recipe.data import SourceDocument
from workbench.tools.retrieval import Index
from workbench.words import stem, words


def accuracy(model: str, train: list[dict[str, str]], test: list[dict[str, str]]) -> tuple[float, float]:
    """Share of right labels, and how far mean confidence is off it."""
    labels = dict.fromkeys((row["intent"] for row in train), "")
    classifier = fit(
        model, [row["text"] for row in train], [row["intent"] for row in train], labels, lambda: None
    )
    names = list(labels)
    right, sure = 0, 0.0
    for row in test:
        shares = softmax(classifier.logits(row["text"]))
        best = max(range(len(names)), key=shares.__getitem__)
        right += names[best] == row["intent"]
        sure += shares[best]
    return right / len(test), abs(sure - right) / len(test)


def test_bayes_on_bank_queries() -> None:
    share, gap = accuracy("bayes", table("banking77_train.tsv"), table("banking77_dev.tsv"))
    assert share >= 0.86
    assert gap < 0.06


def test_blend_on_thirty_examples_a_class() -> None:
    train = shots(table("banking77_train.tsv"), "intent", 30)
    share, gap = accuracy("blend", train, table("banking77_dev.tsv")[::2])
    assert share >= 0.82
    assert gap < 0.06


def test_blend_on_five_examples_a_class() -> None:
    share, _ = accuracy(
        "blend", shots(table("banking77_train.tsv"), "intent", 5), table("banking77_dev.tsv")[::2]
    )
    assert share >= 0.58


def test_shuffled_labels_teach_nothing() -> None:
    train = shots(table("banking77_train.tsv"), "intent", 20)
    labels = [row["intent"] for row in train]
    random.Random(3).shuffle(labels)
    mixed = [{"text": row["text"], "intent": label} for row, label in zip(train, labels, strict=True)]
    for model in ("bayes", "blend"):
        share, _ = accuracy(model, mixed, table("banking77_dev.tsv")[::4])
        assert share < 0.06


def test_answers_hold_what_was_asked_for() -> None:
    paragraphs = records("xquad_dev.jsonl")
    index = Index([SourceDocument(one["id"], one["title"], one["text"], "") for one in paragraphs])
    hits: Counter[str] = Counter()
    asked = [(one, answer) for one in paragraphs for answer in one["qas"]][::3]
    for _, answer in asked:
        found = tuple(Passage(hit.id, hit.text) for hit in index.search(answer["question"], 5))
        for name, model in (("extract", extract), ("compose", compose)):
            try:
                text = model(Reading(found, answer["question"], "", retrieved=True)).text
            except CallError:
                continue
            hits[name] += answer["answer"] in text
    assert hits["extract"] / len(asked) >= 0.72
    assert hits["compose"] / len(asked) >= 0.8


def shared_words(text: str, summary: str) -> float:
    """ROUGE-1 F1 over stems."""
    left, right = (Counter(stem(word) for word in words(one)) for one in (text, summary))
    shared = sum((left & right).values())
    return 2 * shared / (sum(left.values()) + sum(right.values()))


def test_digest_beats_lead_on_papers() -> None:
    papers = records("scitldr_dev.jsonl")
    scores = {}
    for name, model in (("lead", lead), ("digest", digest)):
        total = 0.0
        for paper in papers:
            reading = Reading((Passage("1", " ".join(paper["sentences"])),), "", "in one sentence")
            text = model(reading).text
            total += max(shared_words(text, summary) for summary in paper["summaries"])
        scores[name] = total / len(papers)
    assert scores["lead"] >= 0.28
    assert scores["digest"] >= 0.385


def test_tone_of_reviews() -> None:
    rows = [SimpleNamespace(value=polarity(row["text"]), rating=float(row["mean_rating"]))
            for row in table("sentiment_reviews_dev.tsv")]  # fmt: skip
    liked = [row.value for row in rows if row.rating > 0]
    disliked = [row.value for row in rows if row.rating < 0]
    assert auroc(liked, disliked) >= 0.78
