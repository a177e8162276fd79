"""What the record says a step costs and takes, and what that lets one expect of its next call."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallFigures
from workbench.usage import PER_MILLION, Price

USUAL_SPREAD = 0.8
"""How far apart (sigma of the logarithm) answers of one step usually are, before its own are known."""
USUAL_WEIGHT = 3
"""How many past figures the usual spread counts as."""
STRANGER = 0.6
"""How far (sigma of the logarithm) answers of another model, or to another step, may be off as a whole."""
USUAL_ANSWER = 150.0
"""Tokens of an answer where nothing is known at all."""
USUAL_TOKEN = 4.0
"""Characters of a token where nothing is known at all."""
OUTSIDE = 0.025
"""Share of figures expected below the interval, and above it."""

_NORMAL = NormalDist()
_INSTANCE = re.compile(r"\[\d+\]|#\d+")


def place(path: str) -> str:
    """Where in the recipe a step instance stands: ``checks/tone`` of ``checks[2]/tone#1``."""
    return _INSTANCE.sub("", path)


ENOUGH_FOR_P95 = 20
"""Past calls from which on their 95th percentile says something."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure should spread: median, 90th percentile, and an interval that nearly all fall in.

    ``count`` says from how many past figures this is known.
    """

    p50: float
    p90: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure to come: a part that is known, and a log-normal rest learnt from ``count`` past figures."""

    known: float = 0.0
    median: float = 0.0
    sigma: float = 0.0
    count: int = 0
    bias: float = 0.0
    """How far the past figures as a whole may be off, since they are of another step or model."""
    most: float = math.inf
    """What the rest cannot exceed."""

    def value(self, own: float, shared: float) -> float:
        """One possible figure.  Both are standard normal; ``shared`` is the error of the median itself."""
        if not self.median:
            return self.known
        rest = self.median * math.exp(self.sigma * own + self.error * shared)
        return self.known + min(rest, self.most)

    def within(self, most: float) -> Expectation:
        """The same with a rest that cannot exceed ``most``."""
        return replace(self, median=min(self.median, most), most=most)

    @property
    def error(self) -> float:
        """How far the median itself may be off."""
        return math.hypot(self.sigma / math.sqrt(max(self.count, 1)), self.bias)

    @property
    def spread(self) -> Spread:
        """The figure's spread, the error of the median counted in."""
        wide = math.hypot(self.sigma, self.error)

        def at(share: float) -> float:
            return self.known + min(self.median * math.exp(wide * _NORMAL.inv_cdf(share)), self.most)

        return Spread(at(0.5), at(0.9), at(OUTSIDE), at(1 - OUTSIDE), self.count)

    def times(self, number: float) -> Expectation:
        """The same figure ``number`` times over."""
        most = self.most * number if number else 0.0
        return replace(self, known=self.known * number, median=self.median * number, most=most)


NOTHING = Expectation()


def expectation(figures: Sequence[float], known: float = 0.0, *, familiar: bool = True) -> Expectation:
    """What past figures let one expect; free ones among others that cost say nothing.

    ``familiar`` says that they are of the same step and model.
    """
    logs = [math.log(each) for each in figures if each > 0]
    if not logs:
        return Expectation(known, count=len(figures))
    mean = sum(logs) / len(logs)
    apart = sum((each - mean) ** 2 for each in logs)
    variance = (USUAL_WEIGHT * USUAL_SPREAD**2 + apart) / (USUAL_WEIGHT + len(logs) - 1)
    return Expectation(known, math.exp(mean), math.sqrt(variance), len(logs), 0.0 if familiar else STRANGER)


