"""How far the statistics of comparisons can be trusted: simulations in which the truth is known.

    python benchmarks/intervals.py [--times 2000]

``covers``: how often the 95 % interval holds the truth.  ``alarms``: how often two equal variants get a
verdict.  ``more cases``: of studies of a tenth, a quarter, and a half of the cases that decide four times in
five (``true``), those that do not decide: how many tell a number, how often that is within a factor of 1.5 of
what is missing, and how often the range told holds it.  A number is told only against a margin.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

from workbench.study.statistics import Difference, paired_difference, rate_difference
from workbench.study.verdicts import verdict

Draw = Callable[[random.Random], float]
"""One difference of a case."""


def cost(lots: random.Random) -> float:
    """A variant a fifth dearer, over cases of very different size."""
    return lots.lognormvariate(0, 0.8) * (0.2 + lots.gauss(0, 0.1))


def rarely(lots: random.Random) -> float:
    """Most cases are the same; a few differ much."""
    return lots.expovariate(1) if lots.random() < 0.2 else 0.0


def repeats(lots: random.Random) -> float:
    """Shares passed of three repeats."""
    base = lots.betavariate(2, 2)
    return sum((lots.random() < base) - (lots.random() < 0.8 * base) for _ in range(3)) / 3


SHAPES: dict[str, tuple[Draw, float]] = {
    "normal": (lambda lots: lots.gauss(0.2, 1), 0.2),
    "skew 1.4": (lambda lots: lots.gammavariate(2, 0.3), 0.6),
    "skew 2": (lambda lots: lots.expovariate(1), 1.0),
    "skew 6": (lambda lots: lots.lognormvariate(0, 1), math.exp(0.5)),
    "cost": (cost, 0.2 * math.exp(0.32)),
    "rarely": (rarely, 0.2),
    "heavy tails": (lambda lots: lots.gauss(0, 1) / math.sqrt(lots.gammavariate(2, 0.5)), 0.0),
    "repeats": (repeats, 0.1),
}
SIZES = (10, 20, 50, 100, 400)
RATES = ((0.1, 0.1), (0.15, 0.05), (0.3, 0.1), (0.05, 0.02))
"""Shares of cases that only one of the two passes."""


def numbers(draw: Draw, lots: random.Random, cases: int) -> Difference:
    """A study of numbers."""
    return paired_difference([0.0] * cases, [draw(lots) for _ in range(cases)])


def passes(won: float, lost: float, lots: random.Random, cases: int) -> Difference:
    """A study of pass or fail."""
    drawn = [lots.random() for _ in range(cases)]
    return rate_difference(
        [each < 0.5 if each >= won + lost else each >= won for each in drawn],
        [each < 0.5 if each >= won + lost else each < won for each in drawn],
    )


def covers(study: Callable[[random.Random, int], Difference], truth: float, cases: int, times: int) -> float:
    """How often the interval holds the truth."""
    lots = random.Random(cases)
    found = (study(lots, cases) for _ in range(times))
    return sum(each.low <= truth <= each.high for each in found) / times


def alarms(study: Callable[[random.Random, int], Difference], cases: int, times: int) -> float:
    """How often a study gets a verdict."""
    lots = random.Random(cases)
    return sum(verdict(study(lots, cases)).word != "not decisive" for _ in range(times)) / times


def true_size(study: Callable[[random.Random, int], Difference], margin: float, times: int) -> int:
    """Cases at which four in five studies decide."""
    lots = random.Random(1)
    low, high = 8, 20_000
    while high > low * 1.02:
        middle = int(math.sqrt(low * high))
        tried = max(100, min(times, 2_000_000 // middle))
        decided = sum(verdict(study(lots, middle), margin).word != "not decisive" for _ in range(tried))
        low, high = (middle, high) if decided / tried < 0.8 else (low, middle)
    return high


@dataclass
class Told:
    """What the studies that did not decide told."""

    open: int = 0
    numbers: int = 0
    near: int = 0
    held: int = 0
    least: int = 0

    def add(self, other: Told) -> None:
        """Count more studies."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def text(self) -> str:
        """In shares."""
        right = f", {self.near / self.numbers:.0%} within 1.5" if self.numbers else ""
        ranges = f"range {self.held / self.open:.0%}, at least {self.least / self.open:.0%}"
        return f"{self.numbers / self.open:.0%} tell a number{right}; {ranges}"


