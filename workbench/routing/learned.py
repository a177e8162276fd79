"""The learned router: which model is likely to be right on a request, and is it worth its price?

The ladder: the length rule until there is evidence (longer requests go to the dearer model), then a table of
the steps with a model of the words over it (see ``success``), and, where the cheap answer may be read before
the dear one is paid, a gate on that answer (see ``answer_gate``).  A model is chosen for what it adds, not
for how hard the request is (uplift: Radcliffe and Surry 1999): the best chance less ``trade`` times the cost.

Learned rules do not transfer between kinds of work, so nothing comes trained: each role learns from its own
record.  One pass over a few hundred calls leaves much to the order they come in, so ten models of success
learn in orders of their own, each without every tenth call, and their log odds are averaged (bagging:
Breiman 1996).  The one that did not see a call judges it as it would judge a new one, so promises can be
worked out from the very models that decide (cross-validation+: Barber et al. 2021).  Learning is incremental,
a decision is pure, and equal examples in equal order give equal decisions.
"""

from __future__ import annotations

import bisect
import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

from workbench.routing.answer_gate import AnswerGate
from workbench.routing.features import Features, text_features
from workbench.routing.success import Labelled, SuccessModel, added, logistic

ENOUGH = 200
"""Labelled calls below which nothing learnt is used."""

MEMBERS = 10
"""Models of success whose odds are averaged; each leaves out one call in so many."""

USUAL_LENGTH = 1000
"""Characters above which a request is long, until some were seen."""
FEWEST_LENGTHS = 20


@dataclass(frozen=True, slots=True)
class Example:
    """One recorded request: how right each model was that answered it (0 to 1), by model.

    ``answers`` holds answer texts where they are known; ``step`` the recipe step that asked.
    """

    text: str
    right: Mapping[str, float]
    step: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


