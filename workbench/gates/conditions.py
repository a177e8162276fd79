"""The gate ``expr``: a condition over the names in scope."""

from __future__ import annotations

from workbench.gates.verdict import Subject, Verdict


def condition(spec: str, subject: Subject) -> Verdict:
    """The expression holds; the step's own result is in scope under its name."""
    from workbench.recipe.expressions import ExpressionError, is_true

    try:
        holds = is_true(spec, subject.names)
    except ExpressionError as error:
        return Verdict(False, None, f"the condition {spec} cannot be computed: {error.message}")
    if holds:
        return Verdict(True, 1.0, f"{spec} holds")
    return Verdict(False, 0.0, f"{spec} does not hold")
