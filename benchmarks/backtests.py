"""How often the intervals of a backtest hold what a full rerun comes to, on real models' recorded outcomes.

    python -m benchmarks.backtests [--times 60] [--calls 400] [--log split]

Each time some questions are drawn, and a log of them in which only some outcomes are known: by a ``split``,
by a ``shadow`` of the cheap model beside one in five, or by the ``rule`` that sends long ones to the dear.
Known to all: what either model alone and a cascade of both would have passed and cost on these questions.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from typing import Any

from benchmarks.routing import STRONG, WEAK, rows
from workbench.study.backtest import backtest
from workbench.study.imputing import Chain, PastCall

PRICES = {"weak": WEAK / 1e6, "strong": STRONG / 1e6}
BLIND = Chain(("weak", "strong"), frozenset({"weak"}))
POLICIES = {
    "weak": lambda call: Chain(("weak",)),
    "strong": lambda call: Chain(("strong",)),
    "cascade": lambda call: cascade(call),
}


def cascade(call: PastCall) -> Chain:
    """The weak model, and where its answer is bad, or may be, the strong one."""
    known = call.right.get("weak")
    if known is None:
        return BLIND
    return Chain(("weak",) if known else ("weak", "strong"), undrawn=BLIND)


def cost(row: dict[str, Any], model: str) -> float:
    """Dollars of a question."""
    return float(row["q_tokens"] + 1) * PRICES[model]


def truth(some: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """The share passed and the cost of a call of each policy."""
    alone = {
        model: (sum(row[model] for row in some), sum(cost(row, model) for row in some)) for model in PRICES
    }
    both = (
        sum(row["weak"] or row["strong"] for row in some),
        sum(cost(row, "weak") + (1 - row["weak"]) * cost(row, "strong") for row in some),
    )
    return {
        name: (right / len(some), paid / len(some))
        for name, (right, paid) in {**alone, "cascade": both}.items()
    }


def logged(some: list[dict[str, Any]], log: str, source: random.Random) -> list[PastCall]:
    """The questions as a log has them."""
    usual = sorted(len(row["question"]) for row in some)[len(some) // 2]
    made = []
    for number, row in enumerate(some):
        is_long = len(row["question"]) > usual
        kept, drawn = {
            "split": ([source.choice(("weak", "strong"))], {"weak": 0.5, "strong": 0.5}),
            "shadow": (["strong", *(["weak"] if source.random() < 0.2 else [])], {"weak": 0.2}),
            "rule": (["strong" if is_long == (source.random() < 0.9) else "weak"], {}),
        }[log]
        right, costs = {each: float(row[each]) for each in kept}, {each: cost(row, each) for each in kept}
        made.append(PastCall(f"#{number} {row['question']}", right, costs, propensity=drawn))
    return made


def main() -> None:
    """Count, and print how often."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--times", type=int, default=60)
    options.add_argument("--calls", type=int, default=400)
    options.add_argument("--log", choices=("split", "shadow", "rule"), default="split")
    given = options.parse_args()
    every, holds = rows(), Counter[str]()
    for seed in range(given.times):
        source = random.Random(seed)
        some = source.sample(every, given.calls)
        calls = logged(some, given.log, source)
        usual = {}
        for model in PRICES:
            known = [call.costs[model] for call in calls if model in call.costs]
            usual[model] = sum(known) / len(known)
        found = {row.name: row for row in backtest(calls, usual, POLICIES, 200).rows}
        for name, (right, paid) in truth(some).items():
            row = found[name]
            for what, measure, real in (
                ("passed", row.quality, right),
                ("doubly robust", row.robust, right),
                ("cost", row.cost, paid),
            ):
                if measure is not None:
                    holds[f"{name}: {what}"] += measure.low <= real <= measure.high
    for each, count in holds.items():
        print(f"{each:24} {count} of {given.times}")


if __name__ == "__main__":
    main()
