"""Rules about names in texts: everything mentioned must exist, at the place where it is mentioned."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from workbench.recipe.expressions import compile_problem
from workbench.recipe.findings import Findings
from workbench.recipe.mentions import Comparison, Mention, value_path
from workbench.recipe.model import Step
from workbench.recipe.shapes import ANY, COMMON, HIDDEN, LOOP, WORDS, Shape, walk
from workbench.recipe.source import Path
from workbench.recipe.step_texts import TEXT_KEYS, StepText, step_texts
from workbench.recipe.suggest import did_you_mean, listing
from workbench.recipe.template_syntax import Template
from workbench.recipe.tokens import ExpressionSyntaxError
from workbench.recipe.wording import shown

Names = Mapping[str, Shape]
OWN_NAME = re.compile(r"\{%[-+]?\s*(?:for|set)\s+([A-Za-z_]\w*)")
"""A name that a template makes for itself."""


def check_texts(findings: Findings, path: Path, name: str, step: Step, names: Names, own: Shape) -> None:
    """Check every text of a step.  ``names`` is what it sees from outside, ``own`` its own result."""
    for text in step_texts(step, findings.recipe.files):
        if text.file and not text.text:
            continue
        own_names = inner_names(step, names, text.when)
        if text.when in ("until", "after"):
            own_names[name] = _one(own) if step.each is not None else own
        visible = ChainMap(own_names, names)  # type: ignore[arg-type]
        check_text(findings, path, text, visible, name)


def inner_names(step: Step, names: Names, when: str = "during") -> dict[str, Shape]:
    """The names that a step's own items and passes bring."""
    found: dict[str, Shape] = {}
    if step.repeat is not None and when in ("during", "until", "after"):
        found |= {"previous": ANY, "loop": LOOP}
    if step.each is not None and when != "before":
        found |= {step.as_: item_shape(step, names), "loop": LOOP}
    return found


def item_shape(step: Step, names: Names) -> Shape:
    """The shape of each item of a step's ``each``."""
    shape = each_shape(step, names)
    return _one(shape)


def each_shape(step: Step, names: Names) -> Shape:
    """The shape of what a step's ``each`` goes over."""
    try:
        read = StepText(("each",), "expression", step.each or "").read()
    except ExpressionSyntaxError:
        return ANY
    node = read.outputs[0].node if read is not None else None
    if node is None:
        return ANY
    if node.kind == "literal":
        return Shape("text" if isinstance(node.value, str) else "number")
    path = value_path(node)
    return walk(names[str(path[0])], path[1:]).shape if path and path[0] in names else ANY


def check_text(findings: Findings, base: Path, text: StepText, names: Names, own: str = "") -> None:
    """Check one text: it can be read, and all it mentions exists."""
    try:
        read = text.read()
    except ExpressionSyntaxError as error:
        findings.at_text(base, text, error.offset, str(error), error.text, error.suggestion)
        return
    problem = compile_problem(read) if read is not None else None
    if problem is not None:
        findings.at_text(base, text, problem.offset, problem.bare, problem.text)
        return
    for mention in text.mentions():
        _check_mention(findings, base, text, mention, names, own)
    if read is None:
        return
    for comparison in read.comparisons:
        _check_comparison(findings, base, text, comparison, names)
    if text.path[0] in TEXT_KEYS:
        _check_whole_results(findings, base, text, read, names)


def _check_whole_results(
    findings: Findings, base: Path, text: StepText, read: Template, names: Names
) -> None:
    """Warn where a step's whole result, with its status and cost, would be printed into a question."""
    for output in read.outputs:
        path = value_path(output.node)
        if path is None or not _is_result(walk(names.get(str(path[0]), ANY), path[1:]).shape):
            continue
        whole = _spelled(path)
        message = f"{whole} prints all that is known of the step, its status and cost too"
        hint = f"did you mean {path[-1]}.text?" if isinstance(path[-1], str) else "its text is (…).text"
        findings.at_text(base, text, output.node.start, message, whole, hint, "warning")


