"""What the record teaches of each role's models: the routers behind the policy ``learned``.

A request is labelled by the gates that checked its answer.  A router is learnt from the latest runs of a
recipe when it is first needed in a process, and kept: so the runs of a batch decide alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workbench.ledger.reader import Reader
from workbench.recipe.model import Role
from workbench.recipe.recipe import Recipe
from workbench.routing.learned import Example, Router
from workbench.routing.threshold import promised
from workbench.study.fair import fair
from workbench.study.routes import LEARNT_FROM, Asked, requests, routed, usual_costs

FEWEST = 20
"""Known outcomes below which nothing is said of a model."""

Key = tuple[str, str, tuple[str, ...], float | None]


class Learning:
    """The routers of a workbench, by recipe and role."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._routers: dict[Key, Router] = {}
        self._one = asyncio.Lock()

    async def prepare(self, recipe: Recipe) -> None:
        """Learn what the recipe's roles need; quick where none is learned, or all are."""
        roles = {role: spec for role, spec in recipe.document.models.items() if _is_learned(spec)}
        if all(_key(recipe, role, spec) in self._routers for role, spec in roles.items()):
            return
        async with self._one:
            new = {
                role: spec for role, spec in roles.items() if _key(recipe, role, spec) not in self._routers
            }
            found = await asyncio.to_thread(_learn, self._reader, recipe.document.name, new)
            self._routers |= {_key(recipe, role, new[role]): router for role, router in found.items()}

    def router(self, recipe: Recipe, role: str) -> Router | None:
        """What was learnt of a role."""
        spec = recipe.document.models.get(role)
        return self._routers.get(_key(recipe, role, spec)) if spec is not None else None


def _key(recipe: Recipe, name: str, role: Role) -> Key:
    """What a router depends on besides the record."""
    return recipe.document.name, name, role.candidates, _promise(role)


def _is_learned(role: Role) -> bool:
    return role.policy == "learned" or (role.at_least is not None and role.at_least.chance is not None)


def _promise(role: Role) -> float | None:
    return role.at_least.quality if role.at_least is not None else None


def _learn(reader: Reader, recipe: str, roles: dict[str, Role]) -> dict[str, Router]:
    if not roles:
        return {}
    return {
        name: learnt(requests(list(routed(reader, recipe, LEARNT_FROM, role=name))), role)
        for name, role in roles.items()
    }


def learnt(every: Sequence[Asked], role: Role) -> Router:
    """A router of a role's candidates that learnt from its recorded requests."""
    asked = learnt_from(every, role)
    costs, unlearnt = weighable(every, asked, role.candidates)
    router = Router(costs)
    router.unlearnt = unlearnt
    router.learn_all([as_example(each) for each in asked])
    promise = _promise(role)
    if promise is not None and router.has_evidence:
        router.trade = promised(router, promise).trade
    return router


def reads_answers(role: Role) -> bool:
    """Whether the role reads each answer by the record before it goes on."""
    return role.policy == "cascade" and role.at_least is not None and role.at_least.chance is not None


def learnt_from(asked: Sequence[Asked], role: Role) -> list[Asked]:
    """What the record teaches a role: who reads answers learns from those that came to be read."""
    return list(asked) if reads_answers(role) else fair(asked)


def as_example(asked: Asked) -> Example:
    """A recorded request as what one learns from."""
    return Example(asked.past.text, asked.past.right, asked.past.step, asked.past.answers)


def weighable(
    every: Sequence[Asked], asked: Sequence[Asked], models: Sequence[str]
) -> tuple[dict[str, float], dict[str, str]]:
    """The usual cost of each model that can be weighed by the record; and why the others cannot.

    ``asked`` are the requests of ``every`` with what is learnt from.

    A model that was never asked has neither chances nor a cost: it is not free, it is unknown.
    """
    costs = usual_costs(asked, models)
    unlearnt = {}
    for model in models:
        outcomes = sum(model in each.past.right for each in asked)
        if outcomes < FEWEST:
            told = "no outcome of it is" if not outcomes else f"only {outcomes} outcomes of it are"
            if sum(model in each.past.right for each in every) >= FEWEST:
                told = f"it was asked after bad answers of others; else {told}"
            unlearnt[model] = f"{told} on record, {FEWEST} are needed: ask it by shadow or split first"
        elif model not in costs:
            unlearnt[model] = "what its recorded calls cost is unknown"
    return {model: cost for model, cost in costs.items() if model not in unlearnt}, unlearnt
