"""Old recordings through a recipe as it is now: does it ask the same, and make the same of the answers?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.engine.recording import RecordedCall
from workbench.engine.run import Ending, Surroundings, run_recipe
from workbench.events import Event, GateChecked, Json, StepFinished
from workbench.guard.budget import Budget
from workbench.ledger.reader import Reader
from workbench.ledger.rows import StepRow
from workbench.recipe.recipe import Recipe
from workbench.study import starts
from workbench.study.bench import Bench
from workbench.study.compare import all_steps, plain
from workbench.study.departures import Departure, diverged
from workbench.study.explain import Difference


async def departure(bench: Bench, reference: str, recipe: Recipe) -> Departure | None:
    """Where ``recipe`` leaves the recording of a past run; None when it does not.  Asks and records nobody.

    Raises RecipeError when the run's inputs do not fit the recipe any more.
    """
    reader = bench.reader
    setup = starts.through(reader, reference, recipe)
    heard = _Heard()
    around = Surroundings(bench.providers.provider, None, (heard,), rules=setup.rules, budget=Budget())
    ending = await run_recipe(setup.start, around)
    run = setup.start.parent
    assert run is not None
    if ending.divergence is not None:
        return diverged(reader, run, ending.divergence)
    return _first_difference(reader, run, heard, ending) or _not_asked(setup)


def _not_asked(setup: starts.Setup) -> Departure | None:
    """A recorded call that the recipe asks no longer."""
    left = [
        call
        for recording in setup.rules.recordings
        for call in recording.left()
        if call.kind != "hand" and not _is_summary(call)
    ]
    return Departure(left[0].path, "what it asked then is not asked any more") if left else None


def _is_summary(call: RecordedCall) -> bool:
    """True for a call that made a request fit: a recorded request needs none."""
    return bool((call.request.get("identity") or {}).get("summary"))


class _Heard:
    """How the steps ended, by path, and their verdicts."""

    def __init__(self) -> None:
        self.ended: dict[str, StepFinished] = {}
        self.verdicts: dict[str, list[tuple[str, bool]]] = {}

    def receive(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self.ended[event.path] = event
        elif isinstance(event, GateChecked):
            self.verdicts.setdefault(event.path, []).append((event.label, event.passed))


def _first_difference(reader: Reader, run: str, heard: _Heard, ending: Ending) -> Departure | None:
    """The first step that ended otherwise, then the outputs."""
    outputs = reader.step_outputs(run)
    verdicts: dict[str, list[tuple[str, bool]]] = {}
    for gate in reader.gates(run):
        verdicts.setdefault(gate.path, []).append((gate.label, gate.passed))
    for row in all_steps(reader, run):
        now = heard.ended.get(row.path)
        if now is None:
            continue  # it was renamed, or its calls are left over
        found = _step_differences(
            row, now, outputs.get(row.path), verdicts.get(row.path, []), heard.verdicts.get(row.path, [])
        )
        if found:
            return Departure(row.path, ", ".join(str(each) for each in found), tuple(found))
    before = reader.outputs(run)
    changed = _changed(before, ending.outputs)
    if reader.run(run).status == ending.status == "done" and changed:
        return Departure("outputs", f"{', '.join(each.part for each in changed)} differ", tuple(changed))
    return None


def _step_differences(
    row: StepRow,
    now: StepFinished,
    output: Json,
    gates: Sequence[tuple[str, bool]],
    gates_now: Sequence[tuple[str, bool]],
) -> list[Difference]:
    found: list[Difference] = []
    if row.status != now.status:
        found.append(Difference("status", row.status, now.status))
    if list(gates) != list(gates_now):
        found.append(Difference("gates", _worded(gates), _worded(gates_now)))
    if not found and output is not None and plain(output) != plain(now.output):
        found.append(Difference("output", plain(output), plain(now.output)))
    return found


def _worded(gates: Sequence[tuple[str, bool]]) -> str:
    return ", ".join(f"{gate} {'passed' if passed else 'failed'}" for gate, passed in gates) or "none"


def _changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    names = dict.fromkeys((*before, *after))
    return [
        Difference(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
