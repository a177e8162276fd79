"""What the record teaches of each role's models: the routers behind the policy ``learned``.

A request is labelled by the gates that checked its answer.  A router is learnt from the latest runs of a
recipe when it is first needed in a process, and kept: so the runs of a batch decide alike.
"""

from __future__ import annotations

import asyncio

from workbench.ledger.reader import Reader
from workbench.recipe.model import Role
from workbench.recipe.recipe import Recipe
from workbench.routing.learned import Example, Router
from workbench.routing.threshold import promised
from workbench.study.routes import Routed, requests, routed, usual_costs

MOST = 4000
"""Attempts that are learnt from, the latest; a second or two of learning."""


class Learning:
    """The routers of a workbench, by recipe and role."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._routers: dict[tuple[str, str, float | None], Router] = {}
        self._one = asyncio.Lock()

    async def prepare(self, recipe: Recipe) -> None:
        """Learn what the recipe's roles need; quick where none is learned, or all are."""
        name = recipe.document.name
        roles = {
            role: spec
            for role, spec in recipe.document.models.items()
            if _is_learned(spec) and (name, role, _promise(spec)) not in self._routers
        }
        if not roles:
            return
        async with self._one:
            found = await asyncio.to_thread(_learn, self._reader, name, roles)
            self._routers |= {(name, role, _promise(roles[role])): router for role, router in found.items()}

    def router(self, recipe: Recipe, role: str) -> Router | None:
        """What was learnt of a role."""
        spec = recipe.document.models.get(role)
        return self._routers.get((recipe.document.name, role, _promise(spec))) if spec is not None else None


def _is_learned(role: Role) -> bool:
    return role.policy == "learned" or (role.at_least is not None and role.at_least.chance is not None)


def _promise(role: Role) -> float | None:
    return role.at_least.quality if role.at_least is not None else None


def _learn(reader: Reader, recipe: str, roles: dict[str, Role]) -> dict[str, Router]:
    attempts = list(routed(reader, recipe, MOST))
    return {name: learnt(attempts, name, role) for name, role in roles.items()}


def learnt(attempts: list[Routed], name: str, role: Role) -> Router:
    """A router of a role's candidates that learnt from its recorded requests."""
    asked = requests([each for each in attempts if each.decision.role == name])
    known = usual_costs(asked, role.candidates)
    costs = {model: known.get(model, 0.0) for model in role.candidates}
    router = Router(costs)
    examples = [Example(each.past.text, each.past.right, each.past.step, each.past.answers) for each in asked]
    router.learn_all(examples)
    promise = _promise(role)
    if promise is not None and router.has_evidence:
        router.trade = promised(router, promise).trade
    return router
