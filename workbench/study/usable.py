"""Models that cannot be asked as things are: said before a run that could not do without them.

A run is refused only when it would fail for certain: a step that is always reached has no candidate that can
be asked, and no other way to go on when it fails.  What answers from a recording needs nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from workbench.errors import CallError, Problem, RecipeError, UsageError
from workbench.providers.registry import Providers
from workbench.recipe.model import MODEL_VERBS, Step
from workbench.recipe.recipe import Recipe

Path = tuple[str | int, ...]
EMBEDDED = frozenset({"local", "sim"})
"""Providers whose models are all known: one that is not there is a mistake."""
SET_KEY = "set it in the environment, or in .env in the working folder"
ASKS_AGAIN = frozenset({"fail", "retry", "revise", "escalate"})
"""What may be done about a failure that is no other way on."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a model cannot be asked, and what to do."""

    told: str
    hint: str
    is_mistake: bool
    """Nobody has such a model; else something is missing here."""

    def problem(self, recipe: Recipe, where: Path, model: str, *, always: bool) -> Problem:
        """It as a problem of the recipe; an error where it is a mistake, or is ``always`` one."""
        severity = "error" if self.is_mistake or always else "warning"
        return recipe.source.problem(where, self.told, text=model, suggestion=self.hint, severity=severity)


def why_unusable(providers: Providers, model: str) -> Unusable | None:
    """Why a model cannot be asked; None when it can."""
    try:
        provider, name = providers.provider(model)
        info = provider.info(name)
    except CallError as error:
        return Unusable(error.message, error.hint, is_mistake=True)
    if info.available:
        return None
    hint = SET_KEY if info.reason.endswith("not set") else ""
    return Unusable(f"{model} cannot be used: {info.reason}", hint, provider.name in EMBEDDED)


def unusable(recipe: Recipe, providers: Providers, besides: Collection[str] = ()) -> Iterator[Problem]:
    """The candidates of roles (``besides`` some) that cannot be asked.

    An error where nobody has such a model, else a warning.
    """
    for role, settings in recipe.document.models.items():
        if role in besides:
            continue
        for number, model in enumerate(settings.candidates):
            found = why_unusable(providers, model)
            if found:
                where = ("models", role, "candidates", number)
                yield found.problem(recipe, where, model, always=False)


def refuse_unusable(recipe: Recipe, providers: Providers, models: Mapping[str, str]) -> None:
    """Raise when every run would fail for want of a model; ``models`` are roles whose model was set.

    RecipeError tells where the model is named, UsageError of one that was set.
    """
    problems: dict[Path, Problem] = {}
    for where, step in _certain(recipe.document.steps, ("steps",)):
        role, candidates, at = _asked(recipe, step, where)
        if role in models:
            set_one = why_unusable(providers, models[role])
            if set_one:
                raise UsageError(f"role {role}: {set_one.told}", hint=set_one.hint)
            continue
        found = [why_unusable(providers, model) for model in candidates]
        for number, (model, each) in enumerate(zip(candidates, found, strict=True)):
            if each and all(found):
                place = at if at[0] == "steps" else (*at, "candidates", number)
                problems[place] = each.problem(recipe, place, model, always=True)
    if problems:
        raise RecipeError(list(problems.values()))


def _asked(recipe: Recipe, step: Step, where: Path) -> tuple[str, tuple[str, ...], Path]:
    """The role that a step asks, its candidates, and where they are named."""
    roles = recipe.document.models
    role = step.model or (next(iter(roles)) if len(roles) == 1 else "")
    if role in roles:
        return role, roles[role].candidates, ("models", role)
    return role, ((role,) if "/" in role else ()), (*where, "model")


def _certain(steps: Mapping[str, Step], where: Path) -> Iterator[tuple[Path, Step]]:
    """The steps that ask a model in every run, and without whose answer the run fails."""
    for name, step in steps.items():
        if step.if_ is not None or step.each is not None or step.optional or _has_another_way(step):
            continue
        if step.steps is not None:
            yield from _certain(step.steps, (*where, name, "steps"))
        elif step.choose is None and step.verb in MODEL_VERBS:
            yield (*where, name), step


def _has_another_way(step: Step) -> bool:
    return any(not isinstance(each, str) or each not in ASKS_AGAIN for each in step.fail_actions)
