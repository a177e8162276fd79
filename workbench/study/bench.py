"""One open workbench: a folder, its ledger, settings and providers; runs recipes and uses their record."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from workbench.engine.around import Learned, Pace
from workbench.engine.control import Controller, Person
from workbench.engine.reuse import Rules
from workbench.engine.run import Ending, Surroundings, run_recipe
from workbench.errors import ErrorClass, UsageError
from workbench.events import Event, Json, Listener, RunStatus
from workbench.guard.billing import Billing
from workbench.guard.budget import Budget
from workbench.guard.clearance import Clearances
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunSnapshot
from workbench.ledger.store import Ledger, open_ledger
from workbench.providers.rates import Rates
from workbench.providers.registry import Providers
from workbench.recipe.recipe import Recipe
from workbench.routing.health import Health
from workbench.settings import Settings, read_settings
from workbench.study import starts
from workbench.study.ahead import Ahead
from workbench.study.answers import AnswersAhead
from workbench.study.batch_options import BatchOptions
from workbench.study.batches import AT_ONCE, BatchResult, Watcher, run_batch
from workbench.study.budgets import complete
from workbench.study.change import Change
from workbench.study.departures import Departure, diverged
from workbench.study.learning import Learning
from workbench.study.pace import RecordedPace
from workbench.study.starts import Setup
from workbench.study.usable import refuse_unusable, why_unusable

EXIT_CODES: Mapping[RunStatus, int] = {
    "done": 0, "failed": 1, "crashed": 1, "running": 1, "waiting": 3, "over_budget": 4, "cancelled": 130,
}  # fmt: skip
DATABASE = "local.db"
SHOWN_SECONDS = 2.0
"""How long usual times are shown before they are read again."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended; its details are in the record."""

    run: str
    status: RunStatus
    outputs: Mapping[str, Json] = field(default_factory=dict)
    error: str | None = None
    error_class: ErrorClass | None = None
    error_path: str | None = None
    hint: str = ""
    departure: Departure | None = None
    """Of a replay that left its recording: where and how."""

    @property
    def exit_code(self) -> int:
        """The exit code of the command line for this ending."""
        return EXIT_CODES[self.status]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a dry run of a recipe came upon: the events of its steps and planned calls."""

    recipe: Recipe
    parent: str | None
    events: tuple[Event, ...]
    models: Mapping[str, str] = field(default_factory=dict)
    """Roles whose model was set."""
    budget: Budget = field(default_factory=Budget)
    """The limits that it would have, and what others have used of them."""


@dataclass(slots=True)
class _Seen:
    """A listener that keeps what it hears."""

    events: list[Event] = field(default_factory=list)

    def receive(self, event: Event) -> None:
        self.events.append(event)


class Bench:
    """One open workbench."""

    def __init__(self, folder: Path, ledger: Ledger, settings: Settings, providers: Providers) -> None:
        self.folder = folder
        self.ledger = ledger
        self.settings = settings
        self.providers = providers
        self.session: str | None = None
        """The session that runs begun from here on belong to; None is what their recipes say."""
        self.health = Health()
        self.rates = Rates.of(settings)
        self.billing = Billing()
        self.clearances = Clearances(settings.clearances)
        self._learning = Learning(self.reader)
        self._shown: dict[str, tuple[float, RecordedPace]] = {}
        """By recipe: when its times were read for people, and they."""

    @classmethod
    def open(cls, folder: Path, db: Path | None = None, offline: bool = False) -> Bench:
        """Open the workbench of a folder; makes its ledger when there is none.

        Raises LedgerError, and RecipeError for a workbench.toml that is wrong.
        """
        settings = read_settings(folder)
        ledger = open_ledger(db if db is not None else folder / DATABASE)
        return cls(folder, ledger, settings, Providers(settings, offline=offline))

    @property
    def reader(self) -> Reader:
        """The record, for reading."""
        return self.ledger.reader()

    def recipe_paths(self) -> list[Path]:
        """The recipe files of the folder: its own, and those under ``recipes/``, by name."""
        own = [self.folder / "recipe.yaml"]
        under = sorted((self.folder / "recipes").glob("*/recipe.yaml"))
        return [path for path in (*own, *under) if path.is_file()]

    async def close(self) -> None:
        """Close connections and the ledger, after all of it is on disk."""
        await self.providers.close()
        self.ledger.close()

    async def run(
        self,
        recipe: Recipe,
        inputs: Mapping[str, Json],
        *,
        models: Mapping[str, str] | None = None,
        edits: Mapping[str, Json] | None = None,
        budget_usd: float | None = None,
        controller: Controller | None = None,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """Run a recipe live.  ``edits`` are those the recipe was loaded with, for the record."""
        self.check_models(recipe, models or {})
        if controller is None:  # who steps may answer in the place of a model
            refuse_unusable(recipe, self.providers, models or {})
        setup = starts.live(recipe, inputs, models or {}, edits or {}, budget_usd, self.session)
        return await self._execute(setup, controller, listeners, person)

    async def attempt(self, recipe: Recipe, inputs: Mapping[str, Json]) -> Result:
        """Run a recipe live even where it could only fail for want of a model: a case of it then says so."""
        setup = starts.live(recipe, inputs, {}, {}, None, self.session)
        return await self._execute(setup, None, (), None)

    async def batch(
        self,
        recipe: Recipe,
        data: Path,
        options: BatchOptions | None = None,
        *,
        at_once: int = AT_ONCE,
        budget_usd: float | None = None,
        resume: bool = False,
        watcher: Watcher | None = None,
    ) -> BatchResult:
        """Run a recipe over a dataset, ``at_once`` runs side by side; ``budget_usd`` is shared by all.

        With ``resume`` the last unfinished batch of this recipe and data goes on.
        """
        chosen = options or BatchOptions()
        self.check_models(recipe, chosen.models)
        return await run_batch(
            self, recipe, data, chosen, at_once=at_once, budget_usd=budget_usd, resume=resume, watcher=watcher
        )

    async def replay(
        self, reference: str, *, controller: Controller | None = None, listeners: Sequence[Listener] = ()
    ) -> Result:
        """Run a past run again from its recording alone: the same recipe, the same answers, nobody asked."""
        setup, snapshot = starts.replay(self.reader, reference)
        return _compared(snapshot, await self._execute(setup, controller, listeners, None))

    async def resume(
        self,
        reference: str,
        *,
        answers: Mapping[str, str] | None = None,
        budget_usd: float | None = None,
        recipe: Recipe | None = None,
        controller: Controller | None = None,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """Go on with a run that stopped; what it had finished is not asked again.

        ``budget_usd`` is a new limit for the whole run, what it has spent included; ``recipe`` is a changed
        recipe to go on with, without which a change since is refused.
        """
        setup = starts.resume(self.reader, reference, answers or {}, budget_usd, recipe)
        return await self._execute(setup, controller, listeners, AnswersAhead(answers or {}, person))

    async def rerun(
        self,
        reference: str,
        change: Change,
        *,
        controller: Controller | None = None,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """Run a past run again with something changed; only what the change touches is asked again."""
        setup = starts.again(self.reader, reference, change)
        self.check_models(setup.start.recipe, change.models)
        return await self._execute(setup, controller, listeners, person)

    async def fork(
        self,
        reference: str,
        at: str,
        change: Change,
        *,
        output: str | None = None,
        controller: Controller | None = None,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """A new line from a step of a past run: the step and what follows anew, the rest as recorded.

        With ``output`` the step is not run; that text is its output.
        """
        setup = starts.again(self.reader, reference, change, at, output)
        self.check_models(setup.start.recipe, change.models)
        return await self._execute(setup, controller, listeners, person)

    async def branch(
        self,
        reference: str,
        *,
        controller: Controller,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """A past run from its beginning under a controller, its calls answering for free: to step back."""
        setup = starts.branch(self.reader, reference)
        return await self._execute(setup, controller, listeners, person)

    async def rehearse(self, recipe: Recipe, inputs: Mapping[str, Json], change: Change) -> Rehearsal:
        """What a live run would do; asks nobody and records nothing."""
        self.check_models(recipe, change.models)
        setup = starts.live(recipe, inputs, change.models, {}, change.budget_usd, self.session)
        return await self._rehearse(setup)

    async def rehearse_again(
        self, reference: str, change: Change, at: str | None = None, output: str | None = None
    ) -> Rehearsal:
        """What a rerun or fork would do; asks nobody and records nothing."""
        setup = starts.again(self.reader, reference, change, at, output)
        self.check_models(setup.start.recipe, change.models)
        return await self._rehearse(setup)

    async def _learned(self, setup: Setup) -> Learned:
        """What the record teaches of a recipe's roles; a strict replay needs none of it."""
        if not setup.rules.strict:
            await self._learning.prepare(setup.start.recipe)
        return partial(self._learning.router, setup.start.recipe)

    async def _rehearse(self, setup: Setup) -> Rehearsal:
        seen = _Seen()
        known = RecordedPace(self.reader, setup.start.recipe)
        rules: Rules = replace(setup.rules, dry=True)
        start = setup.start
        complete(setup.budget, start.recipe, start.session, self.settings, self.ledger.accounts)
        await run_recipe(
            setup.start,
            Surroundings(
                self.providers.provider,
                listeners=(seen,),
                rules=rules,
                budget=setup.budget,
                health=self.health,
                rates=self.rates,
                pace=known.median,
                slow=known.slow,
                usual=known.median,
                clearances=self.clearances,
                learned=await self._learned(setup),
                folder=self.folder,
            ),
        )
        return Rehearsal(start.recipe, start.parent, tuple(seen.events), start.models, setup.budget)

    def _usual(self, recipe: Recipe) -> Pace:
        """How long calls take, for people: runs side by side read it once."""
        name = recipe.document.name
        at, known = self._shown.get(name, (-SHOWN_SECONDS, None))
        if known is None or time.monotonic() - at > SHOWN_SECONDS:
            known = RecordedPace(self.reader, recipe)
            self._shown[name] = (time.monotonic(), known)
        return known.median

    async def surroundings(
        self, setup: Setup, listeners: Sequence[Listener] = (), steady: RecordedPace | None = None
    ) -> Surroundings:
        """What a run of this workbench has around it; ``steady``: the pace that many runs share."""
        start = setup.start
        if not setup.rules.strict:
            complete(setup.budget, start.recipe, start.session, self.settings, self.ledger.accounts)
        setup.budget.billing = self.billing
        known = steady or RecordedPace(self.reader, start.recipe)
        return Surroundings(
            self.providers.provider,
            self.ledger.writer(),
            listeners,
            rules=setup.rules,
            budget=setup.budget,
            health=self.health,
            rates=self.rates,
            pace=known.median,
            slow=known.slow,
            usual=steady.median if steady is not None else self._usual(start.recipe),
            clearances=self.clearances,
            ahead=Ahead(self.reader, start.recipe),
            learned=await self._learned(setup),
            folder=self.folder,
        )

    async def _execute(
        self,
        setup: Setup,
        controller: Controller | None,
        listeners: Sequence[Listener],
        person: Person | None,
    ) -> Result:
        around = await self.surroundings(setup, listeners)
        around = replace(around, controller=controller, person=person)
        ending = await run_recipe(setup.start, around)
        result = _result(setup.start.run, ending)
        if ending.divergence is None or setup.start.parent is None:
            return result
        return replace(result, departure=diverged(self.reader, setup.start.parent, ending.divergence))

    def check_models(self, recipe: Recipe, models: Mapping[str, str]) -> None:
        """Raise UsageError for a role the recipe has not, or a model that nobody serves or that is none."""
        roles = list(recipe.document.models)
        for role, model in models.items():
            if role not in roles:
                close = difflib.get_close_matches(role, roles, 1)
                hint = f"did you mean {close[0]}?" if close else f"roles: {', '.join(roles) or 'none'}"
                raise UsageError(f"recipe {recipe.document.name} has no role {role}", hint=hint)
            found = why_unusable(self.providers, model)
            if found is not None and found.is_mistake:
                raise UsageError(found.told, hint=found.hint)


def _compared(snapshot: RunSnapshot, result: Result) -> Result:
    """A replay's result; outputs other than the recorded ones are a failure of the replay."""
    if result.status != "done" or snapshot.status != "done":
        return result
    differing = [name for name, value in snapshot.outputs.items() if result.outputs.get(name) != value]
    if not differing:
        return result
    return replace(
        result, status="failed", error=f"outputs differ from the recording: {', '.join(differing)}"
    )


def _result(run: str, ending: Ending) -> Result:
    return Result(
        run, ending.status, ending.outputs, ending.error, ending.error_class, ending.error_path, ending.hint
    )
