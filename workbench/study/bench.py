"""One open workbench: a folder, its ledger, settings and providers; runs recipes and uses their record."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.engine.control import Controller, Person
from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.engine.run import Ending, Start, Surroundings, run_recipe
from workbench.errors import CallError, ErrorClass, UsageError
from workbench.events import Json, Listener, RunStatus
from workbench.guard.budget import Budget
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunRow, RunSnapshot
from workbench.ledger.store import Ledger, open_ledger
from workbench.providers.registry import Providers
from workbench.recipe.inputs import read_inputs
from workbench.recipe.load import load, load_snapshot
from workbench.recipe.recipe import Recipe
from workbench.settings import Settings, read_settings
from workbench.study.answers import AnswersAhead
from workbench.study.identity import new_run_id
from workbench.usage import NANO

EXIT_CODES: Mapping[RunStatus, int] = {
    "done": 0, "failed": 1, "crashed": 1, "running": 1, "waiting": 3, "over_budget": 4, "cancelled": 130,
}  # fmt: skip
DATABASE = "local.db"


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

    @property
    def exit_code(self) -> int:
        """The exit code of the command line for this ending."""
        return EXIT_CODES[self.status]


class Bench:
    """One open workbench."""

    def __init__(self, folder: Path, ledger: Ledger, settings: Settings, providers: Providers) -> None:
        self.folder = folder
        self.ledger = ledger
        self.settings = settings
        self.providers = providers

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
        self._check_models(recipe, models or {})
        start = Start(
            run=new_run_id(),
            recipe=recipe,
            inputs=read_inputs(recipe, inputs),
            models=models or {},
            edits=edits or {},
        )
        around = self._around(controller, listeners, person, Rules(), self._budget(recipe, budget_usd))
        return _result(start.run, await run_recipe(start, around))

    async def replay(
        self, reference: str, *, controller: Controller | None = None, listeners: Sequence[Listener] = ()
    ) -> Result:
        """Run a past run again from its recording alone: the same recipe, the same answers, nobody asked."""
        row = self.reader.run(reference)
        snapshot = self.reader.snapshot(row.id)
        recording = Recording(row.id, self.reader.recording(row.id), finished_only=False)
        start = Start(
            run=new_run_id(),
            recipe=_recipe_of(snapshot),
            inputs=snapshot.inputs,
            mode="replay",
            parent=row.id,
            models=snapshot.models,
            edits=snapshot.edits,
        )
        rules = Rules((recording,), strict=True)
        ending = await run_recipe(start, self._around(controller, listeners, None, rules, Budget()))
        return _result(start.run, _checked_against(snapshot, ending))

    async def resume(
        self,
        reference: str,
        *,
        answers: Mapping[str, str] | None = None,
        controller: Controller | None = None,
        listeners: Sequence[Listener] = (),
        person: Person | None = None,
    ) -> Result:
        """Go on with a run that stopped; what it had finished is not asked again."""
        row = self.reader.run(reference)
        if row.status in ("done", "running"):
            why = "is finished" if row.status == "done" else "is still running in another process"
            raise UsageError(f"run {row.id} {why}: there is nothing to resume")
        self._check_answers(row.id, answers or {})
        snapshot = self.reader.snapshot(row.id)
        last_seq, last_call = self.reader.position(row.id)
        recording = Recording(row.id, self.reader.recording(row.id), finished_only=True)
        recipe = self._unchanged(snapshot)
        start = Start(
            run=row.id, recipe=recipe, inputs=snapshot.inputs, mode=snapshot.mode, models=snapshot.models,
            edits=snapshot.edits, resumed=True, answers=answers or {}, last_seq=last_seq, last_call=last_call,
        )  # fmt: skip
        ahead = AnswersAhead(answers or {}, person)
        budget = self._budget(recipe, None, row)
        around = self._around(controller, listeners, ahead, Rules((recording,)), budget)
        return _result(row.id, await run_recipe(start, around))

    def _around(
        self,
        controller: Controller | None,
        listeners: Sequence[Listener],
        person: Person | None,
        rules: Rules,
        budget: Budget,
    ) -> Surroundings:
        return Surroundings(
            self.providers.provider, self.ledger.writer(), listeners, controller, person, rules, budget
        )

    def _budget(self, recipe: Recipe, usd: float | None, spent: RunRow | None = None) -> Budget:
        limits = recipe.document.budget
        dollars = usd if usd is not None else (limits.usd if limits else None)
        return Budget(
            nano=None if dollars is None else round(dollars * NANO),
            seconds=limits.seconds if limits else None,
            calls=limits.calls if limits else None,
            spent_nano=spent.cost_nano if spent else 0,
            made_calls=spent.calls if spent else 0,
        )

    def _check_models(self, recipe: Recipe, models: Mapping[str, str]) -> None:
        roles = list(recipe.document.models)
        for role, model in models.items():
            if role not in roles:
                close = difflib.get_close_matches(role, roles, 1)
                hint = f"did you mean {close[0]}?" if close else f"roles: {', '.join(roles) or 'none'}"
                raise UsageError(f"recipe {recipe.document.name} has no role {role}", hint=hint)
            try:
                self.providers.provider(model)
            except CallError as error:
                raise UsageError(error.message, hint=error.hint) from error

    def _check_answers(self, run: str, answers: Mapping[str, str]) -> None:
        asked = {path: choices for path, _, choices in self.reader.questions(run)}
        for path, answer in answers.items():
            if path not in asked:
                waits = ", ".join(asked) or "no step"
                raise UsageError(
                    f"step {path} asks nothing in run {run}", hint=f"waiting for an answer: {waits}"
                )
            if asked[path] and answer not in asked[path]:
                raise UsageError(
                    f"{answer!r} is no choice of step {path}", hint=f"choices: {', '.join(asked[path])}"
                )

    def _unchanged(self, snapshot: RunSnapshot) -> Recipe:
        """The recipe of a run from its folder, refused when it changed; from the record when it is gone."""
        path = Path(snapshot.recipe_path)
        if not path.is_file():
            return _recipe_of(snapshot)
        recipe = load(path, edits=snapshot.edits)
        if recipe.hash != snapshot.recipe_hash:
            raise UsageError(
                f"the recipe of run {snapshot.run} has changed since: {path}",
                hint="put it back as it was, or start a new run",
            )
        return recipe


def _recipe_of(snapshot: RunSnapshot) -> Recipe:
    return load_snapshot(snapshot.recipe_path, snapshot.files, snapshot.file_hashes, edits=snapshot.edits)


def _checked_against(snapshot: RunSnapshot, ending: Ending) -> Ending:
    """A replay's ending; other outputs than recorded are a failure of the replay."""
    if (
        ending.status == "done"
        and snapshot.status == "done"
        and dict(ending.outputs) != dict(snapshot.outputs)
    ):
        differing = [name for name in snapshot.outputs if ending.outputs.get(name) != snapshot.outputs[name]]
        return Ending("failed", ending.outputs, f"outputs differ from the recording: {', '.join(differing)}")
    return ending


def _result(run: str, ending: Ending) -> Result:
    return Result(
        run, ending.status, ending.outputs, ending.error, ending.error_class, ending.error_path, ending.hint
    )
