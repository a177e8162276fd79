"""One execution of a recipe, from its first event to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workbench.engine.around import Ahead, Around, Learned, Pace
from workbench.engine.ask import StepFailed, Stopped
from workbench.engine.control import Controller, Person
from workbench.engine.door import Door
from workbench.engine.garbage import GARBAGE_SELDOM
from workbench.engine.recording import root_of
from workbench.engine.report import came_from, in_the_recipes_order, not_done
from workbench.engine.reuse import Rules
from workbench.engine.running import Running
from workbench.engine.scope import Scope
from workbench.engine.shadows import FindProvider
from workbench.engine.sources import Sources
from workbench.engine.steps import Steps
from workbench.engine.stream import Stream
from workbench.errors import Divergence, ErrorClass, LedgerError
from workbench.events import (
    BudgetLine,
    Json,
    Listener,
    Missing,
    Mode,
    RecipeKept,
    Record,
    RunFinished,
    RunResumed,
    RunStarted,
    RunStatus,
)
from workbench.guard.budget import Budget
from workbench.guard.clearance import Clearances
from workbench.providers.rates import Rates
from workbench.recipe.expressions import ExpressionError, render_value
from workbench.recipe.labels import label_flow
from workbench.recipe.model import Role
from workbench.recipe.recipe import Recipe
from workbench.routing.health import Health

GRACE_AFTER_FAILURE = 30.0
"""Seconds that calls in flight get to land when a step has failed."""
GRACE_AFTER_STOP = 1.0
"""The same for tools when a person stops the run; answers of models are cut off at once."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a run starts from; one that goes on (``resumed``) keeps its id and counts on from where it was."""

    run: str
    recipe: Recipe
    inputs: Mapping[str, Json]
    mode: Mode = "live"
    parent: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)
    fork_at: str | None = None
    fork_output: str | None = None
    batch: str | None = None
    batch_key: str | None = None
    session: str | None = None
    resumed: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False
    """A run that goes on does so with another recipe than it began with."""
    last_seq: int = 0
    last_call: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run needs around it: who may be asked, who listens, how the door treats it."""

    providers: FindProvider
    record: Record | None = None
    listeners: Sequence[Listener] = ()
    controller: Controller | None = None
    person: Person | None = None
    rules: Rules = field(default_factory=Rules)
    budget: Budget = field(default_factory=Budget)
    health: Health = field(default_factory=Health)
    """Which models rest; shared by all runs of a process."""
    rates: Rates = field(default_factory=Rates)
    """The rate limits of providers; shared likewise."""
    pace: Pace = lambda path, model: None
    """How long calls take by the record."""
    clearances: Clearances = field(default_factory=Clearances)
    """Which models may see data with which labels."""
    slow: Pace = lambda path, model: None
    """How long only one call in twenty takes."""
    usual: Pace = lambda path, model: None
    """As ``pace``, for people: it may be some seconds old."""
    ahead: Ahead = lambda path: (0, 0.0)
    """What must follow a step instance, and how long it takes."""
    learned: Learned = lambda role: None
    """What the record taught of each role's models."""
    folder: Path = field(default_factory=Path)
    """Where one works."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    status: RunStatus
    outputs: Mapping[str, Json] = field(default_factory=dict)
    error: str | None = None
    error_class: ErrorClass | None = None
    error_path: str | None = None
    hint: str = ""
    missing: tuple[Missing, ...] = ()
    """Steps that the run did without, or did not come to."""
    came_from: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    """By output: the steps it rests on."""
    divergence: Divergence | None = None
    """Of a strict replay: what it asked that was not recorded."""


async def run_recipe(start: Start, around: Surroundings) -> Ending:
    """Run a recipe; the ending is on record when this returns.

    Cancelling it stops the run truthfully and raises CancelledError.  Raises LedgerError when the record
    fails: nothing more is asked of anyone then.
    """
    with GARBAGE_SELDOM:
        return await _run(start, around)


async def _run(start: Start, around: Surroundings) -> Ending:
    stream = Stream(start.run, around.record, around.listeners, start.last_seq)
    around.budget.start()
    door = Door(
        stream,
        around.providers,
        around.budget,
        around.rules,
        around.controller,
        around.person,
        start.last_call,
        Around(
            start.run,
            start.inputs,
            around.health,
            around.pace,
            around.ahead,
            around.learned,
            around.rates,
            around.slow,
            around.usual,
            _denied(start.recipe, around.clearances),
            start.session or "",
        ),
    )
    running = Running(start.recipe, stream, door, _roles(start), Sources(start.recipe), around.folder)
    if around.budget.common is not None:
        await around.budget.common.look()
    budgets = around.budget.lines()
    stream.emit(_resumed(start, budgets) if start.resumed else _started(start, budgets))
    ending: Ending | None = None
    cancelled = False
    try:
        ending = await _steps(running, start.inputs)
        await door.close(GRACE_AFTER_FAILURE)
    except asyncio.CancelledError:
        cancelled = ending is None  # else it was done, and waited only to learn what others cost
        ending = ending or Ending("cancelled", error="stopped", error_class="cancelled")
        await door.close(GRACE_AFTER_STOP, models=False)
    except LedgerError:
        await door.close(0)
        raise
    stream.emit(
        RunFinished(
            status=ending.status, outputs=ending.outputs, error=ending.error,
            error_class=ending.error_class, error_path=ending.error_path, missing=ending.missing,
            came_from=ending.came_from, budgets=around.budget.lines(),
        )
    )  # fmt: skip
    await stream.durable()
    door.let_go()
    if cancelled:
        raise asyncio.CancelledError
    return ending


async def _steps(running: Running, inputs: Mapping[str, Json]) -> Ending:
    """Do the steps and compute the outputs."""
    scope = Scope.of_inputs(inputs)
    document = running.recipe.document
    try:
        if not await Steps(running).group(document.steps, scope):
            return Ending("waiting", _known_outputs(document.outputs, scope.values))
        return Ending(
            "done", {name: render_value(value, scope.values) for name, value in document.outputs.items()},
            missing=in_the_recipes_order(running.recipe, running.lost),
            came_from=came_from(running.recipe, scope),
        )  # fmt: skip
    except StepFailed as error:
        status: RunStatus = "over_budget" if error.error_class == "budget" else "failed"
        stopped = not_done(running.recipe, scope, root_of(error.path))
        lost = in_the_recipes_order(running.recipe, (*running.lost, *stopped))
        known = _known_outputs(document.outputs, scope.values)
        return Ending(status, known, error.message, error.error_class, error.path, error.hint, missing=lost)
    except Divergence as error:
        return Ending("failed", {}, error.message, None, error.path, error.hint, divergence=error)
    except Stopped as error:
        return Ending("cancelled", {}, str(error), "cancelled")
    except ExpressionError as error:
        return Ending("failed", {}, f"outputs: {error.message}", "bad_request", None, error.hint)
    except (LedgerError, asyncio.CancelledError):
        raise
    except Exception as bug:
        return Ending(
            "failed", {}, f"{type(bug).__name__}: {bug}", "bug", None, "this is a fault of the workbench"
        )
    finally:
        scope.values.clear()  # whoever still holds the run, as it holds itself, does not hold its results


def _known_outputs(outputs: Mapping[str, Json], names: Mapping[str, Json]) -> dict[str, Json]:
    """The outputs that do not wait for anyone."""
    known: dict[str, Json] = {}
    for name, value in outputs.items():
        with suppress(ExpressionError):
            known[name] = render_value(value, names)
    return known


_SET: Final[Mapping[str, Json]] = {
    "policy": "fixed", "rules": (), "else_": None, "weights": {}, "at_least": None, "fallback": None,
    "sticky": None, "shadow": None, "hedge": None,
}  # fmt: skip
"""What a role loses whose model was set."""


def _roles(start: Start) -> Mapping[str, Role]:
    """The recipe's roles, with the models that were set for this run in place of their candidates."""
    roles = dict(start.recipe.document.models)
    for name, model in start.models.items():
        if name in roles:
            roles[name] = roles[name].model_copy(update={**_SET, "candidates": (model,)})
    return roles


