"""All gates by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.errors import WorkbenchError
from workbench.gates import conditions, grounded, injection, pii, sizes, structure, texts, toxicity
from workbench.gates.verdict import Subject, Verdict

__all__ = ["ASKING", "GATES", "Subject", "Verdict", "check"]

GATES: dict[str, Callable[[Any, Subject], Verdict]] = {
    "equals": texts.equals,
    "contains": texts.contains,
    "contains_any": texts.contains_any,
    "starts_with": texts.starts_with,
    "regex": texts.regex,
    "is_json": structure.is_json,
    "schema": structure.schema,
    "length": sizes.length,
    "words": sizes.word_count,
    "similar": texts.similar,
    "grounded": grounded.grounded,
    "pii": pii.pii,
    "injection": injection.injection,
    "toxicity": toxicity.toxicity,
    "score": sizes.score,
    "cost": sizes.cost,
    "latency": sizes.latency,
    "expr": conditions.condition,
}
"""What is computed, by the name that recipes use; each takes its value in the recipe and the output."""

ASKING = ("rubric", "python")
"""Gates that ask somebody, through the door of a run."""


def check(name: str, spec: Any, subject: Subject) -> Verdict:
    """Check one output with one gate.

    ``spec`` is the gate's value in the recipe, its templates rendered.  Takes time for long texts: call it
    in a thread.
    """
    gate = GATES.get(name)
    if gate is None:
        raise WorkbenchError(f"there is no gate {name}", hint=f"there are: {', '.join(GATES)}")
    return gate(spec, subject)
