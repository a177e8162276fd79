"""The ``classify`` task: labels in, a label with a confidence and its rivals out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.local import descriptions
from workbench.providers.local.answer import Answer
from workbench.providers.local.classifiers import Classifier, softmax
from workbench.providers.port import Examples, ModelRequest

_MOST_SCORES = 10


def labels_of(request: ModelRequest) -> dict[str, str]:
    """The labels to sort into: those given, else those of the examples in order of first appearance."""
    labels = dict(request.labels)
    if not labels and request.examples is not None:
        labels = dict.fromkeys(request.examples.labels, "")
    if not labels:
        raise CallError(
            "bad_request",
            "there are no labels to sort the text into",
            hint="give labels under into:, or examples:",
            sent=False,
        )
    return labels


def has_examples(examples: Examples, labels: Mapping[str, str]) -> bool:
    """True when at least one example bears one of the labels."""
    return any(label in labels for label in examples.labels)


def by_classifier(classifier: Classifier, text: str, labels: Sequence[str]) -> Answer:
    """Sort ``text`` with a fitted classifier."""
    return ranked(softmax(classifier.logits(text)), labels, classifier.method)


def by_descriptions(text: str, labels: Mapping[str, str]) -> Answer:
    """Sort ``text`` by the words of the labels' descriptions."""
    return ranked(
        descriptions.confidences(text, labels),
        list(labels),
        "words of the descriptions (no examples, so never sure)",
    )


def ranked(confidences: Sequence[float], labels: Sequence[str], method: str) -> Answer:
    """The answer that names the label of highest confidence; of equals, the first one given."""
    if not all(math.isfinite(value) for value in confidences):
        raise CallError("bug", "the classifier made a confidence that is not a number", sent=False)
    order = sorted(range(len(labels)), key=lambda number: (-round(confidences[number], 6), number))
    scores: dict[str, Json] = {
        labels[number]: round(confidences[number], 6) for number in order[:_MOST_SCORES]
    }
    best = labels[order[0]]
    data = {"label": best, "confidence": scores[best], "scores": scores}
    return Answer(pieces=(best,), data=data, notes={"method": method})
