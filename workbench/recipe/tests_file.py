"""Reading ``tests.yaml``: cases of a recipe, and what each must come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import Problem, RecipeError
from workbench.events import Json
from workbench.recipe.durations import seconds
from workbench.recipe.inputs import read_input
from workbench.recipe.model import Gate, Rubric
from workbench.recipe.recipe import Recipe
from workbench.recipe.schema_rules import regex_problem
from workbench.recipe.shapes import ANY, TEXT, Shape, result_shape, walk
from workbench.recipe.source import Path as Place
from workbench.recipe.source import Source, read_bytes
from workbench.recipe.suggest import did_you_mean, did_you_mean_or_list, listing
from workbench.recipe.wording import Part, kind_of, problems_of

TESTS_NAME = "tests.yaml"
CASE_KEYS = ("name", "about", "inputs", "expect")
NOT_IN_DATA = {
    "rubric": "give the step a rubric gate, or a judge step, and expect its score",
    "python": "give the step a python gate",
}  # fmt: skip
"""Gates that ask somebody: cases of tests.yaml may, rows of a dataset may not; and what to do instead."""
ROOTS = ("outputs", "steps", "status", "cost", "seconds", "calls", "error")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing a case expects: the value at ``target`` must pass the gates."""

    target: str
    gate: Gate
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a run on ``inputs``, and what it must come to."""

    name: str
    inputs: Mapping[str, Json]
    expect: tuple[Expectation, ...]
    line: int
    about: str = ""


def read_tests(path: Path, recipe: Recipe) -> tuple[Case, ...]:
    """The cases of a tests.yaml; RecipeError lists every problem with its line and column."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RecipeError([Problem(f"the tests cannot be read: {reason}", str(path))]) from None
    reader = _Reader(read_bytes(content, str(path)), recipe, may_ask=True)
    cases = reader.cases()
    if reader.problems:
        raise RecipeError(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))
    return cases


def read_expectations(expect: Mapping[str, Json], recipe: Recipe) -> tuple[Expectation, ...]:
    """Expectations that come with data, as ``{"outputs.reply": {"contains": "refund"}}``; RecipeError."""
    reader = _Reader(read_bytes(json.dumps(expect).encode(), "expect"), recipe)
    found = reader.expectations((), expect)
    if reader.problems:
        raise RecipeError(reader.problems)
    return found


