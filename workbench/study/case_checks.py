"""Checks of a case that ask somebody: a judge, a function of the recipe's folder.

They are a run of their own, of a recipe made for it: what came out goes in, and the gates check it.  So they
are on record with what they cost, and are answered from the record where nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.events import Json
from workbench.gates.registry import ASKING
from workbench.ledger.opinions import Expected
from workbench.recipe.labels import label_flow
from workbench.recipe.load import examine_text
from workbench.recipe.model import Part
from workbench.recipe.recipe import Recipe
from workbench.recipe.tests_file import Expectation
from workbench.study.cases import recorded_run
from workbench.study.change import Change
from workbench.study.expected import text_at

if TYPE_CHECKING:
    from workbench.study.bench import Bench

STEP, CHECKED = "check", "checked"


def asks(expectation: Expectation) -> bool:
    """Whether some of its gates ask somebody."""
    return any(gate in ASKING for gate in expectation.gate.given())


async def expected_of_others(
    bench: Bench,
    recipe: Recipe,
    expectation: Expectation,
    inputs: Mapping[str, Json],
    found: Mapping[str, Json],
    *,
    live: bool,
) -> list[Expected]:
    """The verdicts of the gates that ask somebody; ``inputs`` are those of the case, defaults too."""
    made, problems = examine_text(json.dumps(_checking(recipe, expectation)), recipe.path)
    errors = [each for each in problems if each.severity == "error"]
    if made is None or errors:
        told = "; ".join(each.message for each in errors)
        return [Expected(expectation.target, gate, False, None, told) for gate in _asking(expectation)[:1]]
    given = {**inputs, _free(recipe): text_at(found, expectation.target)}
    recorded = "" if live else recorded_run(bench.reader, made.name, given, frozenset())
    if recorded:
        result = await bench.rerun(recorded, Change(recipe=made, inputs=given))
    else:
        result = await bench.run(made, given)
    rows = [each for each in bench.reader.gates(result.run) if each.path == STEP]
    verdicts = [Expected(expectation.target, row.gate, row.passed, row.score, row.reason) for row in rows]
    if not verdicts:
        told = f"it could not be checked: {result.error or result.status}"
        verdicts = [Expected(expectation.target, _asking(expectation)[0], False, None, told)]
    return verdicts


def _checking(recipe: Recipe, expectation: Expectation) -> dict[str, Json]:
    """A recipe that takes what the case gave and what came out, and checks that."""
    document, checked = recipe.document, _free(recipe)
    gates = {gate: _plain(spec) for gate, spec in expectation.gate.given().items() if gate in ASKING}
    inputs: dict[str, Json] = {name: _plain(each) for name, each in document.inputs.items()}
    inputs[checked] = {"type": "string", "labels": label_flow(recipe).labels}
    return {
        "schema": "workbench/v1",
        "name": f"{recipe.name}.{expectation.target}",
        "about": f"Checks {expectation.target} of a case of {recipe.name}.",
        "inputs": inputs,
        "models": {name: _plain(role) for name, role in document.models.items()},
        "steps": {STEP: {"set": {"text": f"{{{{ {checked} }}}}"}, "gate": gates, "on_fail": "continue"}},
    }


def _asking(expectation: Expectation) -> list[str]:
    return [gate for gate in expectation.gate.given() if gate in ASKING]


def _free(recipe: Recipe) -> str:
    """A name that no input has."""
    name = CHECKED
    while name in recipe.document.inputs:
        name += "_"
    return name


def _plain(part: Any) -> Json:
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(part, Part) else part
