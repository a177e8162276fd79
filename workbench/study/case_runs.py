"""Runs the cases of a recipe's tests.yaml and compares what came with what they expect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.events import Json
from workbench.study.expected import came_to, expected

if TYPE_CHECKING:
    from workbench.recipe.recipe import Recipe
    from workbench.recipe.tests_file import Case
    from workbench.study.bench import Bench

ENDED_BADLY = ("failed", "crashed", "cancelled", "over_budget")


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that came out otherwise than expected."""

    target: str
    gate: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went."""

    recipe: str
    case: str
    run: str
    status: str
    seconds: float
    misses: tuple[Miss, ...] = ()
    from_record: bool = False
    """An earlier run on the same inputs answered what it asked already."""
    repeats: int = 1
    passes: int = 0
    """Of several repeats, how many came as expected."""
    differing: tuple[str, ...] = ()
    """The outputs that did not come the same in all repeats, whether expected or not."""

    @property
    def flaky(self) -> bool:
        """True when it came as expected only sometimes."""
        return 0 < self.passes < self.repeats

    @property
    def passed(self) -> bool:
        """True when all came as expected."""
        return not self.misses


async def run_case(
    bench: Bench, recipe: Recipe, case: Case, *, live: bool = True, repeats: int = 1
) -> CaseResult:
    """Run one case, and check what it came to; several repeats are all live, the first miss is shown."""
    results = [await _once(bench, recipe, case, live or repeats > 1) for _ in range(repeats)]
    shown = next((result for result in results if not result.passed), results[0])
    passes = sum(result.passed for result in results)
    outputs = [bench.reader.outputs(result.run) for result in results]
    return replace(shown, repeats=repeats, passes=passes, differing=differing(outputs))


def differing(outputs: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    """The names of outputs that are not the same in all of several runs."""
    names = dict.fromkeys(name for each in outputs for name in each)
    spelled = {name: {json.dumps(each.get(name), sort_keys=True) for each in outputs} for name in names}
    return tuple(name for name, values in spelled.items() if len(values) > 1)


async def _once(bench: Bench, recipe: Recipe, case: Case, live: bool) -> CaseResult:
    from workbench.recipe.inputs import read_inputs
    from workbench.study.case_checks import asks, expected_of_others
    from workbench.study.cases import recorded_run
    from workbench.study.change import Change

    expects = frozenset(
        "seconds" if expectation.gate.latency is not None else expectation.target.split(".")[0]
        for expectation in case.expect
    )
    inputs = read_inputs(recipe, case.inputs)
    recorded = "" if live else recorded_run(bench.reader, recipe.name, inputs, expects)
    if recorded:
        result = await bench.rerun(recorded, Change(recipe=recipe, inputs=inputs))
    else:
        result = await bench.attempt(recipe, case.inputs)
    row = bench.reader.run(result.run)
    found = came_to(bench.reader, result.run)
    misses = []
    for expectation in case.expect:
        verdicts = expected(expectation, found)
        if asks(expectation) and all(each.passed for each in verdicts):
            verdicts += await expected_of_others(bench, recipe, expectation, inputs, found, live=live)
        misses += [
            Miss(each.target, each.gate, each.reason, expectation.line)
            for each in verdicts
            if not each.passed
        ]
    if result.status in ENDED_BADLY and not any(each.target.startswith("status") for each in case.expect):
        misses.insert(0, Miss("status", "", f"the run ended {result.status}: {result.error}", case.line))
    return CaseResult(
        recipe.name, case.name, result.run, result.status, row.seconds or 0.0, tuple(misses), bool(recorded)
    )
