"""Rules about roles: models that are models, and a policy with what it needs and nothing that it ignores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from workbench.recipe.durations import seconds
from workbench.recipe.findings import Findings
from workbench.recipe.model import Role
from workbench.recipe.name_rules import check_text
from workbench.recipe.shapes import NUMBER, TEXT, Shape, input_shape
from workbench.recipe.source import Path
from workbench.recipe.step_texts import StepText
from workbench.recipe.suggest import did_you_mean_or_list

_TASK: Final = Shape("text", choices=("prompt", "classify", "extract", "compare"))
REQUEST: Final = Shape(
    "object", {"text": TEXT, "characters": NUMBER, "task": _TASK, "step": TEXT, "session": TEXT}
)
"""What a rule sees of the request under ``request``."""

OWNERS: Final = {
    "rules": ("rules",), "else": ("rules",), "weights": ("split",), "at_least": ("cascade", "learned"),
    "sticky": ("split",),
}  # fmt: skip
"""Keys that only some policies read."""
MEASURES: Final = {"cascade": ("confidence", "chance"), "learned": ("chance", "quality")}
"""What ``at_least`` sets a floor to."""


def check_role(findings: Findings, path: Path, role: Role) -> None:
    """Check one role of ``models:``."""
    for number, model in enumerate(role.candidates):
        if not _model(findings, (*path, "candidates", number), model):
            continue
        if model in role.candidates[:number]:
            findings.error((*path, "candidates", number), f"{model} stands here twice", text=model)
    if role.fallback is not None:
        _fallback(findings, path, role)
    _shadow_and_hedge(findings, path, role)
    _summing(findings, path, role)
    given = {type(role).model_fields[name].alias or name for name in role.model_fields_set}
    for key, policies in OWNERS.items():
        if key in given and role.policy not in policies:
            wanted = " or ".join(policies)
            findings.error((*path, key), f"{key} goes with policy: {wanted}, not {role.policy}", key=True,
                           text=key)  # fmt: skip
    if role.policy == "rules":
        _rules(findings, path, role)
    elif role.policy == "split":
        _weights(findings, path, role)
    elif role.policy in MEASURES:
        _floor(findings, path, role)
    if role.policy != "fixed" and len(role.candidates) == 1 and not findings.is_broken((*path, "candidates")):
        findings.warning((*path, "policy"), f"{role.policy} has only one candidate to choose from")


def _model(findings: Findings, place: Path, model: str) -> bool:
    """True for ``provider/model``."""
    provider, slash, rest = model.partition("/")
    if not slash or not provider or not rest:
        findings.error(place, f"{model} is not a model", text=model,
                       suggestion="write it as provider/model, as local/compose")  # fmt: skip
        return False
    return True


def _shadow_and_hedge(findings: Findings, path: Path, role: Role) -> None:
    if role.shadow is not None:
        place = (*path, "shadow", "model")
        if _model(findings, place, role.shadow.model) and role.candidates == (role.shadow.model,):
            findings.warning(place, "the shadow is the role's only candidate: it would be asked twice")
    if role.hedge is not None and role.hedge.after != "p95":
        try:
            seconds(role.hedge.after)
        except ValueError as error:
            told = str(error).replace("write it as", "write it as p95,")
            findings.error((*path, "hedge", "after"), told, text=str(role.hedge.after))


def _summing(findings: Findings, path: Path, role: Role) -> None:
    """Who sums up must be a role or a model, and be wanted."""
    by = role.summarise_by
    if by is None:
        return
    if role.fit != "summarise":
        findings.error((*path, "summarise_by"), "summarise_by does nothing without fit: summarise", key=True,
                       text="summarise_by", suggestion="add fit: summarise")  # fmt: skip
    roles = findings.recipe.document.models
    if by not in roles and "/" not in by:
        hint = did_you_mean_or_list(by, roles)
        findings.error((*path, "summarise_by"), f"there is no role {by}", text=by, suggestion=hint)


def rule_texts(role: Role) -> Iterator[StepText]:
    """The conditions of a role's rules."""
    for number, rule in enumerate(role.rules):
        yield StepText(("rules", number, "when"), "expression", rule.when, "before")
    if role.sticky is not None:
        yield StepText(("sticky",), "expression", role.sticky, "before")


