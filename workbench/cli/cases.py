"""Runs the cases of a recipe's tests.yaml and compares what came with what they expect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.events import Json

if TYPE_CHECKING:
    from workbench.ledger.reader import Reader
    from workbench.recipe.recipe import Recipe
    from workbench.recipe.tests_file import Case, Expectation
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
    misses = [miss for expectation in case.expect for miss in missed(expectation, found)]
    if result.status in ENDED_BADLY and not any(each.target.startswith("status") for each in case.expect):
        misses.insert(0, Miss("status", "", f"the run ended {result.status}: {result.error}", case.line))
    return CaseResult(
        recipe.document.name, case.name, result.run, result.status, row.seconds or 0.0, tuple(misses)
    )


def came_to(reader: Reader, run: str) -> dict[str, Json]:
    """All that a case may speak of: outputs, steps, status, cost, seconds, calls, error."""
    row = reader.run(run)
    return {
        "outputs": reader.outputs(run),
        "steps": reader.step_outputs(run),
        "status": row.status,
        "cost": row.cost_nano / 1e9 if row.cost_known else None,
        "seconds": row.seconds,
        "calls": row.calls,
        "error": row.error,
    }


def missed(expectation: Expectation, found: Mapping[str, Json]) -> list[Miss]:
    """The gates of one expectation that what was found does not pass."""
    from workbench.gates.registry import Subject, check

    value = value_at(found, expectation.target)
    subject = Subject(_text(value), None if isinstance(value, str) else value, _result(value), found)
    verdicts = [(gate, check(gate, spec, subject)) for gate, spec in expectation.gate.given().items()]
    nothing = f"there is no such value, the run is {found['status']}"
    return [
        Miss(expectation.target, gate, nothing if value is None else verdict.reason, expectation.line)
        for gate, verdict in verdicts
        if not verdict.passed
    ]


def value_at(found: Mapping[str, Json], target: str) -> Json:
    """The value that a dotted target means; None when there is none."""
    value: Json = found
    for part in target.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _result(value: Json) -> Mapping[str, Json]:
    """What gates over scores look into: a step's result, or the number itself."""
    return value if isinstance(value, Mapping) else {"score": value}
