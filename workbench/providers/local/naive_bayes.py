"""Naive Bayes over the presence of features: quick to fit, a good first guess."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from workbench.events import Json

_SMOOTHING = 0.05


class NaiveBayes:
    """Scores classes (numbered from 0) by the log likelihood of a text's features."""

    def __init__(self, class_count: int) -> None:
        self._class_count = class_count
        self._weights: dict[str, list[tuple[int, float]]] = {}
        self._prior: list[float] = []
        self._unseen: list[float] = []

    @classmethod
    def fit(
        cls,
        rows: Sequence[Sequence[str]],
        classes: Sequence[int],
        class_count: int,
        breathe: Callable[[], None],
    ) -> NaiveBayes:
        """Count features per class.  ``breathe`` is called often, so that other threads get their turn."""
        model = cls(class_count)
        counts: dict[str, dict[int, int]] = {}
        totals = [0] * class_count
        sizes = [0] * class_count
        for features, number in zip(rows, classes, strict=True):
            breathe()
            sizes[number] += 1
            totals[number] += len(features)
            for feature in features:
                by_class = counts.setdefault(feature, {})
                by_class[number] = by_class.get(number, 0) + 1
        model._weigh(counts, totals, sizes, breathe)
        return model

    def _weigh(
        self,
        counts: dict[str, dict[int, int]],
        totals: list[int],
        sizes: list[int],
        breathe: Callable[[], None],
    ) -> None:
        room = _SMOOTHING * len(counts)
        rows = sum(sizes)
        self._prior = [math.log((size + 1) / (rows + self._class_count)) for size in sizes]
        self._unseen = [math.log(_SMOOTHING / (total + room or 1.0)) for total in totals]
        gain = [0.0] + [math.log((n + _SMOOTHING) / _SMOOTHING) for n in range(1, max(sizes, default=0) + 1)]
        for feature, by_class in counts.items():
            breathe()
            self._weights[feature] = [(number, gain[count]) for number, count in by_class.items()]

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return [self._class_count, self._weights, self._prior, self._unseen]

    @classmethod
    def of_state(cls, state: list[Json]) -> NaiveBayes:
        """What ``state`` gave, as it was."""
        class_count, weights, prior, unseen = state
        model = cls(class_count)
        model._weights = weights
        model._prior = prior
        model._unseen = unseen
        return model

    def scores(self, features: Sequence[str]) -> tuple[list[float], int]:
        """The log likelihood of each class, and how many of the features were known."""
        known = [weights for feature in features if (weights := self._weights.get(feature))]
        count = len(known)
        scores = [prior + count * unseen for prior, unseen in zip(self._prior, self._unseen, strict=True)]
        for weights in known:
            for number, gain in weights:
                scores[number] += gain
        return scores, count