def _fallback(findings: Findings, path: Path, role: Role) -> None:
    assert role.fallback is not None
    if len(role.candidates) == 1:
        findings.warning((*path, "fallback"), "there is no second candidate to fall back to")
    place = (*path, "fallback", "cooldown")
    if role.fallback.cooldown is not None:
        try:
            seconds(role.fallback.cooldown)
        except ValueError as error:
            findings.error(place, str(error), text=str(role.fallback.cooldown))
    elif "failures" in role.fallback.model_fields_set:
        findings.error((*path, "fallback", "failures"), "failures does nothing without cooldown", key=True,
                       text="failures", suggestion="add cooldown: 30s")  # fmt: skip


def _rules(findings: Findings, path: Path, role: Role) -> None:
    if not role.rules and not findings.is_broken((*path, "rules")):
        findings.error((*path, "policy"), "policy rules has no rules", text="rules",
                       suggestion="add rules: with when: and model:")  # fmt: skip
    if role.else_ is None and not findings.is_broken((*path, "else")):
        findings.error((*path, "policy"), "policy rules has no else", text="rules",
                       suggestion="add else: the model when no rule holds")  # fmt: skip
    models = [((*path, "rules", number, "model"), rule.model) for number, rule in enumerate(role.rules)]
    models += [((*path, "else"), role.else_)] if role.else_ is not None else []
    for place, model in models:
        _candidate(findings, place, model, role)
    _expressions(findings, path, role)


def _expressions(findings: Findings, path: Path, role: Role) -> None:
    """Conditions and keys of a role see the recipe's inputs and the request."""
    if "request" in findings.recipe.document.inputs:
        findings.error(path, "the input request hides the request from the role", key=True,
                       suggestion="rename the input")  # fmt: skip
    names = {name: input_shape(spec) for name, spec in findings.recipe.document.inputs.items()}
    for text in rule_texts(role):
        check_text(findings, path, text, {**names, "request": REQUEST})


def _weights(findings: Findings, path: Path, role: Role) -> None:
    if role.sticky is not None:
        _expressions(findings, path, role)
    if findings.is_broken((*path, "weights")):
        return
    for model in role.weights:
        _candidate(findings, (*path, "weights", model), model, role, key=True)
    if not sum(role.weights.values()):
        findings.error((*path, "policy"), "policy split has no weights", text="split",
                       suggestion="add weights: with a number for each candidate")  # fmt: skip


def _floor(findings: Findings, path: Path, role: Role) -> None:
    """``at_least`` holds what its policy measures, and nothing else."""
    wanted = MEASURES[role.policy]
    given = role.at_least.model_fields_set if role.at_least is not None else set()
    if findings.is_broken((*path, "at_least")) or (role.at_least is None and role.policy == "cascade"):
        return
    either = " or ".join(wanted)
    for key in sorted(given - set(wanted)):
        findings.error((*path, "at_least", key), f"{role.policy} goes by {either}, not by {key}", key=True,
                       text=key)  # fmt: skip
    if role.policy == "learned" and given >= set(wanted):
        findings.error((*path, "at_least"), f"learned goes by one of {either}, not by both", key=True)
    if not given & set(wanted):
        place = (*path, "at_least") if role.at_least is not None else (*path, "policy")
        findings.error(place, f"{role.policy} needs at_least: {either}",
                       suggestion=f"add at_least: {{{wanted[0]}: 0.8}}")  # fmt: skip


def _candidate(findings: Findings, place: Path, model: str, role: Role, *, key: bool = False) -> None:
    if model not in role.candidates:
        hint = did_you_mean_or_list(model, role.candidates)
        findings.error(place, f"{model} is no candidate of the role", key=key, text=model, suggestion=hint)
