"""Rules about the parts of a step: one verb, keys that belong to it, things that exist, values that fit."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.recipe.budget_rules import check_step_budget
from workbench.recipe.durations import seconds
from workbench.recipe.findings import Findings
from workbench.recipe.gate_rules import check_gates, check_schema
from workbench.recipe.label_rules import check_declassify, labels_of
from workbench.recipe.model import MODEL_VERBS, VERBS, Instead, Step
from workbench.recipe.name_rules import Names, each_shape
from workbench.recipe.schema_rules import output_problems
from workbench.recipe.shapes import HIDDEN, WORDS
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean_or_list, listing
from workbench.recipe.tool_rules import check_arguments

BELONGS: Mapping[str, frozenset[str]] = {
    "system": frozenset({"prompt", "agent"}),
    "into": frozenset({"classify"}),
    "examples": frozenset({"classify", "retrieve"}),
    "rubric": frozenset({"judge"}),
    "from": frozenset({"retrieve"}),
    "top": frozenset({"retrieve"}),
    "with": frozenset({"tool", "recipe"}),
    "choices": frozenset({"human"}),
    "attach": frozenset({"prompt", "agent", "extract"}),
    "tools": frozenset({"prompt", "agent"}),
    "at_most": frozenset({"agent"}),
    "else": frozenset({"choose"}),
    "model": MODEL_VERBS | {"choose", "retrieve"},
    "output": frozenset({"prompt", "agent", "extract", "choose"}),
    "effects": frozenset({"tool", "agent", "choose"}),
    "timeout": frozenset(VERBS) - {"set"},
}
NOT_IN_BRANCH = ("if", "each", "as", "at_once", "repeat", "needs", "budget", "optional")
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")


def check_step(findings: Findings, path: Path, step: Step, names: Names, choosing: Step | None) -> None:
    """Check one step, without its texts and inner steps; ``choosing`` is the step whose branch it is."""
    given = _given(step)
    verbs: list[str] = [verb for verb in VERBS if getattr(step, verb) is not None]
    if len(verbs) != 1:
        _verb_problem(findings, path, given, verbs)
        return
    verb = verbs[0]
    for key in given:
        owners = BELONGS.get(key)
        if owners is not None and verb not in owners:
            wanted = " or ".join(sorted(owners))
            findings.error((*path, key), f"{key} belongs to {wanted}, not to {verb}", key=True, text=key)
    if choosing is not None:
        _branch(findings, path, given)
    _model(findings, path, step, verb, choosing)
    _verb_parts(findings, path, step, verb, choosing)
    _modifiers(findings, path, step, names)
    _failing(findings, path, step, verb, choosing)
    check_step_budget(findings, path, step, verb)
    if step.declassify:
        check_declassify(findings, path, step, verb, labels_of(findings))
    check_gates(findings, path, step, verb)


def _given(step: Step) -> list[str]:
    fields = type(step).model_fields
    return [fields[name].alias or name for name in fields if name in step.model_fields_set]


def _verb_problem(findings: Findings, path: Path, given: list[str], verbs: list[str]) -> None:
    if findings.is_broken(path):
        return
    empty = [key for key in given if key in VERBS]
    name = path[-1]
    if verbs:
        second = (*path, verbs[1])
        message = f"{name} has {len(verbs)} verbs: {listing(verbs)}"
        findings.error(second, message, key=True, text=verbs[1],
                       suggestion="a step does one thing; make two steps")  # fmt: skip
    elif empty:
        findings.error((*path, empty[0]), f"{empty[0]} is empty", key=True, text=empty[0])
    else:
        findings.error(path, f"{name} has no verb", key=True, text=str(name),
                       suggestion=f"one of: {', '.join(VERBS)}")  # fmt: skip


def _branch(findings: Findings, path: Path, given: list[str]) -> None:
    for key in NOT_IN_BRANCH:
        if key in given:
            hint = "put it on the step itself, or make the branch a group: steps"
            findings.error(
                (*path, key), f"{key} does not work in a branch", key=True, text=key, suggestion=hint
            )


def _model(findings: Findings, path: Path, step: Step, verb: str, choosing: Step | None) -> None:
    roles = findings.known.get("models", ())
    if step.model is not None:
        model = step.model
        if model not in roles and "/" not in model:
            hint = did_you_mean_or_list(model, roles, "the recipe has no models: section")
            findings.error((*path, "model"), f"there is no role {model}", text=model, suggestion=hint)
    elif verb in MODEL_VERBS and len(roles) != 1 and not (choosing is not None and choosing.model):
        if findings.is_broken((*path, "model")):
            return
        hint = (
            f"the roles are: {listing(roles)}"
            if roles
            else "name a role in models:, as writer: local/compose"
        )
        findings.error(
            path, f"{path[-1]} does not say which model", key=True, text=str(path[-1]), suggestion=hint
        )


def _verb_parts(findings: Findings, path: Path, step: Step, verb: str, choosing: Step | None) -> None:
    if step.examples is not None:
        _examples(findings, path, step.examples)
    if verb in _OF_VERB:
        _OF_VERB[verb](findings, path, step)
    elif verb == "retrieve" and step.from_ is None:
        if not findings.is_broken((*path, "from")):
            findings.error(
                path, f"{path[-1]} does not say what to search in", key=True, suggestion=_sources(findings)
            )
    elif verb == "extract" and step.output is None and not (choosing is not None and choosing.output):
        _no_output(findings, path)
    elif verb == "agent" and not step.tools and not findings.is_broken((*path, "tools")):
        findings.error(path, f"{path[-1]} has no tools to call", key=True,
                       suggestion="name them in tools:, or use prompt")  # fmt: skip
    if step.from_ is not None:
        _data(findings, (*path, "from"), step.from_)
    if step.output is not None:
        check_schema(findings, (*path, "output"), output_problems(step.output))
    _twins(findings, (*path, "choices"), step.choices)
    _twins(findings, (*path, "tools"), step.tools)
    tools = findings.known.get("tools", ())
    for number, name in enumerate(step.tools):
        if name not in tools:
            hint = did_you_mean_or_list(name, tools, "the recipe has no tools: section")
            findings.error((*path, "tools", number), f"there is no tool {name}", text=name, suggestion=hint)


def _classify(findings: Findings, path: Path, step: Step) -> None:
    if step.into is None and step.examples is None:
        if not findings.is_broken((*path, "into")) and not findings.is_broken((*path, "examples")):
            findings.error(path, f"{path[-1]} does not say into which labels", key=True,
                           suggestion="add into: with the labels, or examples:")  # fmt: skip
    elif step.into is not None and len(step.into) < 2:
        findings.error((*path, "into"), "classify needs at least two labels", key=True)
    if isinstance(step.into, tuple):
        _twins(findings, (*path, "into"), step.into)


def _choose(findings: Findings, path: Path, step: Step) -> None:
    if not step.choose:
        findings.error(
            (*path, "choose"), "choose has no branches", key=True, suggestion="each is a step with when:"
        )
    elif step.else_ is None:
        findings.warning(
            (*path, "choose"), f"{path[-1]} is skipped when no branch holds", suggestion="add else:"
        )


def _tool(findings: Findings, path: Path, step: Step) -> None:
    name = step.tool or ""
    tools = findings.known.get("tools", ())
    if name not in tools:
        hint = did_you_mean_or_list(name, tools, "the recipe has no tools: section")
        findings.error((*path, "tool"), f"there is no tool {name}", text=name, suggestion=hint)
        return
    tool = findings.recipe.document.tools.get(name)
    if tool is not None and not findings.is_broken((*path, "with")):
        check_arguments(findings, path, tool, step.with_)


def _no_output(findings: Findings, path: Path) -> None:
    if not findings.is_broken((*path, "output")):
        findings.error(path, f"{path[-1]} does not say what to extract", key=True,
                       suggestion="add output: with the fields and their types")  # fmt: skip


def _judge(findings: Findings, path: Path, step: Step) -> None:
    if step.rubric is None and not findings.is_broken((*path, "rubric")):
        findings.error(path, f"{path[-1]} does not say what to judge by", key=True,
                       suggestion="add rubric: with what a good text is like")  # fmt: skip


def _recipe(findings: Findings, path: Path, step: Step) -> None:
    """What goes into a recipe must be its inputs, and all that it needs."""
    part = findings.parts.get(step.recipe or "")
    if part is None:
        return
    declared = part.document.inputs
    for name in step.with_:
        if name not in declared:
            hint = did_you_mean_or_list(name, declared, "it takes none")
            findings.error((*path, "with", name), f"{part.name} has no input {name}", key=True, text=name,
                           suggestion=hint)  # fmt: skip
    for name, spec in declared.items():
        if spec.required and name not in step.with_:
            findings.error((*path, "recipe"), f"the input {name} of {part.name} is missing", key=True,
                           suggestion=f"add with: {{{name}: …}}")  # fmt: skip


_OF_VERB = {"recipe": _recipe, "classify": _classify, "tool": _tool, "judge": _judge, "choose": _choose}
"""Rules about the parts of one verb."""


def _data(findings: Findings, path: Path, name: str) -> bool:
    known = findings.known.get("data", ())
    if name in known:
        return True
    hint = did_you_mean_or_list(name, known, "the recipe has no data: section")
    findings.error(path, f"there is no data source {name}", text=name, suggestion=hint)
    return False


def _sources(findings: Findings) -> str:
    known = findings.known.get("data", ())
    return f"add from: with one of {listing(known)}" if known else "name a source in data:, and add from:"


def _examples(findings: Findings, path: Path, name: str) -> None:
    place = (*path, "examples")
    if not _data(findings, place, name):
        return
    data = findings.recipe.document.data.get(name)
    if data is not None and not str(data.file or "").lower().endswith(TABLES):
        findings.error(place, f"{name} is not a table of examples", text=name,
                       suggestion="examples are a CSV or JSONL file with text and label")  # fmt: skip


def _modifiers(findings: Findings, path: Path, step: Step, names: Names) -> None:
    if step.each is None:
        for key, field in (("as", "as_"), ("at_once", "at_once")):
            if field in step.model_fields_set:
                findings.error((*path, key), f"{key} does nothing without each", key=True, text=key)
    else:
        shape = each_shape(step, names)
        if shape.kind not in ("any", "list"):
            findings.error((*path, "each"), f"each goes over a list; {step.each} is {WORDS[shape.kind]}",
                           text=step.each)  # fmt: skip
        if names.get(step.as_, HIDDEN) is not HIDDEN:
            findings.error((*path, "as" if "as_" in step.model_fields_set else "each"),
                           f"the name {step.as_} of each item is taken", key=True, text=step.as_,
                           suggestion="give it another name with as:")  # fmt: skip
    if step.timeout is not None:
        try:
            seconds(step.timeout)
        except ValueError as error:
            findings.error((*path, "timeout"), str(error), text=str(step.timeout))
    if step.repeat is not None and step.repeat.at_most == 1:
        findings.warning((*path, "repeat"), "at_most: 1 does not repeat")
    for number, name in enumerate(step.needs):
        if name in findings.recipe.document.inputs and name not in findings.known.get("steps", ()):
            findings.error((*path, "needs", number), f"{name} is an input; needs names steps", text=name)


def _failing(findings: Findings, path: Path, step: Step, verb: str, choosing: Step | None) -> None:
    actions = step.fail_actions
    place = (*path, "on_fail")
    gated = step.gate is not None or (choosing is not None and choosing.gate is not None)
    names = ["fallback" if isinstance(action, Instead) else action for action in actions]
    for number, name in enumerate(names[:-1]):
        if name in ("continue", "fail", "fallback"):
            findings.warning(place, f"{name} ends it: {', '.join(names[number + 1 :])} is never tried")
            break
    if "fallback" in names and verb not in MODEL_VERBS | {"tool", "human", "choose"}:
        findings.error(place, f"fallback gives a value in place of an answer; {verb} has none",
                       suggestion="use continue")  # fmt: skip
    if "escalate" in names:
        _escalate(findings, place, step, verb, choosing)
    if "revise" in actions and verb not in MODEL_VERBS | {"choose", "steps"}:
        findings.warning(place, f"revise asks a model again; {verb} asks none", suggestion="use retry")
    elif "revise" in actions and not gated and step.repeat is None and verb in MODEL_VERBS:
        findings.warning(
            place, "revise never happens without a gate", suggestion="add gate: with what must hold"
        )


def _escalate(findings: Findings, place: Path, step: Step, verb: str, choosing: Step | None) -> None:
    """``escalate`` asks the role's next candidate: there must be one."""
    if verb not in MODEL_VERBS | {"choose"}:
        findings.error(place, f"escalate asks another model; {verb} asks none", suggestion="use retry")
        return
    if step.repeat is not None:
        findings.error(place, "escalate does not work with repeat", suggestion="use revise, or a cascade")
        return
    roles = findings.recipe.document.models
    name = step.model or (choosing.model if choosing is not None else None)
    name = name or (next(iter(roles)) if len(roles) == 1 else None)
    role = roles.get(name or "")
    if verb != "choose" and (("/" in (name or "")) or (role is not None and len(role.candidates) == 1)):
        findings.error(place, f"escalate has no second candidate: {name} has one model",
                       suggestion=f"add candidates to {name}" if role else "name a role")  # fmt: skip


def _twins(findings: Findings, path: Path, values: tuple[str, ...]) -> None:
    for number, value in enumerate(values):
        if value in values[:number]:
            findings.error((*path, number), f"{value} stands here twice", text=value)
