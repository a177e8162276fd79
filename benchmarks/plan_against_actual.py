"""How true plans are: many varied reruns on simulated models, each planned first.

    python benchmarks/plan_against_actual.py [--reruns 500] [--seed 1]

A plan is exact when what it would reuse is reused, what it would call is called, and nothing else happens
where it said it knew.  Its cost is true when what was paid lies inside its interval.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent.parent))

from workbench.recipe.load import load
from workbench.study.bench import Bench
from workbench.study.change import Change
from workbench.study.outcome import Outcome, outcome
from workbench.study.plan import plan_again

SPEED = "speed=1000000"
MODELS = [f"sim/{name}?{SPEED}" for name in ("calm", "typical", "pricey", "slow-start")]
PADDING = "Think of the customer, of what they asked and of what was promised to them before. " * 3

CHAIN = """
inputs: {word: {type: string, default: bird}}
models: {m: MODEL}
steps:
  plan: {prompt: "Plan a letter about {{ word }}.", model: m}
  draft: {prompt: "Write it. {{ plan.text }}", model: m}
  check: {prompt: "Check it. {{ draft.text }}", model: m}
outputs: {said: "{{ check.text }}"}
"""
FAN = """
inputs: {word: {type: string, default: bird}}
models: {m: MODEL, n: "sim/calm?SPEED"}
steps:
  root: {prompt: "Say something of {{ word }}.", model: m}
LEAVES
  join: {prompt: "Join them: JOINED", model: m}
outputs: {said: "{{ join.text }}"}
"""
ITEMS = """
inputs: {items: {type: list, default: [a, b, c, d, e, f]}}
models: {m: MODEL}
steps:
  each_one:
    each: items
    steps:
      first: {prompt: "First {{ item }}.", model: m}
      second: {prompt: "Second, after {{ first.text }}", model: m}
  all: {prompt: "All of {{ each_one|map(attribute='second')|map(attribute='text')|join(' ') }}", model: m}
outputs: {said: "{{ all.text }}"}
"""
REVISE = """
inputs: {word: {type: string, default: bird}}
models: {m: MODEL}
steps:
  kind: {classify: "{{ word }}", into: [yes, no], model: m}
  draft:
    prompt: "Write of {{ word }} and {{ kind.label }}."
    model: m
    gate: {length: {at_most: 900}}
    on_fail: [revise, continue]
  better:
    repeat: {at_most: 3, until: "better.text|length > 500"}
    prompt: "More of {{ draft.text }}"
    model: m
outputs: {said: "{{ better.text }}"}
"""


def recipes() -> dict[str, str]:
    """The recipes by name, with a place for the model and the wording."""
    names = [f"leaf{number}" for number in range(12)]
    leaves = "\n".join(
        f'  {name}: {{prompt: "{name} of {{{{ root.text }}}}", model: {"mn"[place % 2]}}}'
        for place, name in enumerate(names)
    )
    joined = " ".join(f"{{{{ {name}.text }}}}" for name in names)
    fan = FAN.replace("LEAVES", leaves).replace("JOINED", joined)
    return {"chain": CHAIN, "fan": fan, "items": ITEMS, "revise": REVISE}


@dataclass
class Tally:
    """What many reruns showed."""

    exact: int = 0
    inside: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def numbered_runs(seed: int) -> Iterator[None]:
    """Names of runs that follow from the seed: the simulator draws by them."""
    names = (f"run{seed}x{number}" for number in range(10**9))
    with patch("workbench.study.starts.new_run_id", lambda: next(names)):
        yield


async def measure(folder: Path, reruns: int, seed: int) -> Tally:
    """Plan and make ``reruns`` reruns of four recipes, each changed at random."""
    chance = random.Random(seed)
    tally = Tally()
    bench = Bench.open(folder)
    with numbered_runs(seed):
        for name, text in recipes().items():
            path = folder / name / "recipe.yaml"
            path.parent.mkdir()
            body = text.replace("MODEL", f'"{chance.choice(MODELS)}"').replace("SPEED", SPEED)
            path.write_text(f"schema: workbench/v1\nname: {name}\n{body}")
            for _ in range(2):
                await bench.run(load(path), {})
            for _ in range(reruns // len(recipes()) + (name == "chain") * (reruns % len(recipes()))):
                await _one(bench, name, load(path).document.steps, chance, tally)
    await bench.close()
    return tally


async def _one(
    bench: Bench, name: str, steps: Mapping[str, Any], chance: random.Random, tally: Tally
) -> None:
    whole = [row for row in bench.reader.runs(500) if row.recipe == name and row.status == "done"]
    reference = chance.choice(whole[:6]).id
    change = _change(chance, name, list(steps))
    began = time.perf_counter()
    plan = await plan_again(bench, reference, change)
    tally.seconds += time.perf_counter() - began
    result = await bench.rerun(reference, change)
    found = outcome(bench.reader, plan, result.run)
    tally.outcomes.append(found)
    if result.status != "done":  # what a failure leaves undone was planned all the same
        found = outcome(bench.reader, plan, result.run, ended=False)
    tally.exact += not found.unplanned
    tally.inside += found.inside
    tally.faults += [f"{name} {result.run}: {fault}" for fault in found.unplanned]


def _change(chance: random.Random, name: str, steps: list[str]) -> Change:
    """Another wording, another model, another input: or two of them."""
    edits: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    models: dict[str, str] = {}
    for what in chance.sample(("wording", "model", "input", "nothing"), chance.choice((1, 1, 2))):
        if what == "wording" and name != "items":
            step = chance.choice([each for each in steps if each != "kind"])
            more = PADDING * chance.choice((0, 1, 3))
            edits[f"steps.{step}.prompt"] = f"Do {step} once more, {chance.random():.3f}. {more}"
        elif what == "model":
            models["m"] = chance.choice(MODELS)
        elif what == "input" and name == "items":
            inputs["items"] = chance.sample("abcdefghijk", chance.choice((3, 6, 9)))
        elif what == "input":
            inputs["word"] = chance.choice(("bird", "house", PADDING, "a letter"))
    return Change(inputs=inputs, models=models, edits=edits)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reruns", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = asyncio.run(measure(Path(folder), given.reruns, given.seed))
    wide = sorted(
        (each.most_nano or 0) / each.cost_nano for each in tally.outcomes if each.cost_nano and each.most_nano
    )
    print(f"{given.reruns} reruns: reuse exact in {tally.exact}, cost inside the interval in {tally.inside}")
    print(f"the most planned was {wide[len(wide) // 2]:.2f} times what was paid (median of {len(wide)})")
    print(f"{tally.seconds / given.reruns * 1000:.1f} ms a plan")
    print("\n".join(tally.faults[:20]))


if __name__ == "__main__":
    main()
