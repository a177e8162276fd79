"""What the shape of a recipe cannot say: names, files and types that must fit together."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from workbench.errors import Problem
from workbench.recipe.budget_rules import check_budget
from workbench.recipe.files import FileError, checked_name
from workbench.recipe.findings import Findings
from workbench.recipe.graph import cycles, mentioned, waits
from workbench.recipe.inputs import WORDS, fits
from workbench.recipe.model import MODEL_VERBS, Data, FileText, Input, Step
from workbench.recipe.name_rules import Names, check_text, check_texts, inner_names
from workbench.recipe.role_rules import check_role, rule_texts
from workbench.recipe.shapes import ANY, COMMON, HIDDEN, Shape, input_shape, result_shape
from workbench.recipe.source import Path
from workbench.recipe.step_rules import check_step
from workbench.recipe.step_texts import TEXT_KEYS, StepText, inner_steps, value_texts
from workbench.recipe.suggest import did_you_mean
from workbench.recipe.tool_rules import check_tool
from workbench.recipe.vocabulary import CONSTANTS, FUNCTIONS, RESERVED
from workbench.recipe.wording import shown

TAKEN = frozenset({"loop", "previous", *RESERVED, *CONSTANTS, *FUNCTIONS})
"""Names with a meaning of their own in expressions."""


def rule_problems(findings: Findings) -> list[Problem]:
    """Everything wrong with a recipe whose shape is right."""
    document = findings.recipe.document
    for name, spec in document.inputs.items():
        _name(findings, ("inputs", name), name)
        _input(findings, ("inputs", name), spec)
    for name, data in document.data.items():
        _data(findings, ("data", name), data)
    for name, role in document.models.items():
        check_role(findings, ("models", name), role)
        check_budget(findings, ("models", name, "budget"), role.budget, (role,))
    check_budget(findings, ("budget",), document.budget, tuple(document.models.values()))
    _session(findings)
    for name, tool in document.tools.items():
        check_tool(findings, ("tools", name), tool)
    names: dict[str, Shape] = dict.fromkeys(findings.known.get("inputs", ()), ANY)
    names |= {name: input_shape(spec) for name, spec in document.inputs.items()}
    for name in findings.known.get("steps", ()):
        if name in names:
            findings.error(("steps", name), f"{name} is an input already", key=True, text=name,
                           suggestion="inputs and steps share their names; rename one")  # fmt: skip
    names |= dict.fromkeys(findings.known.get("steps", ()), ANY)
    visible = _steps(findings, ("steps",), document.steps, names)
    for name, value in document.outputs.items():
        for text in value_texts(value, (name,)):
            check_text(findings, ("outputs",), text, visible)
    _unused(findings)
    return findings.problems


def _steps(findings: Findings, path: Path, steps: Mapping[str, Step], outside: Names) -> Names:
    """Check the steps of one level; returns all names that are visible there."""
    results = {name: result_shape(step) for name, step in steps.items()}
    names: ChainMap[str, Shape] = ChainMap(results, outside)  # type: ignore[arg-type]
    for name, step in steps.items():
        _name(findings, (*path, name), name)
        if len(path) > 1 and name in COMMON:
            findings.error((*path, name), f"a step in a group cannot be named {name}", key=True, text=name,
                           suggestion=f"every result has {name} already")  # fmt: skip
        others = ChainMap({name: HIDDEN}, names)
        _step(findings, (*path, name), name, step, others, results[name])
    _cycles(findings, path, steps)
    return names


def _step(
    findings: Findings, path: Path, name: str, step: Step, names: Names, own: Shape,
    choosing: Step | None = None,
) -> None:  # fmt: skip
    check_step(findings, path, step, names, choosing)
    check_texts(findings, path, name, step, names, own)
    _files(findings, path, step)
    for key in step.set or {}:
        if key in COMMON:
            findings.error((*path, "set", key), f"set cannot name a value {key}", key=True, text=key,
                           suggestion=f"every result has {key} already")  # fmt: skip
    inside = ChainMap(inner_names(step, names), names)  # type: ignore[arg-type]
    if step.steps is not None:
        if not step.steps:
            findings.error((*path, "steps"), "the group has no steps", key=True)
        for inner_name in step.steps:
            if inside.get(inner_name, HIDDEN) is not HIDDEN:
                findings.warning((*path, "steps", inner_name), f"{inner_name} hides an outer name")
        _steps(findings, (*path, "steps"), step.steps, inside)
    for inner_path, inner, is_named in inner_steps(step):
        if not is_named:
            _step(findings, (*path, *inner_path), name, inner, inside, result_shape(inner, step.output), step)


def _cycles(findings: Findings, path: Path, steps: Mapping[str, Step]) -> None:
    files = findings.recipe.files
    for cycle in cycles(waits(steps, files)):
        way = " → ".join(cycle)
        findings.error((*path, cycle[0]), f"these steps wait for each other: {way}", key=True, text=cycle[0],
                       suggestion="one of them must not mention the next")  # fmt: skip


def _files(findings: Findings, path: Path, step: Step) -> None:
    """Prompt files must be there."""
    for key in TEXT_KEYS:
        text = getattr(step, key)
        if isinstance(text, FileText) and text.file in findings.used.failed:
            findings.error((*path, key, "file"), findings.used.failed[text.file], text=text.file,
                           suggestion=_near(findings, text.file))  # fmt: skip
    for number, name in enumerate(step.attach):
        message = "" if "{" in name else _data_problem(findings, name, "file", "")
        if message:
            findings.error((*path, "attach", number), message, text=name, suggestion=_near(findings, name))


def _name(findings: Findings, path: Path, name: str) -> None:
    if name in TAKEN:
        findings.error(
            path, f"{name} cannot be a name: it means something in expressions", key=True, text=name
        )


def _input(findings: Findings, path: Path, spec: Input) -> None:
    expected = WORDS[spec.type]
    for number, choice in enumerate(spec.choices):
        if not fits(spec.type, choice):
            findings.error((*path, "choices", number), f"a choice must be {expected}, not {shown(choice)}",
                           text=str(choice))  # fmt: skip
    if spec.required or spec.default is None:
        return
    if not fits(spec.type, spec.default):
        findings.error((*path, "default"), f"the default must be {expected}, not {shown(spec.default)}",
                       text=str(spec.default))  # fmt: skip
    elif spec.choices and spec.default not in spec.choices:
        hint = did_you_mean(str(spec.default), map(str, spec.choices))
        findings.error((*path, "default"), f"the default {shown(spec.default)} is not one of the choices",
                       text=str(spec.default), suggestion=hint)  # fmt: skip


def _session(findings: Findings) -> None:
    """A session's name may be made of inputs."""
    document = findings.recipe.document
    if document.session is None:
        return
    names = {name: input_shape(spec) for name, spec in document.inputs.items()}
    check_text(findings, ("session",), StepText(("name",), "template", document.session.name), names)
    check_budget(findings, ("session", "budget"), document.session.budget, tuple(document.models.values()))