def more_cases(
    study: Callable[[random.Random, int], Difference], margin: float, true: int, share: float, times: int
) -> Told:
    """How well studies of a share of the true size tell what is missing."""
    lots, found = random.Random(2), Told()
    cases = max(8, round(true * share))
    missing = true - cases
    for _ in range(times):
        said = verdict(study(lots, cases), margin)
        if said.word == "not decisive":
            most = math.inf if said.at_most is None else said.at_most
            found.open += 1
            found.least += 0 < said.at_least <= missing
            found.held += 0 < said.at_least <= missing <= most
            found.numbers += said.more_cases is not None
            found.near += missing / 1.5 <= (said.more_cases or 0) <= missing * 1.5
    return found


def table(rows: Sequence[tuple[str, Sequence[float]]]) -> None:
    """Print shares."""
    print(" " * 12 + "".join(f"{size:>8}" for size in SIZES))
    for name, shares in rows:
        print(f"{name:12}" + "".join(f"{100 * each:7.1f}%" for each in shares), flush=True)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=2000)
    times = parser.parse_args().times
    studies = {
        name: (lambda lots, cases, draw=draw: numbers(draw, lots, cases), truth)
        for name, (draw, truth) in SHAPES.items()
    }
    rates = {
        f"{won:g} / {lost:g}": (lambda lots, cases, w=won, s=lost: passes(w, s, lots, cases), won - lost)
        for won, lost in RATES
    }
    print("covers")
    table(
        [
            (name, [covers(study, truth, size, times) for size in SIZES])
            for name, (study, truth) in {**studies, **rates}.items()
        ]
    )
    print("alarms")
    equal = {
        name: (lambda lots, cases, draw=draw, truth=truth: numbers(lambda r: draw(r) - truth, lots, cases))
        for name, (draw, truth) in SHAPES.items()
    }
    equal["0.1 / 0.1"] = rates["0.1 / 0.1"][0]
    table([(name, [alarms(study, size, times) for size in SIZES]) for name, study in equal.items()])
    print("more cases")
    whole = Told()
    for name, study, margin in (
        ("normal", studies["normal"][0], 0.0),
        ("skew 6", lambda lots, cases: numbers(lambda r: r.lognormvariate(0, 1) - 1.3, lots, cases), 0.0),
        ("0.15 / 0.05", rates["0.15 / 0.05"][0], 0.0),
        *against_margins(),
    ):
        true = true_size(study, margin, times)
        for share in (0.1, 0.25, 0.5):
            told = more_cases(study, margin, true, share, times)
            if not name.startswith("("):
                whole.add(told)
            print(f"{name}, true {true}, of {share:g}: {told.text}", flush=True)
    right = f"{whole.near / whole.numbers:.1%} within 1.5"
    print(f"numbers told where none or the margin is lost: {whole.numbers:,}, {right}")


def against_margins() -> Iterator[tuple[str, Callable[[random.Random, int], Difference], float]]:
    """Studies in which there is no loss, or one of just the margin; at the end those of neither."""
    for share, margin in ((0.06, 0.02), (0.2, 0.05), (0.2, 0.08), (0.4, 0.1)):
        for loss in (0.0, margin):
            won, lost = (share - loss) / 2, (share + loss) / 2
            kind = f"{won:g} / {lost:g}, margin {margin:g}"
            yield kind, lambda lots, cases, w=won, s=lost: passes(w, s, lots, cases), margin
    yield "repeats, margin 0.05", (lambda *given: numbers(lambda r: repeats(r) - 0.1, *given)), 0.05
    yield "(half the margin lost) 0.1 / 0.125, margin 0.05", (lambda *given: passes(0.1, 0.125, *given)), 0.05
    yield "(a gain) 0.15 / 0.05, margin 0.05", (lambda *given: passes(0.15, 0.05, *given)), 0.05


if __name__ == "__main__":
    main()
