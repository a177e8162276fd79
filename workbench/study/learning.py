"""What the record teaches of each role's models: the routers behind the policy ``learned``.

A request is labelled by the gates that checked its answer.  A router is learnt from the latest runs of a
recipe when it is first needed in a process, and kept: so the runs of a batch decide alike.
"""

from __future__ import annotations

import asyncio

from workbench.ledger.reader import Reader
from workbench.recipe.recipe import Recipe
from workbench.routing.learned import Example, Router
from workbench.study.routes import Routed, requests, routed, usual_costs

MOST = 4000
"""Attempts that are learnt from, the latest; a second or two of learning."""


class Learning:
    """The routers of a workbench, by recipe and role."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._routers: dict[tuple[str, str], Router] = {}
        self._one = asyncio.Lock()

    async def prepare(self, recipe: Recipe) -> None:
        """Learn what the recipe's roles need; quick where none is learned, or all are."""
        name = recipe.document.name
        roles = {
            role: spec.candidates
            for role, spec in recipe.document.models.items()
            if spec.policy == "learned" and (name, role) not in self._routers
        }
        if not roles:
            return
        async with self._one:
            found = await asyncio.to_thread(_learn, self._reader, name, roles)
            self._routers |= {(name, role): router for role, router in found.items()}

    def router(self, recipe: str, role: str) -> Router | None:
        """What was learnt of a role."""
        return self._routers.get((recipe, role))


def _learn(reader: Reader, recipe: str, roles: dict[str, tuple[str, ...]]) -> dict[str, Router]:
    attempts = list(routed(reader, recipe, MOST))
    return {role: learnt(attempts, role, candidates) for role, candidates in roles.items()}


def learnt(attempts: list[Routed], role: str, candidates: tuple[str, ...]) -> Router:
    """A router of a role's candidates that learnt from its recorded requests."""
    asked = requests([each for each in attempts if each.decision.role == role])
    costs = usual_costs(asked, candidates)
    router = Router({model: costs.get(model, 0.0) for model in candidates})
    router.learn_all([Example(each.past.text, each.past.right, each.past.step) for each in asked])
    return router