class History:
    """Past figures, by place in the recipe and model."""

    def __init__(self, figures: Iterable[CallFigures]) -> None:
        self._by_step: dict[tuple[str, str], list[CallFigures]] = {}
        self._all = list(figures)
        self._times: dict[tuple[str, str], Spread | None] = {}
        for each in self._all:
            at = of_gate(place(each.path), each.gate) if each.gate else place(each.path)
            for key in ((at, each.target), (at, ""), ("", each.target)):
                self._by_step.setdefault(key, []).append(each)

    def cost(
        self,
        path: str,
        target: str,
        price: Price | None,
        characters: int | None = None,
        token: float = 0.0,
        most: float = math.inf,
    ) -> Expectation | None:
        """Nano-dollars of a step instance, for a prompt of so many characters; None when nothing is known.

        ``token`` is the length of a token in characters, where that is known, and ``most`` what the answer
        cannot exceed.
        """
        if price is not None and price.is_free:
            return NOTHING
        known, familiar = self._of(path, target)
        if price is None:
            costs = [float(each.cost_nano) for each in known if each.cost_nano is not None]
            return expectation(costs, familiar=familiar) if costs else None
        if characters is None:
            all_costs = [cost for each in known if (cost := _cost_at(each, price)) is not None]
            if all_costs:
                return expectation(all_costs, familiar=familiar)
            return expectation([_usual_answer(price)], familiar=False).within(most)
        asked = characters / (token or USUAL_TOKEN) * price.input / PER_MILLION
        rounds = sum(each.calls for each in known) / len(known) if known else 1.0
        answers = [_answer(each, price) for each in known if each.tokens_out is not None]
        found = expectation(answers or [_usual_answer(price)], asked * rounds, familiar=familiar)
        return found.within(most)

    def tokens(self, path: str, target: str) -> Expectation | None:
        """Tokens of a step instance with a model, request and answer; None when nothing is known."""
        known, familiar = self._of(path, target)
        figures = [
            float(each.tokens_in + each.tokens_out)
            for each in known
            if each.tokens_in is not None and each.tokens_out is not None
        ]
        return expectation(figures, familiar=familiar) if figures else None

    def time(self, path: str, target: str) -> Spread | None:
        """Seconds of a step instance with a model; None when neither did it nor anything like it."""
        key = (place(path), target)
        if key not in self._times:
            known = self._by_step.get(key) or self._by_step.get(("", target), [])
            figures = [each.seconds for each in known]
            self._times[key] = expectation(figures).spread if figures else None
        return self._times[key]

    def slow(self, path: str, target: str) -> float | None:
        """Seconds that only one in twenty calls of a step with a model took longer; None without enough."""
        known = self._by_step.get((place(path), target)) or self._by_step.get(("", target), [])
        seconds = sorted(each.seconds for each in known)
        return seconds[int(len(seconds) * 0.95)] if len(seconds) >= ENOUGH_FOR_P95 else None

    def whole_cost(
        self,
        path: str,
        target: str,
        price_of: Callable[[str], Price | None],
        items: int = 1,
        most: float = math.inf,
    ) -> Expectation | None:
        """Nano-dollars of all instances at a place together, within one instance of what holds them.

        ``target`` is the model to ask; empty where that is unknown, and each is as it was.  Without a past,
        there are ``items`` of them, whose answers cannot exceed ``most``.
        """
        wholes: dict[tuple[int, str], list[float | None]] = {}
        for each in self._by_step.get((place(path), ""), ()):
            price = price_of(target or each.target) if each.kind == "model" else None
            wholes.setdefault((each.run, _holder(each.path)), []).append(_cost_at(each, price))
        totals = [_sum(costs) for costs in wholes.values()]
        known = [total for total in totals if total is not None]
        if known:
            familiar = not target or (place(path), target) in self._by_step
            return expectation(known, familiar=familiar)
        one = self.cost(path, target, price_of(target), most=most) if target else None
        return None if one is None else one.times(items)

    def _of(self, path: str, target: str) -> tuple[list[CallFigures], bool]:
        """Figures of this step with this model, which is familiar; else of the model, and of the step."""
        own = self._by_step.get((place(path), target))
        if own:
            return own, True
        return self._by_step.get(("", target), []) + self._by_step.get((place(path), ""), []), False


def of_gate(path: str, gate: str) -> str:
    """Where the calls of a step's gate stand in a history."""
    return f"{path}:{gate}"


def read_history(reader: Reader, recipe: str) -> History:
    """The figures of a recipe's latest runs."""
    return History(reader.figures(recipe))


def _cost_at(each: CallFigures, price: Price | None) -> float | None:
    """What past calls would cost at a price; what they did cost where tokens or price are unknown."""
    if price is None or each.tokens_in is None or each.tokens_out is None:
        return None if each.cost_nano is None else float(each.cost_nano)
    return (each.tokens_in * price.input + each.tokens_out * price.output) / PER_MILLION


def _answer(each: CallFigures, price: Price) -> float:
    return (each.tokens_out or 0) * price.output / PER_MILLION


def _usual_answer(price: Price) -> float:
    return USUAL_ANSWER * price.output / PER_MILLION


def _holder(path: str) -> str:
    """The instance that holds a step: ``checks[2]/`` of ``checks[2]/tone#1``."""
    return path.rpartition("/")[0]


def _sum(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
