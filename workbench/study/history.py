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

    def value(self, own: float, shared: float) -> float:
        """One possible figure.  Both are standard normal; ``shared`` is the error of the median itself."""
        if not self.median:
            return self.known
        return self.known + self.median * math.exp(self.sigma * own + self.error * shared)

    @property
    def error(self) -> float:
        """How far the median itself may be off."""
        return self.sigma / math.sqrt(max(self.count, 1))

    @property
    def spread(self) -> Spread:
        """The figure's spread, the error of the median counted in."""
        wide = math.hypot(self.sigma, self.error)

        def at(share: float) -> float:
            return self.known + self.median * math.exp(wide * _NORMAL.inv_cdf(share))

        return Spread(at(0.5), at(0.9), at(OUTSIDE), at(1 - OUTSIDE), self.count)

    def times(self, number: float) -> Expectation:
        """The same figure ``number`` times over."""
        return replace(self, known=self.known * number, median=self.median * number)


NOTHING = Expectation()


def expectation(figures: Sequence[float], known: float = 0.0) -> Expectation:
    """What past figures let one expect; free ones among others that cost say nothing."""
    logs = [math.log(each) for each in figures if each > 0]
    if not logs:
        return Expectation(known, count=len(figures))
    mean = sum(logs) / len(logs)
    apart = sum((each - mean) ** 2 for each in logs)
    variance = (USUAL_WEIGHT * USUAL_SPREAD**2 + apart) / (USUAL_WEIGHT + len(logs) - 1)
    return Expectation(known, math.exp(mean), math.sqrt(variance), len(logs))


class History:
    """Past figures, by place in the recipe and model."""

    def __init__(self, figures: Iterable[CallFigures]) -> None:
        self._by_step: dict[tuple[str, str], list[CallFigures]] = {}
        self._all = list(figures)
        for each in self._all:
            for key in ((place(each.path), each.target), (place(each.path), ""), ("", each.target)):
                self._by_step.setdefault(key, []).append(each)

    def cost(
        self, path: str, target: str, price: Price | None, characters: int | None = None, token: float = 0.0
    ) -> Expectation | None:
        """Nano-dollars of a step instance, for a prompt of so many characters; None when nothing is known.

        ``token`` is the length of a token in characters, where that is known.
        """
        if price is not None and price.is_free:
            return NOTHING
        known = self._of(path, target)
        if price is None:
            costs = [float(each.cost_nano) for each in known if each.cost_nano is not None]
            return expectation(costs) if costs else None
        if characters is None:
            return _of_tokens(known, price)
        asked = characters / (token or USUAL_TOKEN) * price.input / PER_MILLION
        rounds = sum(each.calls for each in known) / len(known) if known else 1.0
        answers = [_answer(each, price) for each in known if each.tokens_out is not None]
        return expectation(answers or [_usual_answer(price)], asked * rounds)

    def time(self, path: str, target: str) -> Spread | None:
        """Seconds of a step instance with a model; None when neither did it nor anything like it."""
        known = self._by_step.get((place(path), target)) or self._by_step.get(("", target), [])
        figures = [each.seconds for each in known]
        return expectation(figures).spread if figures else None

    def whole_cost(
        self, path: str, target: str, price_of: Callable[[str], Price | None]
    ) -> Expectation | None:
        """Nano-dollars of all instances at a place together, within one instance of what holds them.

        ``target`` is the model to ask; empty where that is unknown, and each is as it was.
        """
        wholes: dict[tuple[int, str], list[float | None]] = {}
        for each in self._by_step.get((place(path), ""), ()):
            price = price_of(target or each.target) if each.kind == "model" else None
            wholes.setdefault((each.run, _holder(each.path)), []).append(_cost_at(each, price))
        totals = [_sum(costs) for costs in wholes.values()]
        known = [total for total in totals if total is not None]
        if known:
            return expectation(known)
        return self.cost(path, target, price_of(target)) if target else None

    def _of(self, path: str, target: str) -> list[CallFigures]:
        """Figures of this step with this model; else of the step with others, else of the model elsewhere."""
        keys = ((place(path), target), (place(path), ""), ("", target))
        return next((self._by_step[key] for key in keys if key in self._by_step), [])


def read_history(reader: Reader, recipe: str) -> History:
    """The figures of a recipe's latest runs."""
    return History(reader.figures(recipe))


def _of_tokens(known: Sequence[CallFigures], price: Price) -> Expectation:
    costs = [cost for each in known if (cost := _cost_at(each, price)) is not None]
    return expectation(costs or [_usual_answer(price)])


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
