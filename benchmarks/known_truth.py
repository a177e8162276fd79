"""Comparisons of real batches in which the truth is known: two variants on the simulator, over and over.

    python benchmarks/known_truth.py [--times 200] [--sizes 30,60,120]

Each repetition draws new rows, runs one batch of two variants on them through recipe, engine and record, and
compares them as ``workbench compare`` does.  The second variant passes a tenth less often, sends its text
twice, and is slower to begin; what each of that comes to in the mean is known exactly.  ``covers``: how often
the 95 % interval holds the truth.  ``alarms``: how often two equal variants get a verdict.  ``more cases``:
of the studies of two equal variants that do not decide about the pass rate against a margin, how many tell a
number, and how often it is within a factor of 1.5 of the one after which four in five decide.

The simulator is slow enough for the machine to wait for it; else it is the machine's own work that is timed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from workbench.batch.variants import Variant
from workbench.providers.profiles import PROFILES, Profile
from workbench.providers.simulated import estimate_tokens
from workbench.recipe.load import load
from workbench.study.batch_options import BatchOptions
from workbench.study.bench import Bench
from workbench.study.compare_many import Comparison, compare_many, subjects_of
from workbench.study.statistics import rate_difference
from workbench.study.verdicts import verdict

SPEED = 20
AT_ONCE = 8
SHIFT = 0.059
"""By how much more sure the second variant must be: it passes a tenth less often."""
MARGIN = 0.08
SPAN = 0.99 - 0.4
"""Of the simulator's confidence, which is even between 0.4 and 0.99."""
WORDS = (
    "refund",
    "card",
    "account",
    "transfer",
    "late",
    "fee",
    "lost",
    "phone",
    "pin",
    "change",
    "address",
    "help",
)
PROFILES_HERE = {
    "plain": Profile("no failures", (0.5, 0.9)),
    "slow": Profile("no failures, slower to begin", (1.0, 1.8)),
}
RECIPE = """
schema: workbench/v1
name: known
inputs: {text: string, hard: number}
models: {m: sim/plain}
steps:
  sort:
    classify: "{{ text }}"
    into: [one, other]
    gate: {expr: sort.confidence >= hard}
    on_fail: continue
  answer: {prompt: "{{ text }}", needs: sort}
outputs: {said: "{{ answer.text }}"}
"""


@dataclass
class Counts:
    """What came of the repetitions at one size."""

    times: int = 0
    covered: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    open: int = 0
    told: int = 0
    near: int = 0
    """Of those not decided against the margin, those that told a number, and within a factor of 1.5."""


def rows(lots: random.Random, cases: int) -> list[dict[str, object]]:
    """Cases of very different length, some harder than others."""
    return [
        {
            "text": " ".join(lots.choices(WORDS, k=1 + int(lots.lognormvariate(4.5, 0.8)))),
            "hard": round(lots.uniform(0.45, 0.85), 6),
        }
        for _ in range(cases)
    ]


def truths() -> dict[str, float]:
    """The true mean differences, second minus first."""
    lots = random.Random(0)
    lengths = [len(str(each["text"])) for each in rows(lots, 100_000)]
    tokens = sum(estimate_tokens("x" * (2 * each + 1)) - estimate_tokens("x" * each) for each in lengths)
    first, slow = (PROFILES_HERE[name].first_token for name in ("plain", "slow"))
    mean = math.exp((math.log(first[1] / first[0]) / 1.6448536) ** 2 / 2)
    price = PROFILES_HERE["plain"].price.input / 1e6 / 1e9
    return {
        "passed": -SHIFT / SPAN,
        "cost": price * tokens / len(lengths),
        "time": 2 * mean * (slow[0] - first[0]) / SPEED,
    }


