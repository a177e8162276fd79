"""What the parts of one running recipe share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.engine.ask import Answer, Ask, AskModel, Beside
from workbench.engine.door import Door
from workbench.engine.scope import Scope
from workbench.engine.sources import Sources
from workbench.engine.stream import Stream
from workbench.engine.summing import ask_fitting
from workbench.errors import ErrorClass, WorkbenchError
from workbench.events import Json, Missing
from workbench.guard.over import OverBudget
from workbench.providers.port import Message
from workbench.recipe.model import Role, Step
from workbench.recipe.recipe import Recipe
from workbench.usage import dollars


@dataclass(slots=True)
class Running:
    """One run in progress."""

    recipe: Recipe
    stream: Stream
    door: Door
    roles: Mapping[str, Role]
    """The recipe's roles, with the models set for this run."""
    sources: Sources
    lost: list[Missing] = field(default_factory=list, kw_only=True)
    """Steps that failed and the run goes on without."""
    folder: Path = field(default_factory=Path)
    """Where one works: inputs name files there."""

    def role(self, step: Step) -> tuple[str, Role]:
        """The role that serves a step: named, or the only one, or a model named outright."""
        return self.role_named(step.model)

    def role_named(self, given: str | None) -> tuple[str, Role]:
        """The role of this name, or the only one, or a model named outright."""
        name = given or (next(iter(self.roles)) if len(self.roles) == 1 else "")
        found = self.roles.get(name)
        if found is not None:
            return name, found
        if "/" in name:
            return name, Role(candidates=(name,))
        raise WorkbenchError(f"no role serves this step: {name or 'model: is missing'}")


@dataclass(slots=True)
class Work:
    """One step instance being worked on: what to do, where, and what it has used so far."""

    running: Running
    step: Step
    path: str
    scope: Scope
    timeout: float | None = None
    corrections: tuple[Message, ...] = ()
    """The failed output and what was wrong with it, for a revision."""
    costs: list[float | None] = field(default_factory=list)
    """Dollars of what it used; None is unknown."""
    model: str = ""
    last_call: int | None = None
    last_target: str = ""
    last_seconds: float | None = None
    """How long the last answer took."""
    last_ask: AskModel | None = None
    """Of a role with several candidates."""
    last_error: str | None = None
    last_error_class: ErrorClass | None = None
    last_hint: str = ""
    last_over: OverBudget | None = None
    """The limit that was in the way of its last try."""
    over: dict[str, str] = field(default_factory=dict)
    """Models not to be asked again, and why."""
    check: Beside | None = None
    """What the step's gates say of an answer that is not used."""
    reason: str = ""
    """How the step came to its result, where that is a story."""

    async def ask(self, ask: Ask) -> Answer:
        """Make a call and count it for the step."""
        if isinstance(ask, AskModel) and ask.role.fit != "fail":
            by = ask.role.summarise_by
            fit = ask.role.fit if by is None else f"{ask.role.fit} by {by}"
            ask = replace(ask, identity={**ask.identity, "fit": fit})
        if isinstance(ask, AskModel) and ask.role.shadow is not None:
            ask = replace(ask, check=self.check)
        if isinstance(ask, AskModel) and ask.role.fit == "summarise":
            return await ask_fitting(self, ask, self._sure)
        return await self._sure(ask)

    async def _sure(self, ask: Ask) -> Answer:
        """The answer; a cascade goes on until one is sure enough."""
        if not isinstance(ask, AskModel) or len(ask.role.candidates) == 1:
            return await self._ask(ask)
        self.last_ask = ask
        while True:
            answer = await self._ask(replace(ask, over=dict(self.over)) if self.over else ask)
            unsure = _unsure(answer, ask.role) or self.running.door.routes.doubts(ask, answer)
            if not unsure or not self.pass_over(unsure):
                return answer

    def pass_over(self, why: str) -> bool:
        """Do not ask again who was asked last; False when nobody else can be."""
        ask, routes = self.last_ask, self.running.door.routes
        if ask is None:
            return False
        # who was asked first and who answered in the end: what a recording of the call also knows
        asked = (routes.first_asked.get(self.path, ""), self.last_target)
        over = {**self.over, **{model: why for model in asked if model in ask.role.candidates}}
        if over == self.over or not routes.serves(replace(ask, over=over)):
            return False
        self.over = over
        return True

    async def _ask(self, ask: Ask) -> Answer:
        answer = await self.running.door.call(ask)
        self.costs.append(dollars(answer.cost_nano))
        self.model = answer.model or self.model
        self.last_call = answer.call
        self.last_target = answer.target
        if isinstance(ask, AskModel) and len(ask.role.candidates) > 1:
            self.running.door.routes.answered[self.path] = answer.target
        self.last_seconds = answer.seconds
        return answer

    async def ask_aside(self, ask: Ask) -> Answer:
        """Make a call for a gate: the step pays for it, and its answer is not the step's."""
        first_asked = self.running.door.routes.first_asked
        before = first_asked.get(self.path, "")
        try:
            answer = await self.running.door.call(ask)
        finally:
            first_asked[self.path] = before
        self.costs.append(dollars(answer.cost_nano))
        return answer

    @property
    def cost(self) -> float | None:
        """Dollars of all calls of the step; None when one is unknown."""
        known = [cost for cost in self.costs if cost is not None]
        return sum(known) if len(known) == len(self.costs) else None

    @property
    def names(self) -> Mapping[str, Json]:
        """What the step's templates can see."""
        return self.scope.values


def _unsure(answer: Answer, role: Role) -> str:
    """Why an answer is not sure enough for its role; empty when it is, or does not say."""
    floor = role.at_least.confidence if role.at_least is not None else None
    if floor is None:
        return ""
    sure = answer.data.get("confidence") if isinstance(answer.data, Mapping) else None
    if not isinstance(sure, int | float) or sure >= floor:
        return ""
    return f"{sure:.2f} sure of its answer, {floor:g} is asked for"