def _is_result(shape: Shape) -> bool:
    return shape.fields is not None and {"text", *COMMON} <= set(shape.fields)


def _check_comparison(
    findings: Findings, base: Path, text: StepText, comparison: Comparison, names: Names
) -> None:
    """Warn where a value is compared with a text that it can never be."""
    shape = walk(names.get(str(comparison.path[0]), ANY), comparison.path[1:]).shape
    for compared, offset in zip(comparison.texts, comparison.offsets, strict=True):
        if shape.choices and compared not in shape.choices:
            hint = did_you_mean(compared, shape.choices) or f"it can be: {listing(shape.choices)}"
            message = f"{_spelled(comparison.path)} is never {shown(compared)}"
            findings.at_text(base, text, offset, message, compared, hint, "warning")


def _check_mention(
    findings: Findings, base: Path, text: StepText, mention: Mention, names: Names, own: str
) -> None:
    root = str(mention.path[0])
    shape = names.get(root)
    if shape is None or shape is HIDDEN:
        message, suggestion = _unknown_root(findings, root, names, own, OWN_NAME.findall(text.text))
        findings.at_text(base, text, mention.offsets[0], message, root, suggestion)
        return
    walked = walk(shape, mention.path[1:])
    if walked.missing is None or (mention.guarded and walked.missing == len(mention.path) - 2):
        return
    at = walked.missing + 1
    message, suggestion = _unknown_part(mention, at, walked.holder)
    findings.at_text(base, text, mention.offsets[at], message, _spelled(mention.path[: at + 1]), suggestion)


def _unknown_root(findings: Findings, root: str, names: Names, own: str, local: list[str]) -> tuple[str, str]:
    """What is wrong with a name; ``local`` are those that the template itself makes."""
    if root == own:
        return f"{root} mentions itself", "inside repeat, previous is the result of the pass before"
    if root in ("item", "loop", "previous"):
        where = {"item": "each", "previous": "repeat"}.get(root, "each and repeat")
        return f"{root} is not known here", f"it exists inside {where}"
    group = next((path for path in _groups(findings.recipe.document.steps) if path[-1] == root), None)
    if group is not None:
        return f"{root} is not known here", f"from outside its group it is {'.'.join(group)}"
    for section, what in (("models", "a role"), ("data", "a data source"), ("tools", "a tool")):
        if root in findings.known.get(section, ()):
            return f"{root} is {what}, not an input or a step", ""
    there = [
        name for name, shape in names.items() if shape is not HIDDEN and name not in ("loop", "previous")
    ]
    hint = did_you_mean(root, [*there, *local]) or (f"there is: {listing(there)}" if there else "")
    return f"{root} is not known here: no input and no step has this name", hint


def _groups(steps: Mapping[str, Step], outer: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of all steps inside groups."""
    found: list[tuple[str, ...]] = []
    for name, step in steps.items():
        if step.steps:
            found += [(*outer, name, inner) for inner in step.steps]
            found += _groups(step.steps, (*outer, name))
    return found


def _unknown_part(mention: Mention, at: int, holder: Shape) -> tuple[str, str]:
    part, whole = mention.path[at], _spelled(mention.path[:at])
    if isinstance(part, int):
        return f"{whole} is {WORDS[holder.kind]}; it has no items", ""
    if holder.kind == "list":
        why = " (one result for each item)" if holder.why else ""
        hint = f"write {whole}[0].{part}, or {whole}|map(attribute='{part}')"
        return f"{whole} is a list{why}; it has no {part}", hint
    if holder.kind != "object":
        return f"{whole} is {WORDS[holder.kind]}; it has no {part}", ""
    known = list(holder.fields or {})
    hint = did_you_mean(part, known) or f"it has: {listing(known)}"
    return f"{whole} has no {part}", hint


def _spelled(path: tuple[str | int, ...]) -> str:
    spelled = ""
    for part in path:
        spelled += f"[{part}]" if isinstance(part, int) else f".{part}" if spelled else part
    return spelled


def _one(shape: Shape) -> Shape:
    return (shape.item or ANY) if shape.kind == "list" else ANY