class _Reader:
    def __init__(self, source: Source, recipe: Recipe, *, may_ask: bool = False) -> None:
        self.source, self.recipe, self.may_ask = source, recipe, may_ask
        self.problems: list[Problem] = []

    def error(self, path: Place, message: str, *, key: bool = False, suggestion: str = "") -> None:
        self.problems.append(self.source.problem(path, message, key=key, suggestion=suggestion))

    def cases(self) -> tuple[Case, ...]:
        data = self.source.data
        if not isinstance(data, dict) or not isinstance(data.get("cases"), list):
            self.error(
                (), "tests are a list of cases", suggestion="cases: [{name: …, inputs: {…}, expect: {…}}]"
            )
            return ()
        for key in data:
            if key not in ("schema", "cases"):
                self.error((key,), f"unknown key {key}", key=True, suggestion=did_you_mean(key, ["cases"]))
        cases = [self.case(("cases", number), case) for number, case in enumerate(data["cases"])]
        names: dict[str, int] = {}
        for number, case in enumerate(cases):
            if case.name in names:
                self.error(("cases", number), f"the case {case.name} stands here twice")
            names[case.name] = number
        return tuple(cases)

    def case(self, path: Place, case: Any) -> Case:
        line = self.source.place(path).line
        fallback = f"case {int(path[-1]) + 1}"
        if not isinstance(case, dict):
            self.error(path, f"a case must be keys with values, not {kind_of(case)}")
            return Case(fallback, {}, (), line)
        for key in case:
            if key not in CASE_KEYS:
                hint = did_you_mean(key, CASE_KEYS) or f"what works here: {listing(CASE_KEYS)}"
                self.error((*path, key), f"unknown key {key} in a case", key=True, suggestion=hint)
        name = case.get("name", fallback)
        if not isinstance(name, str):
            self.error((*path, "name"), f"name must be a text, not {kind_of(name)}")
            name = fallback
        inputs = self.inputs((*path, "inputs"), case.get("inputs", {}))
        expect = self.expectations((*path, "expect"), case.get("expect"))
        return Case(name, inputs, expect, line, str(case.get("about", "")))

    def inputs(self, path: Place, given: Any) -> dict[str, Json]:
        if not isinstance(given, dict):
            self.error(path, f"inputs must be names with values, not {kind_of(given)}")
            return {}
        declared = self.recipe.document.inputs
        for name, value in given.items():
            if name not in declared:
                hint = did_you_mean_or_list(name, declared, "it takes none")
                self.error((*path, name), f"the recipe has no input {name}", key=True, suggestion=hint)
                continue
            try:
                read_input(declared[name], value)
            except ValueError as error:
                self.error((*path, name), f"the input {name} {error}")
        for name, spec in declared.items():
            if spec.required and name not in given:
                self.error(path, f"the input {name} is missing", key=True)
        return dict(given)

    def expectations(self, path: Place, expect: Any) -> tuple[Expectation, ...]:
        if not isinstance(expect, dict) or not expect:
            self.error(path, "a case must expect something", key=True,
                       suggestion="expect: {outputs.reply: {contains: refund}}")  # fmt: skip
            return ()
        found = []
        for target, spec in expect.items():
            self.target((*path, target), target)
            gate = self.gate((*path, target), spec)
            if gate is not None:
                found.append(Expectation(target, gate, self.source.key_place((*path, target)).line))
        return tuple(found)

    def target(self, path: Place, target: str) -> None:
        """The value that is expected must be one that a run leaves behind."""
        root, *rest = target.split(".")
        if root not in ROOTS:
            hint = did_you_mean(root, ROOTS) or f"what works: {listing(ROOTS)}"
            self.error(path, f"a run has no {root}", key=True, suggestion=hint)
            return
        steps = {name: result_shape(step) for name, step in self.recipe.document.steps.items()}
        shapes = {
            "outputs": Shape("object", dict.fromkeys(self.recipe.document.outputs, ANY)),
            "steps": Shape("object", steps),
        }
        walked = walk(shapes.get(root, TEXT), [int(part) if part.isdigit() else part for part in rest])
        if walked.missing is not None:
            part, known = rest[walked.missing], list(walked.holder.fields or {})
            whole = ".".join((root, *rest[: walked.missing]))
            hint = did_you_mean(part, known) or (f"it has: {listing(known)}" if known else "")
            self.error(path, f"{whole} has no {part}", key=True, suggestion=hint)

    def gate(self, path: Place, spec: Any) -> Gate | None:
        if not isinstance(spec, dict) or not spec:
            hint = "as {contains: refund} or {equals: 3}"
            self.error(
                path, f"what is expected must be gates, not {kind_of(spec)}", key=True, suggestion=hint
            )
            return None
        # Bounds may stand bare, as in cost: {at_most: 0.01}.
        bare = set(spec) <= {"at_least", "at_most"}
        written = {"score": spec} if bare else spec
        try:
            gate = Gate.model_validate_json(json.dumps(written), strict=True)
        except ValidationError as error:
            part = Part(spec, self.source, path, ("gate", "score") if bare else ("gate",))
            self.problems += [problem for _, problem in problems_of(error, part)]
            return None
        if gate.regex is not None and (wrong := regex_problem(gate.regex)):
            self.error((*path, "regex"), wrong)
        if not self.may_ask:
            for name in (name for name in NOT_IN_DATA if name in gate.given()):
                self.error((*path, name), f"{name} works in a case of tests.yaml, not in a dataset", key=True,
                           suggestion=NOT_IN_DATA[name])  # fmt: skip
        if gate.latency is not None:
            try:
                seconds(gate.latency.at_most)
            except ValueError as error:
                self.error((*path, "latency", "at_most"), str(error))
        if gate.python is not None:
            file = gate.python.call.partition(":")[0]
            if not (self.recipe.folder / file).is_file():
                self.error((*path, "python", "call"), f"{file} is not in the recipe's folder")
        if gate.rubric is not None:
            self.judge((*path, "rubric"), gate.rubric)
        if gate.similar is not None and gate.similar.model is not None:
            self.error((*path, "similar", "model"), "a case compares words, and asks no model",
                       suggestion="give the step such a gate, and expect its score")  # fmt: skip
        return gate

    def judge(self, path: Place, rubric: Rubric) -> None:
        """A judge must be a role of the recipe, or a model."""
        roles = self.recipe.document.models
        if rubric.model is None and len(roles) != 1:
            self.error(path, "which role judges?", suggestion=f"add model: one of {listing(tuple(roles))}")
        elif rubric.model is not None and rubric.model not in roles and "/" not in rubric.model:
            hint = did_you_mean_or_list(rubric.model, roles, "the recipe has none")
            self.error((*path, "model"), f"the recipe has no role {rubric.model}", suggestion=hint)