def _denied(recipe: Recipe, clearances: Clearances) -> Callable[[str, str], str]:
    """Which models must not see what a step sends, by the labels that come together there."""
    flow = label_flow(recipe) if clearances.models else None
    if flow is None or not flow.labels:
        return lambda path, model: ""
    return lambda path, model: clearances.against(model, flow.of(path))


def _resumed(start: Start, budgets: tuple[BudgetLine, ...]) -> RunResumed:
    recipe = start.recipe
    kept = RecipeKept(
        recipe.document.name, recipe.hash, str(recipe.path), recipe.files, recipe.file_hashes
    )  # fmt: skip
    return RunResumed(answers=start.answers, recipe=kept if start.changed else None, budgets=budgets)


def _started(start: Start, budgets: tuple[BudgetLine, ...]) -> RunStarted:
    recipe = start.recipe
    return RunStarted(
        recipe=recipe.document.name,
        recipe_hash=recipe.hash,
        recipe_path=str(recipe.path),
        files=recipe.files,
        file_hashes=recipe.file_hashes,
        inputs=start.inputs,
        mode=start.mode,
        parent=start.parent,
        models=start.models,
        edits=start.edits,
        fork_at=start.fork_at,
        fork_output=start.fork_output,
        batch=start.batch,
        batch_key=start.batch_key,
        session=start.session,
        budgets=budgets,
    )
