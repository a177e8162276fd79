"""How likely each model is to be right: a table of the steps, and a small model of the words over it.

The table holds each step's share of right answers, shrunk towards what the step's calls of all models and
the model's calls of all steps let one expect (empirical Bayes: James and Stein 1961; in routing, the per-task
table that LLMRouterBench found to hold most of the gain).  Over its log odds stands a logistic regression on
hashed features, learnt one example at a time by AdaGrad (Duchi et al. 2011): weights that all models share
(how hard the request is) and weights of each model (what it adds), so that an outcome of one model teaches
something of the others, which matters where every request was asked of one model only.  Every new example
brings an old one with it (experience replay: Lin 1992), so that one pass over a log learns what several
would.  Nothing depends on the order of sets or dicts: the same examples in the same order give the same
chances in every process.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.routing.features import BUCKETS, Features

RATE = 0.1
"""Step size of AdaGrad for what belongs to one model."""
SHARED_RATE = 0.15
"""The same for what all models share."""
REPLAYS = 1
"""Old examples learnt again with every new one."""
SHRINK = 20.0
"""Calls of a step at which its own share and the expected one count the same."""


@dataclass(slots=True)
class StepTable:
    """Shrunk shares of right answers by step.  Shares may be fractions (a judge's score)."""

    right: float = 0.0
    calls: int = 0
    by_step: dict[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def overall(self) -> float:
        """The share to expect whatever the step; one half before anything was counted."""
        return (self.right + 1.0) / (self.calls + 2.0)

    def learn(self, step: str, right: float) -> None:
        """Count one answer."""
        self.right += right
        self.calls += 1
        if step:
            before, calls = self.by_step.get(step, (0.0, 0))
            self.by_step[step] = (before + right, calls + 1)

    def chance(self, step: str, expected: float | None = None) -> float:
        """The share of right answers to expect at a step; ``expected`` is what it is shrunk towards."""
        right, calls = self.by_step.get(step, (0.0, 0))
        return (right + SHRINK * (self.overall if expected is None else expected)) / (calls + SHRINK)


class Words:
    """A logistic regression on features, over log odds given from outside."""

    def __init__(self, rate: float = RATE) -> None:
        self.weights = array("f", bytes(4 * BUCKETS))
        self._rate = rate
        self._squares = array("f", [1e-3]) * BUCKETS

    def odds(self, features: Features) -> float:
        """What the features add to the log odds."""
        return added(self.weights, features)

    def learn(self, features: Features, slope: float) -> None:
        """One step against the slope of the loss along the log odds (expected less actual outcome)."""
        if not features:
            return
        weights, squares = self.weights, self._squares
        slope /= math.sqrt(len(features))
        square, change = slope * slope, self._rate * slope
        for each in features:
            past = squares[each] = squares[each] + square
            weights[each] -= change / math.sqrt(past)


def added(weights: Sequence[float], features: Features) -> float:
    """What features add to log odds by these weights; the more there are, the less each of them counts."""
    return sum([weights[each] for each in features]) / math.sqrt(len(features)) if features else 0.0


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
        self.shared = Words(SHARED_RATE)
        self.own = {model: Words() for model in self.models}
        self._seed = seed
        self._every = StepTable()
        self._tables = {model: StepTable() for model in self.models}
        self._past: list[Labelled] = []
        self._random = random.Random(seed)

    def learn(self, example: Labelled) -> None:
        """Learn from one call."""
        for model, right in example.right.items():
            self._tables[model].learn(example.step, right)
            self._every.learn(example.step, right)
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
        shared = self.shared.odds(features)
        return {
            model: self.table_odds(model, step) + shared + words.odds(features)
            for model, words in self.own.items()
        }

    def table_odds(self, model: str, step: str = "") -> float:
        """A model's log odds by the tables alone."""
        own, every = self._tables[model], self._every
        if not step:
            return log_odds(own.overall)
        easier = log_odds(every.chance(step)) - log_odds(every.overall)
        return log_odds(own.chance(step, logistic(log_odds(own.overall) + easier)))

    def _descend(self, example: Labelled) -> None:
        features = example.features
        shared, slopes = self.shared.odds(features), 0.0
        for model, right in example.right.items():
            words = self.own[model]
            odds = self.table_odds(model, example.step) + shared + words.odds(features)
            slope = logistic(odds) - right
            words.learn(features, slope)
            slopes += slope
        self.shared.learn(features, slopes)


def logistic(odds: float) -> float:
    """The chance of log odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def log_odds(chance: float) -> float:
    """The log odds of a chance, kept finite."""
    kept = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))
