"""Rules about ``declassify``: a label is taken off only where a person or a check stands behind it."""

from __future__ import annotations

from workbench.recipe.findings import Findings
from workbench.recipe.model import Instead, Step
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean_or_list

BEHIND = ("pii", "python")
"""Gates that may stand behind it."""


def check_declassify(findings: Findings, path: Path, step: Step, verb: str, known: frozenset[str]) -> None:
    """Check what a step takes off its result; ``known`` are all labels of the recipe."""
    place = (*path, "declassify")
    for number, label in enumerate(step.declassify):
        if label not in known:
            hint = did_you_mean_or_list(label, sorted(known), "nothing here has a label")
            findings.error((*place, number), f"nothing has the label {label}", text=label, suggestion=hint)
    if not step.declassify or verb == "human":
        return
    gates = step.gate.given() if step.gate is not None else {}
    if verb != "classify" and not any(gate in gates for gate in BEHIND):
        findings.error(place, "a label is taken off by a person, or by a check", key=True, text="declassify",
                       suggestion="make it a human step, or add gate: {pii: {block: all}}")  # fmt: skip
    actions = step.fail_actions
    if "continue" in actions and verb != "classify":
        findings.error((*path, "on_fail"), "a result that failed its check would go on without its label",
                       suggestion="use fail, human or a fallback without templates")  # fmt: skip
    if any(isinstance(each, Instead) and "{{" in str(each.fallback) for each in actions):
        findings.error((*path, "on_fail"), "a fallback with a template would go on without its label",
                       suggestion="write a fixed text")  # fmt: skip


def labels_of(findings: Findings) -> frozenset[str]:
    """All labels that inputs, data and steps of the recipe declare."""
    document = findings.recipe.document
    declared = [each.labels for each in document.inputs.values()]
    declared += [each.labels for each in document.data.values()]
    declared += [each.labels for each in _steps(list(document.steps.values()))]
    return frozenset(label for labels in declared for label in labels)


def _steps(steps: list[Step]) -> list[Step]:
    inner = [one for step in steps for one in (*(step.steps or {}).values(), *(step.choose or ()),
                                               *((step.else_,) if step.else_ else ()))]  # fmt: skip
    return [*steps, *_steps(inner)] if steps else []
