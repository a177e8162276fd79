"""A learnt gate on the answer of a cheap model: how likely is it right, now that it can be read?

A cascade asks the cheap model first and pays the dear one only where the answer looks wrong (FrugalGPT: Chen
et al. 2023; AutoMix: Madaan et al. 2023).  What it gains by escalating is the dear model's chance on the
question less the given answer's chance to be right.  The gate is the same small model as the router's, on
three kinds of features: the question's words, the answer's words, and how the answer is made (length, doubts,
numbers that do not fit); each kind has weights of its own, so that many words do not drown the few signs.
"""

from __future__ import annotations

import random

from workbench.routing.features import Features, answer_features, answer_words, text_features
from workbench.routing.success import REPLAYS, StepTable, Words, log_odds, logistic

Kinds = tuple[Features, ...]
RATES = (0.05, 0.05, 0.3)
"""Step sizes for the question's words, the answer's, and how the answer is made: few, and telling."""


class AnswerGate:
    """The chance that one model's answer is right, learnt from its answers of known outcome."""

    def __init__(self, seed: int = 1) -> None:
        self.calls = 0
        self._table = StepTable()
        self._kinds = tuple(map(Words, RATES))
        self._past: list[tuple[Kinds, str, float]] = []
        self._random = random.Random(seed)

    def learn(self, question: str, answer: str, right: float, step: str = "") -> None:
        """Learn from one answer."""
        self.calls += 1
        self._table.learn(step, right)
        self._past.append((_kinds(question, answer), step, right))
        self._descend(*self._past[-1])
        for _ in range(REPLAYS):
            self._descend(*self._past[self._random.randrange(len(self._past))])

    def chance(self, question: str, answer: str, step: str = "") -> float:
        """The chance that ``answer`` is right."""
        return logistic(self._odds(_kinds(question, answer), step))

    def _odds(self, kinds: Kinds, step: str) -> float:
        return log_odds(self._table.chance(step)) + sum(
            words.odds(features) for words, features in zip(self._kinds, kinds, strict=True)
        )

    def _descend(self, kinds: Kinds, step: str, right: float) -> None:
        slope = logistic(self._odds(kinds, step)) - right
        for words, features in zip(self._kinds, kinds, strict=True):
            words.learn(features, slope)


def _kinds(question: str, answer: str) -> Kinds:
    return (text_features(question), answer_words(answer), answer_features(question, answer))
