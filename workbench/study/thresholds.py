"""Gates of the past by the thresholds of the present: recorded answers and scores decide again, unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workbench.engine.routes import place
from workbench.gates.registry import Subject, check
from workbench.ledger.rows import CallRow, GateRow
from workbench.recipe.model import Bounds, Document, Step, Toxicity
from workbench.recipe.step_texts import inner_steps
from workbench.study.routes import Verdict

BY_SCORE = ("grounded", "similar", "rubric", "python", "score")
"""Gates whose score must reach ``at_least``."""
BY_TEXT = (
    "contains", "contains_any", "starts_with", "schema", "length", "words", "pii", "injection", "toxicity",
)  # fmt: skip
"""Gates that look at nothing but the answer: where it is on record they are computed anew."""
TEMPLATE = re.compile(r"\{[{%#]")


def as_it_is(document: Document) -> Verdict:
    """The verdict of a recorded check with the recipe's thresholds of now.

    Checks that neither the answer nor a score can tell of, and those of gates that the step has no longer,
    keep the verdict they had.
    """
    specs: dict[tuple[str, str], list[Any]] = {}
    for path, step in all_steps(document.steps):
        for gate, spec in step.gate.given().items() if step.gate is not None else ():
            specs.setdefault((path, gate), []).append(spec)

    def verdict(row: GateRow, call: CallRow | None = None) -> bool:
        found = specs.get((place(row.path), row.gate), [])
        # a branch and its choice share a path: where they differ, nobody knows which it was
        if not found or any(each != found[0] for each in found):
            return row.passed
        answer = _answer(row.gate, found[0], call)
        return check(row.gate, found[0], answer).passed if answer is not None else _again(row, found[0])

    return verdict


def _answer(gate: str, spec: Any, call: CallRow | None) -> Subject | None:
    """The recorded answer that a gate can be computed on anew; None where that would take more."""
    if gate not in BY_TEXT or call is None or call.answer is None or TEMPLATE.search(str(spec)):
        return None
    text = call.answer.get("text")
    return Subject(text, call.answer.get("data"), {}, {}) if isinstance(text, str) else None


def all_steps(steps: dict[str, Step]) -> Iterator[tuple[str, Step]]:
    """Every step with its place, as ``group/inner``; branches stand at the place of their ``choose``."""
    for name, step in steps.items():
        yield from _within(name, step)


def _within(path: str, step: Step) -> Iterator[tuple[str, Step]]:
    yield path, step
    for inner_path, inner, is_named in inner_steps(step):
        yield from _within(f"{path}/{inner_path[-1]}" if is_named else path, inner)


def _again(row: GateRow, spec: Any) -> bool:
    if row.score is None:
        return row.passed
    if row.gate == "injection":  # 0 is a known sign, whatever the words are like
        return row.score > 0 and 1 - row.score <= spec.get("at_most", 1.0)
    if isinstance(spec, Toxicity):
        return 1 - row.score <= spec.at_most
    if row.gate not in BY_SCORE or (isinstance(spec, Bounds) and spec.at_most is not None):
        return row.passed
    least = spec.at_least
    return row.passed if least is None else row.score >= least
