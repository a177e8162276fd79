"""A passive-aggressive classifier: learns from its mistakes, averages its weights."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from workbench.events import Json

_PASSES = 5
_MOST_CORRECTION = 0.3
_ORDER_SEED = 7


class PassiveAggressive:
    """Scores classes (numbered from 0) by a linear rule over the features of a text."""

    def __init__(self, class_count: int) -> None:
        self._class_count = class_count
        self._weights: dict[str, list[tuple[int, float]]] = {}

    @classmethod
    def fit(
        cls,
        rows: Sequence[Sequence[str]],
        classes: Sequence[int],
        class_count: int,
        breathe: Callable[[], None],
    ) -> PassiveAggressive:
        """Pass over the examples in shuffled orders that are always the same.

        ``breathe`` is called often, so that other threads get their turn.
        """
        model = cls(class_count)
        numbers: dict[str, int] = {}
        numbered = [[numbers.setdefault(feature, len(numbers)) for feature in features] for features in rows]
        weights: list[dict[int, float]] = [{} for _ in numbers]
        history: list[dict[int, float]] = [{} for _ in numbers]
        order = [at for at, features in enumerate(numbered) if features]
        shuffler = random.Random(_ORDER_SEED)
        clock = 1
        for _ in range(_PASSES):
            shuffler.shuffle(order)
            for at in order:
                breathe()
                model._learn(numbered[at], classes[at], weights, history, clock)
                clock += 1
        for feature, number in numbers.items():
            breathe()
            past = history[number]
            averaged = [(label, weight - past[label] / clock) for label, weight in weights[number].items()]
            if averaged:
                model._weights[feature] = averaged
        return model

    def _learn(
        self,
        features: Sequence[int],
        right: int,
        weights: list[dict[int, float]],
        history: list[dict[int, float]],
        clock: int,
    ) -> None:
        scores = [0.0] * self._class_count
        for feature in features:
            for number, weight in weights[feature].items():
                scores[number] += weight
        size = 1 / math.sqrt(len(features))
        right_score = scores[right]
        scores[right] = -math.inf
        rival = scores.index(max(scores))
        loss = 1 - (right_score - scores[rival]) * size
        if loss <= 0:
            return
        step = min(_MOST_CORRECTION, loss / 2) * size
        for feature in features:
            row, past = weights[feature], history[feature]
            row[right] = row.get(right, 0.0) + step
            row[rival] = row.get(rival, 0.0) - step
            past[right] = past.get(right, 0.0) + clock * step
            past[rival] = past.get(rival, 0.0) - clock * step

    def state(self) -> list[Json]:
        """All that was learnt, as JSON."""
        return [self._class_count, self._weights]

    @classmethod
    def of_state(cls, state: list[Json]) -> PassiveAggressive:
        """What ``state`` gave, as it was."""
        class_count, weights = state
        model = cls(class_count)
        model._weights = weights
        return model

    def scores(self, features: Sequence[str]) -> tuple[list[float], int]:
        """The score of each class, and how many of the features were known."""
        known = [weights for feature in features if (weights := self._weights.get(feature))]
        scores = [0.0] * self._class_count
        for weights in known:
            for number, weight in weights:
                scores[number] += weight
        size = math.sqrt(len(features)) or 1.0
        return [score / size for score in scores], len(known)
