"""Thresholds of gates from texts of one's own: how strict may a gate be and seldom fail what is good?

A gate of learnt words fires on one kind of ordinary text ten times as often as on another, so no threshold
fits all.  The one taken here is the conformal quantile (Vovk et al. 2005): of further texts like the given
ones, at most the wanted share fails, on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.batch.dataset import open_dataset
from workbench.errors import Problem, RecipeError, UsageError
from workbench.gates.registry import Subject, check
from workbench.recipe.editing.places import all_steps, place_of
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.tree import draft
from workbench.recipe.editing.values import set_value
from workbench.recipe.model import Gate
from workbench.recipe.source import Path as Keys

GATES = ("injection", "toxicity")
"""Gates whose ``at_most`` can be set so."""
STEPS_OF_THRESHOLD = 10_000


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A threshold that was found for one gate of a recipe."""

    place: Keys
    """Its keys in the recipe."""
    before: float | None
    """The threshold it had; None where it had none."""
    at_most: float
    failing: int
    """How many of the texts fail with it."""
    texts: int


def read_texts(path: Path) -> list[str]:
    """The texts of a file: a ``text`` column or an only one, each line of a .txt, each file of a folder."""
    if path.suffix.lower() == ".txt" and path.is_file():
        try:
            found = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except UnicodeDecodeError:
            raise UsageError(f"{path} is not UTF-8 text") from None
    else:
        found = [_text(row.values, row.file, row.line) for row in open_dataset(path).rows()]
    if not found:
        raise UsageError(f"{path} holds no texts")
    return found


def _text(values: Mapping[str, Any], file: str, line: int) -> str:
    value = values.get("text", next(iter(values.values())) if len(values) == 1 else None)
    if not isinstance(value, str):
        raise RecipeError([Problem("this row has no column text", file, line)])
    return value


def places(document: Any, gate: str, step: str | None = None) -> list[tuple[Keys, Mapping[str, Any]]]:
    """Where a recipe's data holds a gate, with what it says there; ``step`` is the only step looked at."""
    found = []
    for path, each in all_steps(document):
        if step is None or place_of(path) == step:
            found += list(_of_step(path, each, gate))
    return found


def _of_step(path: Keys, step: Mapping[str, Any], gate: str) -> Iterable[tuple[Keys, Mapping[str, Any]]]:
    guard = step.get("guard")
    holders: list[tuple[Keys, Any]] = [((*path, "gate"), step.get("gate"))]
    if isinstance(guard, list):
        holders += [((*path, "guard", number), each) for number, each in enumerate(guard)]
    else:
        holders.append(((*path, "guard"), guard))
    for place, holder in holders:
        if isinstance(holder, Mapping) and isinstance(holder.get(gate), Mapping):
            yield (*place, gate), holder[gate]


def calibrate(
    text: str, gate: str, texts: Sequence[str], rate: float, step: str | None = None
) -> tuple[str, list[Calibrated]]:
    """The text of a recipe with a threshold for each of its gates of one name, and what was found.

    UsageError where there is none, or where the texts cannot say it.
    """
    found = places(draft(text).data, gate, step)
    if not found:
        where = f"step {step} has" if step else "the recipe has"
        raise UsageError(f"{where} no gate {gate}", hint=f"add guard: {{in: NAME, {gate}: {{}}}} to a step")
    told = []
    for place, spec in found:
        most, failing = threshold(_shares(gate, spec, texts), rate, gate)
        text = apply(text, set_value(text, (*place, "at_most"), most))
        told.append(Calibrated(place, spec.get("at_most"), most, failing, len(texts)))
    return text, told


def _shares(gate: str, spec: Mapping[str, Any], texts: Sequence[str]) -> list[float]:
    """How far each text is from passing, 0..1; infinite where no threshold lets it pass."""
    loose = getattr(Gate.model_validate({gate: {**spec, "at_most": 1.0}}), gate)
    verdicts = (check(gate, loose, Subject(text, None, {}, {})) for text in texts)
    return [1 - (each.score or 0.0) if each.passed else math.inf for each in verdicts]


def threshold(shares: Sequence[float], rate: float, gate: str) -> tuple[float, int]:
    """The least ``at_most`` at which at most ``rate`` of further texts fail; and how many of these do."""
    count = len(shares)
    allowed = math.floor(rate * (count + 1) + 1e-9)
    if not allowed:
        needed = math.ceil(1 / rate - 1e-9) - 1
        raise UsageError(
            f"{count} texts cannot say what fails {100 * rate:g}% of the time",
            hint=f"give at least {needed} texts, or a higher --fpr",
        )
    ordered = sorted(shares)
    kept = ordered[count - allowed]
    if math.isinf(kept):
        firing = sum(map(math.isinf, shares))
        raise UsageError(
            f"{firing} of {count} texts fail {gate} at any threshold",
            hint="look at those texts: its signs and lines do not suit them",
        )
    most = min(1.0, math.ceil(kept * STEPS_OF_THRESHOLD) / STEPS_OF_THRESHOLD)
    return most, sum(share > most for share in shares)
