"""How each use of the record starts: from which recipe and inputs, and what its recording answers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.engine.run import Start
from workbench.errors import UsageError
from workbench.events import Json
from workbench.guard.budget import Budget
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunSnapshot
from workbench.recipe.inputs import read_inputs
from workbench.recipe.load import load, load_snapshot
from workbench.recipe.recipe import Recipe
from workbench.study.budgets import budget_of, session_of
from workbench.study.change import Change
from workbench.study.identity import new_run_id
from workbench.study.paths import Upstream

DIFF_LINES = 24
"""Lines of a recipe's changes that are shown when it keeps a run from going on."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A run about to start: from what, under which rules, within which limits."""

    start: Start
    rules: Rules
    budget: Budget


def live(
    recipe: Recipe,
    inputs: Mapping[str, Json],
    models: Mapping[str, str],
    edits: Mapping[str, Json],
    budget_usd: float | None,
    session: str | None = None,
) -> Setup:
    """A new run that asks everything for real; ``session`` wins over the recipe's."""
    given = read_inputs(recipe, inputs)
    start = Start(
        run=new_run_id(),
        recipe=recipe,
        inputs=given,
        models=models,
        edits=edits,
        session=session_of(recipe, given, session),
    )
    return Setup(start, Rules(), budget_of(recipe, budget_usd))


def replay(reader: Reader, reference: str) -> tuple[Setup, RunSnapshot]:
    """A past run from its recording alone."""
    row = reader.run(reference)
    snapshot = reader.snapshot(row.id)
    start = Start(
        run=new_run_id(),
        recipe=_recorded(snapshot, snapshot.edits),
        inputs=snapshot.inputs,
        mode="replay",
        parent=row.id,
        models=snapshot.models,
        edits=snapshot.edits,
    )
    recording = Recording(row.id, reader.recording(row.id), finished_only=False)
    return Setup(start, Rules((recording,), strict=True), Budget()), snapshot


def through(reader: Reader, reference: str, recipe: Recipe) -> Setup:
    """A past run's recording alone, through a recipe that may be another than it was."""
    row = reader.run(reference)
    snapshot = reader.snapshot(row.id)
    start = Start(
        run=new_run_id(),
        recipe=recipe,
        inputs=read_inputs(recipe, _wanted(snapshot.inputs, recipe)),
        mode="replay",
        parent=row.id,
        models=_roles(snapshot.models, recipe),
        edits=recipe.edits,
    )
    recording = Recording(
        row.id, reader.recording(row.id), finished_only=False, steps=frozenset(recipe.document.steps)
    )
    return Setup(start, Rules((recording,), strict=True), Budget())


def resume(
    reader: Reader,
    reference: str,
    answers: Mapping[str, str],
    budget_usd: float | None = None,
    changed: Recipe | None = None,
) -> Setup:
    """A run that stopped, going on: the same run, and what it had finished is not asked again.

    ``changed`` is another recipe to go on with; what it asks as before is answered from the record.
    """
    row = reader.run(reference)
    if row.status in ("done", "running"):
        why = "is finished" if row.status == "done" else "is still running in another process"
        raise UsageError(f"run {row.id} {why}: there is nothing to resume")
    if row.mode == "replay":
        raise UsageError(
            f"run {row.id} is a replay: it is not resumed", hint=f"workbench replay {row.parent}"
        )
    _check_answers(reader, row.id, answers)
    snapshot = reader.snapshot(row.id)
    recipe = changed or _unchanged(snapshot)
    last_seq, last_call = reader.position(row.id)
    start = Start(
        run=row.id,
        recipe=recipe,
        inputs=snapshot.inputs,
        mode=snapshot.mode,
        models=_roles(snapshot.models, recipe),
        edits=snapshot.edits if changed is None else {},
        resumed=True,
        changed=recipe.hash != snapshot.recipe_hash,
        answers=answers,
        session=snapshot.session,
        last_seq=last_seq,
        last_call=last_call,
    )
    own = Recording(row.id, reader.recording(row.id), finished_only=True)
    origin = _origin_of(reader, snapshot, recipe)
    rules = Rules((own, *origin), outputs=_given(snapshot.fork_at, snapshot.fork_output))
    return Setup(start, rules, budget_of(recipe, budget_usd, reader, row.id))


def again(
    reader: Reader, reference: str, change: Change, at: str | None = None, output: str | None = None
) -> Setup:
    """A past run with something changed (rerun), or anew from the step ``at`` on (fork)."""
    row = reader.run(reference)
    snapshot = reader.snapshot(row.id)
    edits = {**snapshot.edits, **change.edits} if change.recipe is None else dict(change.recipe.edits)
    recipe = change.recipe or _present(snapshot, edits, as_it_was=at is not None)
    if at is not None:
        _check_fork(reader, row.id, recipe, at, output)
    start = Start(
        run=new_run_id(),
        recipe=recipe,
        inputs=read_inputs(recipe, {**_wanted(snapshot.inputs, recipe), **change.inputs}),
        mode="rerun" if at is None else "fork",
        parent=row.id,
        models=_roles({**snapshot.models, **change.models}, recipe),
        edits=edits,
        fork_at=at,
        fork_output=output,
        session=snapshot.session,
    )
    rules = Rules((_past(reader, row.id, recipe, at),), outputs=_given(at, output))
    return Setup(start, rules, budget_of(recipe, change.budget_usd))


