"""How runs begin from past ones: rerun, fork, a branch after going back; each becomes a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.engine.hands import move_of
from workbench.events import Json
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench, Result
from workbench.study.change import Change
from workbench.study.plan import Plan, plan_again, plan_live
from workbench.tui.session import Session
from workbench.tui.starts import recipe_of
from workbench.tui.stepper import StepMode
from workbench.tui.travel_stepper import Return, TravelStepper


@dataclass(frozen=True, slots=True)
class Proposal:
    """A run that someone thinks of starting: a rerun, with ``at`` a fork, without ``run`` a new run."""

    told: str
    """What is different, in words."""
    run: str | None = None
    change: Change = field(default_factory=Change)
    at: str | None = None
    output: str | None = None
    recipe: Recipe | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)

    async def plan(self, bench: Bench) -> Plan:
        """What it would do; asks nobody."""
        if self.run is not None:
            return await plan_again(bench, self.run, self.change, self.at, self.output)
        assert self.recipe is not None
        return await plan_live(bench, self.recipe, self.inputs, self.change)

    def session(self, bench: Bench, *, step: bool) -> Session:
        """The run itself, not started yet."""
        stepper = TravelStepper("step" if step else "run")
        begin = self._begin(bench, stepper)
        if self.run is None:
            assert self.recipe is not None
            return Session(begin, stepper, self.recipe, self.recipe.name)
        recipe = self.change.recipe or recipe_of(bench.reader.snapshot(self.run))
        return Session(begin, stepper, recipe, recipe.name if recipe else "")

    def _begin(self, bench: Bench, stepper: TravelStepper) -> Callable[[Session], Awaitable[Result]]:
        async def begin(session: Session) -> Result:
            around: dict[str, Any] = {
                "controller": stepper,
                "listeners": [session, stepper],
                "person": session,
            }
            if self.run is None:
                assert self.recipe is not None
                return await bench.run(self.recipe, self.inputs, models=self.change.models, **around)
            if self.at is None:
                return await bench.rerun(self.run, self.change, **around)
            return await bench.fork(self.run, self.at, self.change, output=self.output, **around)

        return begin

    def with_output(self, output: str) -> Proposal:
        """The same, but with an output given for the step it forks at."""
        return replace(self, output=output)


def branch(bench: Bench, run: str, back: Return, mode: StepMode) -> Session:
    """A new line from a stop of a run that has been stopped: all before it is answered by that run."""

    for row in bench.reader.recording(run):
        at = row.request.get("at")
        # what was edited in that run itself is remembered, but for outputs given before it began
        if row.kind == "hand" and (row.status == "reused" or at == "step"):
            back.inherit(str(at), row.path, move_of((row.answer or {}).get("data") or {}))
    stepper = TravelStepper(mode, back=back)

    async def begin(session: Session) -> Result:
        return await bench.branch(run, controller=stepper, listeners=[session, stepper], person=session)

    recipe = recipe_of(bench.reader.snapshot(run))
    return Session(begin, stepper, recipe, recipe.name if recipe else "")
