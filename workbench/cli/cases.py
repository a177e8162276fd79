"""Runs the cases of a recipe's tests.yaml and compares what came with what they expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

    @property
    def passed(self) -> bool:
        """True when all came as expected."""
        return not self.misses


async def run_case(bench: Bench, recipe: Recipe, case: Case) -> CaseResult:
    """Run one case, and check what it came to."""
    result = await bench.run(recipe, case.inputs)
    row = bench.reader.run(result.run)
    found = came_to(bench.reader, result.run)
    misses = [
        Miss(each.target, each.gate, each.reason, expectation.line)
        for expectation in case.expect
        for each in expected(expectation, found)
        if not each.passed
    ]
    if result.status in ENDED_BADLY and not any(each.target.startswith("status") for each in case.expect):
        misses.insert(0, Miss("status", "", f"the run ended {result.status}: {result.error}", case.line))
    return CaseResult(
        recipe.document.name, case.name, result.run, result.status, row.seconds or 0.0, tuple(misses)
    )
