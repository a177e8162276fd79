"""What a gate sees and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.events import Json


@dataclass(frozen=True, slots=True)
class Subject:
    """An output under check: its text, its structured part, the whole result, and the names in scope.

    ``names`` holds the step's own result under its name too.
    """

    text: str
    data: Json
    result: Mapping[str, Json]
    names: Mapping[str, Json]
    seconds: float | None = None
    """How long its answer took; None where nobody was asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an output passed.

    ``score`` (0..1, higher is better) tells near misses from far ones; ``reason`` is a short sentence that a
    model can act on when it is asked to revise.
    """

    passed: bool
    score: float | None
    reason: str


def measured(passed: bool, score: float, reason: str) -> Verdict:
    """A verdict whose score is brought into 0..1 and rounded, so that it is the same everywhere."""
    return Verdict(passed, round(min(1.0, max(0.0, score)), 6), reason)
