"""Rules about gates and guards: they check something, and what they name is there."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.recipe.durations import seconds
from workbench.recipe.findings import Findings
from workbench.recipe.model import Bounds, Gate, Guard, Step, Tool
from workbench.recipe.schema_rules import Found, regex_problem, schema_problems
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean_or_list, listing
from workbench.recipe.tool_rules import check_arguments, check_tool

BOUNDED = ("length", "words", "score")
SENDS_NOTHING = frozenset({"set", "steps"})
OF_RESULTS = ("score", "cost")
"""Gates that look at a step's result, not at a text."""


def check_gates(findings: Findings, path: Path, step: Step, verb: str) -> None:
    """Check a step's gate and its guards."""
    if step.gate is not None:
        _gate(findings, (*path, "gate"), step.gate)
        for name in ("latency", *(("cost",) if verb == "set" else ())):
            if name in step.gate.given() and verb in SENDS_NOTHING:
                told = f"{name} is for steps that ask somebody; {verb} asks nobody"
                findings.error((*path, "gate", name), told, key=True, text=name)
    for number, guard in enumerate(step.guard):
        _guard(findings, (*path, "guard", number), guard, verb)


def _guard(findings: Findings, path: Path, guard: Guard, verb: str) -> None:
    _gate(findings, path, guard, "guard")
    given = guard.given()
    if "latency" in given:
        findings.error((*path, "latency"), "latency checks an answer, not what goes into a step", key=True,
                       text="latency", suggestion="put it under gate")  # fmt: skip
    if guard.in_ is not None or findings.is_broken((*path, "in")):
        return
    if verb in SENDS_NOTHING:
        findings.error(path, f"{verb} sends nothing that could be checked", key=True,
                       suggestion="add in: with the step or the input to check")  # fmt: skip
    for name in OF_RESULTS:
        if name in given:
            findings.error((*path, name), f"{name} needs a step to look at", key=True, text=name,
                           suggestion="add in: with its name")  # fmt: skip


def _gate(findings: Findings, path: Path, gate: Gate, key: str = "gate") -> None:
    given = gate.given()
    if not given and not findings.is_broken(path):
        findings.error(path, f"{key} is empty", key=True, suggestion=f"what works: {listing(gate_names())}")
    for name in BOUNDED:
        bounds = given.get(name)
        if isinstance(bounds, Bounds):
            check_bounds(findings, (*path, name), name, bounds)
    if gate.regex is not None and (wrong := regex_problem(gate.regex)):
        findings.error((*path, "regex"), wrong, text=gate.regex)
    if gate.schema_ is not None:
        check_schema(findings, (*path, "schema"), schema_problems(gate.schema_))
    if gate.latency is not None:
        try:
            seconds(gate.latency.at_most)
        except ValueError as error:
            findings.error((*path, "latency", "at_most"), str(error), text=str(gate.latency.at_most))
    if gate.rubric is not None:
        _judge(findings, (*path, "rubric"), gate.rubric.model)
    if gate.similar is not None and gate.similar.model is not None:
        _judge(findings, (*path, "similar"), gate.similar.model)
    if gate.python is not None:
        _python(findings, path, gate)


def _judge(findings: Findings, path: Path, model: str | None) -> None:
    """The judge is a role, or a model named outright; the only role where it is not named."""
    roles = findings.known.get("models", ())
    if model is None:
        if len(roles) != 1 and not findings.is_broken((*path, "model")):
            hint = f"add model: with one of {listing(roles)}" if roles else "name a role in models:"
            findings.error(path, "the rubric does not say which model judges", key=True, suggestion=hint)
    elif model not in roles and "/" not in model:
        hint = did_you_mean_or_list(model, roles, "the recipe has no models: section")
        findings.error((*path, "model"), f"there is no role {model}", text=model, suggestion=hint)


def _python(findings: Findings, path: Path, gate: Gate) -> None:
    assert gate.python is not None
    tool = Tool(python=gate.python.call)
    before = len(findings.problems)
    check_tool(findings, path, tool)
    if len(findings.problems) == before:
        check_arguments(findings, (*path, "python"), tool, {**gate.python.with_, "text": ""})
    if "text" in gate.python.with_:
        findings.error((*path, "python", "with", "text"), "text is what is checked", key=True, text="text",
                       suggestion="call it otherwise")  # fmt: skip


def check_bounds(findings: Findings, path: Path, name: str, bounds: Bounds) -> None:
    """Bounds must be given, and the right way round."""
    low, high = bounds.at_least, bounds.at_most
    if low is None and high is None and not findings.is_broken(path):
        findings.error(
            path, f"{name} has no bounds", key=True, text=name, suggestion="add at_least or at_most"
        )
    if low is not None and high is not None and low > high:
        findings.error((*path, "at_least"), f"at_least {low:g} is more than at_most {high:g}: nothing passes",
                       text=f"{low:g}")  # fmt: skip
    if name == "score" and any(bound is not None and not 0 <= bound <= 1 for bound in (low, high)):
        findings.error(path, "a score is between 0 and 1", key=True, text=name)


def gate_names() -> list[str]:
    """All gates of the language."""
    return [field.alias or name for name, field in Gate.model_fields.items()]


def check_schema(findings: Findings, path: Path, found: Iterator[Found]) -> None:
    """Note what is wrong with a schema."""
    for inner, message, suggestion in found:
        findings.error((*path, *inner), message, suggestion=suggestion)
