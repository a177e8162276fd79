"""How likely each model is to be right: a table of the steps, and a small model of the words over it.

The table holds each step's share of right answers, shrunk towards the model's own share (empirical Bayes:
James and Stein 1961; in routing, the per-task table that LLMRouterBench found to hold most of the gain).
Over its log odds stands a logistic regression on hashed features, learnt one example at a time by AdaGrad
(Duchi et al. 2011); every new example brings a few old ones with it (experience replay: Lin 1992), so that
one pass over a log learns what several would.  Nothing depends on the order of sets or dicts: the same
examples in the same order give the same chances in every process.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.routing.features import BUCKETS, Features

RATE = 0.1
"""Step size of AdaGrad."""
REPLAYS = 1
"""Old examples learnt again with every new one."""
SHRINK = 20.0
"""Calls of a step at which its own share and the model's share count the same."""


@dataclass(slots=True)
class StepTable:
    """One model's shrunk share of right answers by step.  Shares may be fractions (a judge's score)."""

    right: float = 0.0
    calls: int = 0
    by_step: dict[str, tuple[float, int]] = field(default_factory=dict)

    def learn(self, step: str, right: float) -> None:
        """Count one answer."""
        self.right += right
        self.calls += 1
        if step:
            before, calls = self.by_step.get(step, (0.0, 0))
            self.by_step[step] = (before + right, calls + 1)

    def chance(self, step: str) -> float:
        """The share of right answers to expect; one half before anything was counted."""
        overall = (self.right + 1.0) / (self.calls + 2.0)
        right, calls = self.by_step.get(step, (0.0, 0))
        return (right + SHRINK * overall) / (calls + SHRINK)


class Words:
    """A logistic regression on features, over log odds given from outside."""

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._weights = array("f", bytes(4 * BUCKETS))
        self._squares = array("f", [1e-3]) * BUCKETS

    def odds(self, features: Features) -> float:
        """What the features add to the log odds."""
        if not features:
            return 0.0
        weights = self._weights
        return sum([weights[each] for each in features]) / math.sqrt(len(features))

    def learn(self, features: Features, offset: float, right: float) -> None:
        """One step towards ``right`` for what stands at the log odds ``offset`` without these features."""
        if not features:
            return
        weights, squares = self._weights, self._squares
        slope = (logistic(offset + self.odds(features)) - right) / math.sqrt(len(features))
        square, change = slope * slope, self._rate * slope
        for each in features:
            squares[each] += square
            weights[each] -= change / math.sqrt(squares[each])


@dataclass(frozen=True, slots=True)
class Labelled:
    """The features of one call, its step, and how right each model was that answered it (0 to 1)."""

    features: Features
    step: str
    right: Mapping[str, float]


class SuccessModel:
    """Chances of several models to be right, learnt from calls of which some models' outcomes are known."""

    def __init__(self, models: Sequence[str], seed: int = 1) -> None:
        self.models = tuple(models)
        self.calls = 0
        self._seed = seed
        self._tables = {model: StepTable() for model in self.models}
        self._words = {model: Words() for model in self.models}
        self._past: list[Labelled] = []
        self._random = random.Random(seed)

    def learn(self, example: Labelled) -> None:
        """Learn from one call."""
        for model in self.models:
            if model in example.right:
                self._tables[model].learn(example.step, example.right[model])
        self.calls += 1
        self._past.append(example)
        self._descend(example)
        for _ in range(REPLAYS):
            self._descend(self._past[self._random.randrange(len(self._past))])

    def learn_all(self, examples: Sequence[Labelled]) -> None:
        """Learn from many at once, in an order of its own that is always the same."""
        order = list(range(len(examples)))
        random.Random(len(order) + 7919 * self._seed).shuffle(order)
        for at in order:
            self.learn(examples[at])

    def odds(self, features: Features, step: str = "") -> dict[str, float]:
        """Each model's log odds to be right."""
        return {
            model: log_odds(self._tables[model].chance(step)) + self._words[model].odds(features)
            for model in self.models
        }

    def table_chances(self, step: str = "") -> dict[str, float]:
        """The same by the table alone."""
        return {model: self._tables[model].chance(step) for model in self.models}

    def _descend(self, example: Labelled) -> None:
        for model in self.models:
            right = example.right.get(model)
            if right is not None:
                offset = log_odds(self._tables[model].chance(example.step))
                self._words[model].learn(example.features, offset, right)


def logistic(odds: float) -> float:
    """The chance of log odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def log_odds(chance: float) -> float:
    """The log odds of a chance, kept finite."""
    kept = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))
