"""How runs begin from a screen: live, replayed, resumed; each becomes a session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.ledger.rows import RunSnapshot
from workbench.recipe.load import load_snapshot
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench, Result
from workbench.study.pacing import Pace
from workbench.tui.session import Session
from workbench.tui.travel_stepper import TravelStepper


def live(
    bench: Bench, recipe: Recipe, inputs: Mapping[str, Json], models: Mapping[str, str], *, step: bool
) -> Session:
    """A new run."""

    stepper = TravelStepper("step" if step else "run")

    async def begin(session: Session) -> Result:
        return await bench.run(
            recipe,
            inputs,
            models=models,
            controller=stepper,
            listeners=[session, stepper],
            person=session,
        )

    return Session(begin, stepper, recipe, recipe.name)


def replay(bench: Bench, run: str, *, speed: int) -> Session:
    """A past run again, from its recording; ``speed`` 1 keeps its time, 0 waits for nothing."""
    row = bench.reader.run(run)
    stepper = TravelStepper("run")

    async def begin(session: Session) -> Result:
        return await bench.replay(row.id, controller=stepper if speed else None, listeners=[session, stepper])

    session = Session(begin, stepper, recipe_of(bench.reader.snapshot(row.id)), row.recipe)
    if speed:
        stepper.pace = Pace(bench.reader.rhythm(row.id), session.say, speed)
    return session


def resume(bench: Bench, run: str, answers: Mapping[str, str]) -> Session:
    """A run that stopped, from where it was; what it did so far is shown first."""
    row = bench.reader.run(run)
    stepper = TravelStepper("run")

    async def begin(session: Session) -> Result:
        return await bench.resume(
            row.id, answers=answers, controller=stepper, listeners=[session, stepper], person=session
        )

    session = Session(begin, stepper, recipe_of(bench.reader.snapshot(row.id)), row.recipe)
    session.state.load(row)
    session.state.add_rows(bench.reader.steps(row.id, 5_000))
    return session


def recipe_of(snapshot: RunSnapshot) -> Recipe | None:
    """The recipe a run was made with; None where it cannot be read any more."""
    try:
        return load_snapshot(
            str(Path(snapshot.recipe_path)), snapshot.files, snapshot.file_hashes, edits=snapshot.edits
        )
    except WorkbenchError:
        return None
