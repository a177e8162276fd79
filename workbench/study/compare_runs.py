"""Single runs as a comparison: those of one recipe in several versions, paired by the inputs they ran on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.batch_rows import BatchCall, BatchRun
from workbench.ledger.reader import Reader
from workbench.ledger.rows import CallRow, RunRow, RunSnapshot
from workbench.study.case_figures import Figures, RunFacts, count_run, verdicts
from workbench.study.compare_many import Comparison, Subject, compared, letter


def compare_runs(reader: Reader, references: Sequence[str], margin: float = 0.0) -> Comparison:
    """Compare versions of a recipe over the inputs that each of them ran on.

    A version is a recipe with what was set in it; runs of one version on the same inputs are repeats.
    UsageError says why there is nothing to pair.
    """
    rows = [row for row in map(reader.run, references) if row.mode != "replay"]
    recipes = list(dict.fromkeys(row.recipe for row in rows))
    if len(recipes) != 1:
        raise UsageError(
            f"they are of different recipes: {', '.join(recipes)}" if recipes else "all are replays"
        )
    versions: dict[str, Figures] = {}
    labels: dict[str, str] = {}
    cases: dict[str, int] = {}
    for row in rows:
        snapshot = reader.snapshot(row.id)
        version = _key([row.recipe_hash, dict(snapshot.models), dict(snapshot.edits)])
        case = cases.setdefault(_key(dict(row.inputs)), len(cases) + 1)
        labels.setdefault(version, _label(snapshot))
        count_run(versions.setdefault(version, Figures()), _facts(reader, row, f"inputs:{case}"))
    if len(versions) < 2:
        raise UsageError("all are of one version of the recipe: there is nothing to hold against another")
    first, *others = versions.values()
    if not all(set(first.runs) & set(other.runs) for other in others):
        raise UsageError("they ran on different inputs: no case is of two versions")
    subjects = [Subject(letter(place), labels[version], None, 0) for place, version in enumerate(versions)]
    return compared(subjects, list(versions.values()), margin)


def _key(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _label(snapshot: RunSnapshot) -> str:
    """What was set, else which recipe it is."""
    changes: Mapping[str, Json] = {**snapshot.models, **snapshot.edits}
    told = " ".join(f"{name}={value}" for name, value in changes.items())
    return f"{snapshot.recipe} {told or snapshot.recipe_hash[:8]}"


def _facts(reader: Reader, row: RunRow, case: str) -> RunFacts:
    of_batch = BatchRun(row.id, case, row.status, row.cost_nano, row.cost_known, row.seconds)
    gates = [(row.id, each.path, each.gate, each.passed, each.score) for each in reader.gates(row.id)]
    return RunFacts(
        of_batch,
        [_call(row.id, each) for each in reader.recording(row.id) if each.kind not in ("hand", "shadow")],
        {name: verdict for (_, name), verdict in verdicts(gates).items()},
        reader.expected(row.id),
        reader.labels(row.id),
    )


def _call(run: str, call: CallRow) -> BatchCall:
    usage, reused = call.usage, call.source is not None
    return BatchCall(
        run, call.path, reused, call.cost_nano, call.seconds or 0.0, usage.input_total, usage.output,
        call.kind == "model", (call.first_token or 0.0) if reused else 0.0,
    )  # fmt: skip
