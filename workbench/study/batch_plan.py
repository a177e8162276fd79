"""What a batch will ask, before it does: how often each step asks, what variants share counted once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.batch.variants import Variant
from workbench.recipe.graph import dependencies, in_order
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import inner_steps

ELSEWHERE = frozenset({"retrieve", "tool", "human"})
"""Verbs that ask, and not a model."""
QUIET = frozenset({"set", "steps", "choose"})
"""Verbs that ask nobody themselves."""

Aspects = frozenset[str]
"""What of the variants something depends on: names of roles and places in the recipe."""


@dataclass(frozen=True, slots=True)
class StepAsks:
    """How often one step asks."""

    path: str
    asks_model: bool
    a_case: int
    """Distinct questions of one case, over all variants, for each time the step is done."""
    is_plain: bool
    """It is done exactly once in a run: no condition, loop, repeat or second try."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How often a batch asks."""

    cases: int
    """Rows times repeats."""
    variants: int
    steps: tuple[StepAsks, ...]

    @property
    def runs(self) -> int:
        """Runs of the batch."""
        return self.cases * max(1, self.variants)

    @property
    def asks(self) -> int:
        """Distinct questions in all, every step done once a run."""
        return self.cases * sum(each.a_case for each in self.steps)

    @property
    def model_asks(self) -> int:
        """Those of them that go to models."""
        return self.cases * sum(each.a_case for each in self.steps if each.asks_model)

    @property
    def apart(self) -> int:
        """The same without sharing."""
        return self.runs * len(self.steps)

    @property
    def is_plain(self) -> bool:
        """Whether each step is done once a run: then less is asked only where models answer alike."""
        return all(each.is_plain for each in self.steps)


def plan_batch(recipe: Recipe, variants: Sequence[Variant], cases: int) -> BatchPlan:
    """The plan of a batch over ``cases`` rows and repeats."""
    return BatchPlan(cases, len(variants), tuple(_Counting(recipe, variants).steps()))


class _Counting:
    """Counts what each step asks, by what it and all before it depend on."""

    def __init__(self, recipe: Recipe, variants: Sequence[Variant]) -> None:
        self._recipe = recipe
        self._variants = variants
        self._names = sorted({name for each in variants for name in (*each.models, *each.edits)})

    def steps(self) -> Iterator[StepAsks]:
        """All steps that ask, those within others too."""
        yield from self._level(self._recipe.document.steps, "", frozenset(), plain=True)

    def _level(
        self, steps: Mapping[str, Step], prefix: str, before: Aspects, *, plain: bool
    ) -> Iterator[StepAsks]:
        waiting = dependencies(steps, self._recipe)
        aspects: dict[str, Aspects] = {}
        for name in in_order(waiting):
            step = steps[name]
            upstream = before.union(*(aspects.get(other, frozenset()) for other in waiting[name]))
            aspects[name] = upstream | self._within(step, (prefix + name).split("/")[0])
            is_plain = plain and _is_plain(step)
            if step.steps:
                yield from self._level(step.steps, f"{prefix}{name}/", upstream, plain=is_plain)
            elif _asks(step):
                yield StepAsks(prefix + name, _asks_model(step), self._cells(aspects[name]), is_plain)

    def _within(self, step: Step, top: str) -> Aspects:
        """What of the variants a step itself depends on; ``top`` is the top-level step it stands in."""
        roles = self._roles(step)
        return frozenset(name for name in self._names if _concerns(name.split("."), top, roles))

    def _roles(self, step: Step) -> frozenset[str]:
        """The roles that a step, or any step in it, names; its gates may name some too."""
        every = frozenset(self._recipe.document.models)
        if len(every) == 1 and _asks_model(step):
            return every
        return every.intersection(_models_named(step.model_dump(by_alias=True, exclude_unset=True)))

    def _cells(self, aspects: Aspects) -> int:
        """How many different variants there are for what depends on these aspects alone."""
        cells = {
            tuple(repr(each.models.get(name, each.edits.get(name))) for name in sorted(aspects))
            for each in self._variants
        }
        return max(1, len(cells))


def _concerns(place: Sequence[str], top: str, roles: frozenset[str]) -> bool:
    """Whether a change of a role, or at a place in the recipe, is a change of a step."""
    if len(place) == 1:
        return place[0] in roles
    if place[0] == "steps":
        return place[1] == top
    return place[1] in roles if place[0] == "models" else True


def _is_plain(step: Step) -> bool:
    tries = [action for action in step.fail_actions if action not in ("fail", "continue")]
    return (
        step.if_ is None and step.each is None and step.repeat is None and step.choose is None and not tries
    )


def _asks(step: Step) -> bool:
    if step.verb in QUIET:
        return any(_asks(inner) for _, inner, _ in inner_steps(step))
    return True


def _asks_model(step: Step) -> bool:
    if step.verb in QUIET:
        return any(_asks_model(inner) for _, inner, _ in inner_steps(step))
    return step.verb not in ELSEWHERE


def _models_named(value: object) -> Iterator[str]:
    """The texts that stand under a key ``model`` anywhere in a value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "model" and isinstance(inner, str):
                yield inner
            else:
                yield from _models_named(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _models_named(inner)