def branch(reader: Reader, reference: str) -> Setup:
    """A past run from its beginning, its calls answering for free: stepped to a place, it can go another way.

    What a person edited in it is not done again by itself.
    """
    row = reader.run(reference)
    snapshot = reader.snapshot(row.id)
    recipe = _present(snapshot, snapshot.edits, as_it_was=True)
    start = Start(
        run=new_run_id(),
        recipe=recipe,
        inputs=snapshot.inputs,
        mode="fork",
        parent=row.id,
        models=snapshot.models,
        edits=snapshot.edits,
    )
    return Setup(start, Rules((_past_for_stepping(reader, row.id),)), budget_of(recipe, None))


def _past(reader: Reader, run: str, recipe: Recipe, at: str | None) -> Recording:
    """What a past run answers for a rerun, or for a fork at a step instance."""
    return Recording(
        run,
        reader.recording(run),
        finished_only=True,
        keeps=Upstream(recipe, at).keeps if at is not None else None,
        steps=frozenset(recipe.document.steps),
    )


def _past_for_stepping(reader: Reader, run: str) -> Recording:
    return Recording(run, reader.recording(run), finished_only=True, hands=False)


def _origin_of(reader: Reader, snapshot: RunSnapshot, recipe: Recipe) -> tuple[Recording, ...]:
    """What the run answers from which a rerun or fork came, as when it started; nothing when that is gone."""
    if snapshot.parent is None or snapshot.mode not in ("rerun", "fork"):
        return ()
    try:
        reader.run(snapshot.parent)
    except UsageError:
        return ()
    if snapshot.mode == "fork" and snapshot.fork_at is None:
        return (_past_for_stepping(reader, snapshot.parent),)
    return (_past(reader, snapshot.parent, recipe, snapshot.fork_at),)


def _given(at: str | None, output: str | None) -> dict[str, str]:
    return {at: output} if at is not None and output is not None else {}


def _roles(models: Mapping[str, str], recipe: Recipe) -> dict[str, str]:
    """The models set for roles that the recipe still has."""
    return {role: model for role, model in models.items() if role in recipe.document.models}


def _wanted(inputs: Mapping[str, Json], recipe: Recipe) -> dict[str, Json]:
    """The recorded inputs that the recipe still has."""
    return {name: value for name, value in inputs.items() if name in recipe.document.inputs}


def _recorded(snapshot: RunSnapshot, edits: Mapping[str, Json]) -> Recipe:
    return load_snapshot(snapshot.recipe_path, snapshot.files, snapshot.file_hashes, edits=edits)


def _present(snapshot: RunSnapshot, edits: Mapping[str, Json], *, as_it_was: bool) -> Recipe:
    """The recipe as its files are now; the recorded one when they are gone, or changed and ``as_it_was``."""
    path = Path(snapshot.recipe_path)
    if not path.is_file() or (as_it_was and load(path, edits=snapshot.edits).hash != snapshot.recipe_hash):
        return _recorded(snapshot, edits)
    return load(path, edits=edits)


def _unchanged(snapshot: RunSnapshot) -> Recipe:
    """The recipe of a run from its folder, refused when it changed; from the record when it is gone."""
    path = Path(snapshot.recipe_path)
    if not path.is_file():
        return _recorded(snapshot, snapshot.edits)
    recipe = load(path, edits=snapshot.edits)
    if recipe.hash != snapshot.recipe_hash:
        changed = [
            name for name, value in recipe.file_hashes.items() if snapshot.file_hashes.get(name) != value
        ]
        raise UsageError(
            f"the recipe of run {snapshot.run} has changed since: {', '.join(changed) or path}"
            + _changes(snapshot.files, recipe.files),
            hint=f"put it back as it was, or go on with it: workbench resume {snapshot.run} --recipe {path}",
        )
    return recipe


def _changes(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str:
    """The first lines of how texts changed, as a diff; empty where only data did."""
    lines: list[str] = []
    for name in sorted({*before, *after}):
        old, new = ((texts.get(name) or "").splitlines() for texts in (before, after))
        lines += difflib.unified_diff(old, new, f"{name} (recorded)", f"{name} (now)", lineterm="", n=1)
    more = ["…"] if len(lines) > DIFF_LINES else []
    return "".join(f"\n{line}" for line in (*lines[:DIFF_LINES], *more))


def _check_answers(reader: Reader, run: str, answers: Mapping[str, str]) -> None:
    asked = {path: choices for path, _, choices in reader.questions(run)}
    for path, answer in answers.items():
        if path not in asked:
            waits = ", ".join(asked) or "no step"
            raise UsageError(f"step {path} asks nothing in run {run}", hint=f"waiting for an answer: {waits}")
        if asked[path] and answer not in asked[path]:
            choices = ", ".join(asked[path])
            raise UsageError(f"{answer!r} is no choice of step {path}", hint=f"choices: {choices}")


def _check_fork(reader: Reader, run: str, recipe: Recipe, at: str, output: str | None) -> None:
    verb = reader.step(run, at).step.verb
    if output is None:
        return
    if verb in ("steps", "set", "recipe"):
        raise UsageError(f"step {at} is a {verb} step: its output is no text")
    whole = recipe.document.steps.get(at)
    if whole is not None and whole.each is not None:
        raise UsageError(f"step {at} has an item for each of {whole.each}", hint=f"name one item, as {at}[0]")