def _data(findings: Findings, path: Path, data: Data) -> None:
    if (data.file is None) == (data.folder is None):
        if not findings.is_broken(path):
            findings.error(path, f"{path[-1]} must have either file or folder", key=True, text=str(path[-1]))
        return
    if data.file is not None and "glob" in data.model_fields_set:
        findings.error((*path, "glob"), "glob goes with folder, not with file", key=True, text="glob")
    name, wanted = (data.file, "file") if data.file is not None else (data.folder or "", "folder")
    message = _data_problem(findings, name, wanted, data.glob)
    if message:
        findings.error((*path, wanted), message, text=name, suggestion=_near(findings, name))


def _data_problem(findings: Findings, name: str, wanted: str, glob: str) -> str:
    try:
        kind = findings.files.kind(name)
        if kind is None:
            return f"there is no {wanted} {name}"
        if kind != wanted:
            return f"{name} is a {kind}, not a {wanted}"
        if wanted == "folder" and not findings.files.list(name, glob):
            return f"no file in {name} matches {glob}"
    except FileError as error:
        return str(error)
    return findings.used.failed.get(name, "")


def _near(findings: Findings, name: str) -> str:
    """Did-you-mean among the files of the folder that ``name`` points into."""
    try:
        parent = checked_name(name).rpartition("/")[0] or "."
        if findings.files.kind(parent) != "folder":
            return ""
        return did_you_mean(checked_name(name), findings.files.list(parent, "*"))
    except FileError:
        return ""


def _unused(findings: Findings) -> None:
    """Warn of what is declared and used nowhere."""
    document, files = findings.recipe.document, findings.recipe.files
    mentions = {root for step in document.steps.values() for root in mentioned(step, files)}
    for name, value in document.outputs.items():
        mentions |= {mention.path[0] for text in value_texts(value, (name,)) for mention in text.mentions()}  # type: ignore[misc]
    used: dict[str, set[str]] = {"inputs": mentions, "data": set(), "tools": set(), "models": set()}
    stack = list(document.steps.values())
    for role in document.models.values():
        mentions |= {mention.path[0] for text in rule_texts(role) for mention in text.mentions()}  # type: ignore[misc]
    if document.session is not None:
        text = StepText(("name",), "template", document.session.name)
        mentions |= {str(mention.path[0]) for mention in text.mentions()}
    models = False
    while stack:
        step = stack.pop()
        used["data"] |= {name for name in (step.from_, step.examples) if name}
        used["tools"] |= {step.tool} if step.tool else set()
        used["tools"] |= set(step.tools)
        used["models"] |= {step.model} if step.model else set()
        judges = [gate.rubric for gate in (step.gate, *step.guard) if gate is not None and gate.rubric]
        near = [gate.similar for gate in (step.gate, *step.guard) if gate is not None and gate.similar]
        used["models"] |= {each.model for each in near if each.model}
        used["models"] |= {judge.model for judge in judges if judge.model}
        models = models or bool(judges) or any(getattr(step, verb) for verb in MODEL_VERBS)
        stack += [inner for _, inner, _ in inner_steps(step)]
    if models and len(document.models) == 1:
        used["models"] |= set(document.models)
    if document.tools:
        # A tool may read a source by itself; it is named so that its content is part of the identity.
        used["data"] |= set(document.data)
    if findings.broken:
        return
    for section, names in used.items():
        for name in getattr(document, section):
            if name not in names:
                findings.warning((section, name), f"{name} is used nowhere")
