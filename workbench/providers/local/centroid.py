"""Nearest centre of TF-IDF vectors: the best of the simple classifiers when examples are few."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from workbench.events import Json


class Centroid:
    """Scores classes (numbered from 0) by the cosine between a text and the mean of their examples."""

    def __init__(self, class_count: int) -> None:
        self._class_count = class_count
        self._rarity: dict[str, float] = {}
        self._centres: dict[str, list[tuple[int, float]]] = {}

    @classmethod
    def fit(
        cls,
        rows: Sequence[Sequence[str]],
        classes: Sequence[int],
        class_count: int,
        breathe: Callable[[], None],
    ) -> Centroid:
        """Average the examples of each class.  ``breathe`` lets other threads have their turn."""
        model = cls(class_count)
        seen: dict[str, int] = {}
        for features in rows:
            breathe()
            for feature in features:
                seen[feature] = seen.get(feature, 0) + 1
        model._rarity = {feature: 1 + math.log((len(rows) + 1) / (n + 1)) for feature, n in seen.items()}
        centres: list[dict[str, float]] = [{} for _ in range(class_count)]
        for features, number in zip(rows, classes, strict=True):
            breathe()
            centre = centres[number]
            for feature, weight in model._vector(features).items():
                centre[feature] = centre.get(feature, 0.0) + weight
        for number, centre in enumerate(centres):
            length = _length(centre)
            for feature, weight in centre.items():
                breathe()
                model._centres.setdefault(feature, []).append((number, weight / length))
        return model

    def _vector(self, features: Sequence[str]) -> dict[str, float]:
        vector = {feature: self._rarity[feature] for feature in features if feature in self._rarity}
        length = _length(vector)
        return {feature: weight / length for feature, weight in vector.items()}

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return [self._class_count, self._rarity, self._centres]

    @classmethod
    def of_state(cls, state: list[Json]) -> Centroid:
        """What ``state`` gave, as it was."""
        class_count, rarity, centres = state
        model = cls(class_count)
        model._rarity = rarity
        model._centres = centres
        return model

    def scores(self, features: Sequence[str]) -> tuple[list[float], int]:
        """The cosine to each class's centre, and how many of the features were known."""
        vector = self._vector(features)
        scores = [0.0] * self._class_count
        for feature, weight in vector.items():
            for number, part in self._centres[feature]:
                scores[number] += weight * part
        return scores, len(vector)


def _length(vector: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
