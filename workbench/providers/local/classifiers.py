"""The classifiers behind ``bayes`` and ``blend``, and how their scores become confidences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from workbench.events import Json
from workbench.providers.local.centroid import Centroid
from workbench.providers.local.features import all_features, word_features
from workbench.providers.local.naive_bayes import NaiveBayes
from workbench.providers.local.passive_aggressive import PassiveAggressive

ENOUGH_EXAMPLES = 15
"""Examples a class from which the blend beats the centroid."""

# Temperatures that make confidences agree with accuracy.  On public sets of 77 and 150 classes the expected
# calibration error is 0.02-0.03 with all examples, 0.03-0.05 with 30 a class, and up to 0.13 with 5 a class.
_BAYES_TEMPERATURE = 3.2
_CENTROID_TEMPERATURE = 0.035
_BLEND_TEMPERATURE = 1.3
_BLEND_BAYES = 12.0
_BLEND_LINEAR = 0.15
_SHORT_TEXT = 25
"""Known word features up to which the temperatures hold; longer texts repeat themselves."""


class Classifier(Protocol):
    """A fitted classifier of texts into numbered classes."""

    method: str

    def logits(self, text: str) -> list[float]:
        """One value per class, whose softmax is the confidence."""

    def state(self) -> list[Json]:
        """All that was learnt, as JSON: ``again`` makes the classifier of it."""


class BayesClassifier:
    """Naive Bayes over words and pairs of words."""

    method = "naive Bayes over words"

    def __init__(
        self, texts: Sequence[str], classes: Sequence[int], count: int, breathe: Callable[[], None]
    ) -> None:
        self._model = NaiveBayes.fit(_rows(texts, word_features, breathe), classes, count, breathe)

    def logits(self, text: str) -> list[float]:
        """One value per class, whose softmax is the confidence."""
        scores, known = self._model.scores(word_features(text))
        return [score / (_BAYES_TEMPERATURE * _stretch(known)) for score in scores]

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return ["bayes", self._model.state()]


class BlendClassifier:
    """Naive Bayes over words and letters, multiplied with a passive-aggressive classifier over words."""

    method = "naive Bayes over words and letters × passive-aggressive"

    def __init__(
        self, texts: Sequence[str], classes: Sequence[int], count: int, breathe: Callable[[], None]
    ) -> None:
        rows = _rows(texts, word_features, breathe)
        self._linear = PassiveAggressive.fit(rows, classes, count, breathe)
        self._bayes = NaiveBayes.fit(_rows(texts, all_features, breathe), classes, count, breathe)

    def logits(self, text: str) -> list[float]:
        """One value per class, whose softmax is the confidence."""
        linear, known = self._linear.scores(word_features(text))
        bayes, _ = self._bayes.scores(all_features(text))
        warmth = _BLEND_BAYES * _stretch(known)
        return [
            (left / warmth + right / _BLEND_LINEAR) / _BLEND_TEMPERATURE
            for left, right in zip(bayes, linear, strict=True)
        ]

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return ["blend", self._linear.state(), self._bayes.state()]


class CentroidClassifier:
    """Nearest TF-IDF centre over words and letters: for few examples."""

    method = "nearest centre over words and letters (few examples)"

    def __init__(
        self, texts: Sequence[str], classes: Sequence[int], count: int, breathe: Callable[[], None]
    ) -> None:
        self._model = Centroid.fit(_rows(texts, all_features, breathe), classes, count, breathe)

    def logits(self, text: str) -> list[float]:
        """One value per class, whose softmax is the confidence."""
        scores, _ = self._model.scores(all_features(text))
        return [score / _CENTROID_TEMPERATURE for score in scores]

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return ["centroid", self._model.state()]


def again(state: list[Json]) -> Classifier:
    """The classifier whose ``state`` this is."""
    kind, *parts = state
    if kind == "blend":
        blend = BlendClassifier.__new__(BlendClassifier)
        blend._linear, blend._bayes = PassiveAggressive.of_state(parts[0]), NaiveBayes.of_state(parts[1])
        return blend
    if kind == "bayes":
        bayes = BayesClassifier.__new__(BayesClassifier)
        bayes._model = NaiveBayes.of_state(parts[0])
        return bayes
    centroid = CentroidClassifier.__new__(CentroidClassifier)
    centroid._model = Centroid.of_state(parts[0])
    return centroid


def fit(
    model: str,
    texts: Sequence[str],
    labels: Sequence[str],
    names: Mapping[str, str],
    breathe: Callable[[], None],
) -> Classifier:
    """Fit ``bayes`` or ``blend`` to examples; ``names`` are the labels to sort into, in order.

    A label without an example is stood for by its own words and description.
    """
    numbers = {name: number for number, name in enumerate(names)}
    kept = [(text, numbers[label]) for text, label in zip(texts, labels, strict=True) if label in numbers]
    shown = {number for _, number in kept}
    for name, about in names.items():
        if numbers[name] not in shown:
            kept.append((f"{name.replace('_', ' ')} {about}", numbers[name]))
    kinds = [text for text, _ in kept], [number for _, number in kept]
    if model == "bayes":
        return BayesClassifier(*kinds, len(names), breathe)
    if len(kept) >= ENOUGH_EXAMPLES * len(names):
        return BlendClassifier(*kinds, len(names), breathe)
    return CentroidClassifier(*kinds, len(names), breathe)


def softmax(logits: Sequence[float]) -> list[float]:
    """Shares that add up to 1."""
    top = max(logits)
    parts = [math.exp(value - top) for value in logits]
    total = sum(parts)
    return [part / total for part in parts]


def _stretch(known: int) -> float:
    return max(1.0, math.sqrt(known / _SHORT_TEXT))


def _rows(
    texts: Sequence[str], features: Callable[[str], list[str]], breathe: Callable[[], None]
) -> list[list[str]]:
    rows = []
    for text in texts:
        breathe()
        rows.append(features(text))
    return rows