class Router:
    """Chooses among models of known cost; learns from examples.

    ``costs`` gives each model's cost of a usual call, in any one unit.  Models of equal cost keep their
    order.
    """

    def __init__(self, costs: Mapping[str, float], seed: int = 1) -> None:
        self.costs = dict(sorted(costs.items(), key=lambda item: item[1]))
        self.models = tuple(self.costs)
        self._dearest = max(self.costs.values(), default=0.0) or 1.0
        self._seed = seed
        self._members = [SuccessModel(self.models, seed + number) for number in range(MEMBERS)]
        self._means: dict[str, array[float]] = {}
        """Averaged weights by model; empty while single examples are learnt."""
        self._tables: dict[tuple[str, str], float] = {}
        self._known: list[Labelled] = []
        self._gates: dict[str, AnswerGate] = {}
        self._lengths: list[int] = []
        self.unlearnt: Mapping[str, str] = {}
        """Candidates that the record says too little of, and why: they are not among its models."""
        self.trade: float | None = None
        """How much of a chance the dearest cost is worth, where a promise of quality was worked out."""

    @property
    def evidence(self) -> int:
        """How many labelled calls it has learnt from."""
        return len(self._known)

    @property
    def has_evidence(self) -> bool:
        """Whether that is enough to decide by."""
        return self.evidence >= ENOUGH

    def learn(self, example: Example) -> None:
        """Learn from one recorded request."""
        self._read(example)
        labelled = self._labelled(example)
        if labelled is not None:
            self._forget_means()
            left_out = len(self._known) % MEMBERS
            self._known.append(labelled)
            for number, member in enumerate(self._members):
                if number != left_out:
                    member.learn(labelled)

    def learn_all(self, examples: Sequence[Example]) -> None:
        """Learn from many at once, in drawn orders that are always the same: records are sorted by kind."""
        order = list(range(len(examples)))
        random.Random(len(order)).shuffle(order)
        for at in order:
            self._read(examples[at])
        labelled = [each for each in map(self._labelled, examples) if each is not None]
        before = len(self._known)
        self._known += labelled
        for number, member in enumerate(self._members):
            member.learn_all(
                [each for at, each in enumerate(labelled, start=before) if at % MEMBERS != number]
            )
        self._take_means()

    def _read(self, example: Example) -> None:
        """Learn how long requests are, and how good the answers to this one were."""
        bisect.insort(self._lengths, len(example.text))
        for model, answer in example.answers.items():
            if model in example.right:
                gate = self._gates.setdefault(model, AnswerGate(self._seed))
                gate.learn(example.text, answer, example.right[model], example.step)

    def _labelled(self, example: Example) -> Labelled | None:
        """An example as the models of success learn it; None when it says nothing of any model."""
        right = {model: value for model, value in example.right.items() if model in self.costs}
        return Labelled(text_features(example.text), example.step, right) if right else None

    def decided(self) -> list[dict[str, float]]:
        """For every labelled call, in order, the chances that it decides by now."""
        return [self._chances(each.features, each.step) for each in self._known]

    def left_out(self) -> list[tuple[Mapping[str, float], dict[str, float]]]:
        """For every labelled call, in order: how right each model was, and the chances given without it."""
        found = []
        for number, each in enumerate(self._known):
            odds = self._members[number % MEMBERS].odds(each.features, each.step)
            found.append((each.right, {model: logistic(value) for model, value in odds.items()}))
        return found

    def chances(self, text: str, step: str = "") -> dict[str, float]:
        """Each model's chance to be right on a request."""
        return self._chances(text_features(text), step)

    def _chances(self, features: Features, step: str) -> dict[str, float]:
        if self._means:
            return {
                model: logistic(self._table_odds(model, step) + added(self._means[model], features))
                for model in self.models
            }
        odds = [member.odds(features, step) for member in self._members]
        return {model: logistic(sum([each[model] for each in odds]) / len(odds)) for model in self.models}

    def table_chances(self, step: str = "") -> dict[str, float]:
        """The same by the table of the steps alone."""
        return {model: logistic(self._table_odds(model, step)) for model in self.models}

    def _table_odds(self, model: str, step: str) -> float:
        known = self._tables.get((model, step))
        if known is None:
            odds = [member.table_odds(model, step) for member in self._members]
            known = self._tables[model, step] = sum(odds) / len(odds)
        return known

    def _forget_means(self) -> None:
        self._means, self._tables = {}, {}

    def _take_means(self) -> None:
        """Average the members' weights: what they say is linear in them, so one sum says it for all."""
        self._forget_means()
        shared = _mean([member.shared.weights for member in self._members])
        for model in self.models:
            own = _mean([member.own[model].weights for member in self._members])
            self._means[model] = array("d", map(add, shared, own))

    def answer_chance(self, model: str, text: str, answer: str, step: str = "") -> float:
        """The chance that an answer which a model gave is right; by the request alone without evidence."""
        if not self.has_read(model):
            return self.chances(text, step)[model]
        return self._gates[model].chance(text, answer, step)

    def choose(self, text: str, step: str = "", trade: float = 0.0) -> str:
        """The model worth most: its chance to be right less ``trade`` times its share of the dearest cost."""
        if not self.has_evidence:
            return self.by_length(text)
        return self.best(self.chances(text, step), trade)

    def best(self, chances: Mapping[str, float], trade: float) -> str:
        """The model worth most by these chances; of equals the cheapest."""
        return max(self.models, key=lambda model: chances[model] - trade * self.costs[model] / self._dearest)

    def worth(self, chances: Mapping[str, float]) -> dict[str, float]:
        """What each model is worth by the promise; empty without one."""
        if self.trade is None:
            return {}
        return {
            model: chances[model] - self.trade * self.costs[model] / self._dearest for model in self.models
        }

    def has_read(self, model: str) -> bool:
        """Whether enough answers of a model are known to say how likely another one is right."""
        return model in self._gates and self._gates[model].calls >= ENOUGH

    def cheapest_at_least(self, text: str, step: str, least: float) -> str | None:
        """The cheapest model whose chance is at least ``least``; None when none has it."""
        chances = self.chances(text, step)
        return next((model for model in self.models if chances[model] >= least), None)

    def escalates(self, text: str, answer: str, step: str = "", trade: float = 0.0) -> str | None:
        """The dearer model worth asking after the cheapest gave ``answer``; None when it is good enough."""
        cheap = self.models[0]
        given = self.answer_chance(cheap, text, answer, step)
        chances = {**self.chances(text, step), cheap: given + trade * self.costs[cheap] / self._dearest}
        best = self.best(chances, trade)
        return None if best == cheap else best

    def by_length(self, text: str) -> str:
        """The rule for the cold start: the longer half of the requests goes to the dearest model."""
        return self.models[-1] if self.is_long(text) else self.models[0]

    def is_long(self, text: str) -> bool:
        """Whether a request is longer than half of those it has seen."""
        seen = self._lengths
        return len(text) > (seen[len(seen) // 2] if len(seen) >= FEWEST_LENGTHS else USUAL_LENGTH)


def _mean(weights: Sequence[array[float]]) -> list[float]:
    return [sum(each) / len(each) for each in zip(*weights, strict=True)]