def variant(name: str, seed: int, *, worse: bool) -> Variant:
    """The recipe on a seed of its own; the worse one differs in quality, cost and time."""
    model = f"sim/{'slow' if worse else 'plain'}?seed={seed}&speed={SPEED}"
    edits: dict[str, object] = {}
    if worse:
        edits["steps.sort.gate.expr"] = f"sort.confidence >= hard + {SHIFT}"
        edits["steps.answer.prompt"] = "{{ text }} {{ text }}"
    return Variant(name, {"m": model}, edits)


def opened(folder: Path) -> Bench:
    """A workbench with the recipe."""
    (folder / "recipe.yaml").write_text(RECIPE)
    return Bench.open(folder)


async def study(bench: Bench, lots: random.Random, cases: int, *, equal: bool) -> str:
    """One batch of two variants; its id."""
    data = bench.folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(lots, cases)))
    seed = lots.randrange(10**9)
    options = BatchOptions(
        variants=(variant("a", seed, worse=False), variant("b", seed + 1, worse=not equal))
    )
    result = await bench.batch(load(bench.folder / "recipe.yaml"), data, options, at_once=AT_ONCE)
    return result.row.id


def compared(bench: Bench, batch: str, margin: float = 0.0) -> Comparison:
    """As ``workbench compare BATCH --margin X``."""
    return compare_many(bench.ledger, subjects_of(bench.ledger, [batch]), margin)


async def repeat(cases: int, times: int, size_needed: int) -> Counts:
    """All repetitions at one size."""
    counts, lots, known = Counts(times), random.Random(cases), truths()
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            bench = opened(Path(folder))
            try:
                different = await study(bench, lots, cases, equal=False)
                for measure in compared(bench, different).measures:
                    contrast = measure.contrasts[1]
                    if measure.name in known and contrast is not None:
                        found = contrast.difference
                        counts.covered[measure.name] += found.low <= known[measure.name] <= found.high
                equal = await study(bench, lots, cases, equal=True)
                for measure in compared(bench, equal).measures:
                    contrast = measure.contrasts[1]
                    if measure.name in known and contrast is not None:
                        counts.alarms[measure.name] += contrast.verdict.word != "not decisive"
                passed = compared(bench, equal, MARGIN).measure("passed")
                told = passed.contrasts[1].verdict if passed and passed.contrasts[1] else None
                if told is not None and told.word == "not decisive":
                    counts.open += 1
                    if told.more_cases is not None:
                        counts.told += 1
                        counts.near += 1 / 1.5 <= told.more_cases / (size_needed - cases) <= 1.5
            finally:
                await bench.close()
    return counts


def needed_against_margin() -> int:
    """Cases at which four in five comparisons of two equal variants decide against the margin."""
    lots = random.Random(1)

    def decides(cases: int) -> bool:
        hard = [lots.uniform(0.45, 0.85) for _ in range(cases)]
        left, right = ([lots.uniform(0.4, 0.99) >= each for each in hard] for _ in range(2))
        return verdict(rate_difference(left, right), MARGIN).word != "not decisive"

    low, high = 8, 20_000
    while high > low * 1.02:
        middle = int(math.sqrt(low * high))
        often = sum(decides(middle) for _ in range(400)) / 400
        low, high = (middle, high) if often < 0.8 else (low, middle)
    return high


def main() -> None:
    """Repeat and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--sizes", default="30,60,120")
    given = parser.parse_args()
    PROFILES.update(PROFILES_HERE)  # type: ignore[attr-defined]
    needed = needed_against_margin()
    print(f"margin {MARGIN:g}: {needed} cases decide four times in five")
    for cases in map(int, given.sizes.split(",")):
        counts = asyncio.run(repeat(cases, given.times, needed))

        def share(found: Counter[str], times: int = counts.times) -> str:
            return ", ".join(f"{name} {found[name] / times:.1%}" for name in ("passed", "cost", "time"))

        print(f"{cases} cases: covers {share(counts.covered)}; alarms {share(counts.alarms)}", end="; ")
        print(f"more cases told in {counts.told} of {counts.open}, {counts.near} within 1.5", flush=True)


if __name__ == "__main__":
    main()
