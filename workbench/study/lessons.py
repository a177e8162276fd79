"""What the record teaches of a role's models: shown before the policy ``learned`` is trusted with money."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.ledger.reader import Reader
from workbench.recipe.model import Role
from workbench.routing.learned import Router
from workbench.routing.threshold import Trade, promised
from workbench.study.learning import learnt
from workbench.study.routes import LEARNT_FROM, Asked, requests, routed

PROMISES = (0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Taught:
    """What is known of one model.  ``cost`` is dollars of a usual request; None is unknown."""

    model: str
    judged: int
    passed: float
    """How many of these passed."""
    cost: float | None
    apart: float | None
    """How well its chances, given without the request, tell passes from failures: 0.5 is guessing."""
    by_step: Mapping[str, float]
    """The chance to pass at each step."""
    not_weighed: str
    """Why ``learned`` leaves it out; empty where it does not."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a role's record teaches."""

    role: str
    requests: int
    is_latest: bool
    """Whether more are on record: the latest are learnt from."""
    evidence: int
    has_evidence: bool
    seconds: float
    """What learning took."""
    models: tuple[Taught, ...]
    promises: tuple[tuple[float, Trade], ...]
    """For a promised share of the best model's passes: what keeps it, and what it saves."""


def lesson(reader: Reader, recipe: str, name: str, role: Role) -> Lesson:
    """Learn what the policy ``learned`` would learn now, and tell it."""
    attempts = list(routed(reader, recipe, LEARNT_FROM, role=name))
    asked = requests(attempts)
    began = time.monotonic()
    router = learnt(asked, role)
    took = time.monotonic() - began
    steps = list(dict.fromkeys(each.past.step for each in asked))
    known = router.left_out()
    models = tuple(_taught(model, asked, router, known, steps) for model in role.candidates)
    tells = router.has_evidence and len(router.models) > 1
    promises = tuple((share, promised(router, share)) for share in PROMISES) if tells else ()
    return Lesson(
        name, len(asked), len(attempts) == LEARNT_FROM, router.evidence, router.has_evidence, took, models,
        promises,
    )  # fmt: skip


def _taught(
    model: str,
    asked: Sequence[Asked],
    router: Router,
    known: Sequence[tuple[Mapping[str, float], Mapping[str, float]]],
    steps: Sequence[str],
) -> Taught:
    judged = [each.past.right[model] for each in asked if model in each.past.right]
    scores = [(chances[model], right[model]) for right, chances in known if model in right]
    by_step = {step: router.table_chances(step)[model] for step in steps} if model in router.costs else {}
    return Taught(
        model, len(judged), sum(judged), router.costs.get(model), told_apart(scores), by_step,
        router.unlearnt.get(model, ""),
    )  # fmt: skip


def told_apart(scores: Sequence[tuple[float, float]]) -> float | None:
    """How likely a pass has a higher score than a failure (AUROC); None without both."""
    good = sorted(score for score, right in scores if right >= 0.5)
    bad = sorted(score for score, right in scores if right < 0.5)
    if not good or not bad:
        return None
    above = below = 0
    wins = 0.0
    for score in good:
        while below < len(bad) and bad[below] < score:
            below += 1
        above = max(above, below)
        while above < len(bad) and bad[above] <= score:
            above += 1
        wins += below + (above - below) / 2
    return wins / len(good) / len(bad)
