"""Cases of a recipe's tests out of past runs, and past runs that answer a case again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunFilter
from workbench.recipe.editing.saving import open_text, save
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.tree import draft
from workbench.recipe.editing.values import set_value
from workbench.recipe.tests_file import TESTS_NAME

LONG = 300
"""A longer text is expected to be like the recorded one, not the same."""
LOOKED_THROUGH = 200
MEASURED = ("calls", "cost", "seconds")
"""What a run from the record cannot show: such cases always run live."""


def keep_case(reader: Reader, reference: str, name: str = "") -> tuple[Path, str]:
    """Append a run to its recipe's tests as a case that expects its outputs; the file and the case's name.

    Nothing else of the file changes.  UsageError when the recipe's folder is gone or the run did not end.
    """
    row = reader.run(reference)
    snapshot = reader.snapshot(row.id)
    folder = Path(snapshot.recipe_path).parent
    if not (folder / Path(snapshot.recipe_path).name).is_file():
        raise UsageError(f"the recipe of run {row.id} is no longer at {folder}")
    if row.status != "done":
        raise UsageError(f"run {row.id} is {row.status}", hint="a case is kept of a run that is done")
    opened = open_text(folder / TESTS_NAME)
    data = draft(opened.text).data if opened.text.strip() else {}
    cases = data.get("cases") if isinstance(data, dict) else None
    taken = {case.get("name") for case in cases or () if isinstance(case, Mapping)}
    shown = name or _free(taken, f"run {row.id}")
    if shown in taken:
        raise UsageError(f"there is a case {shown} already", hint="give another --name")
    case: dict[str, Json] = {
        "name": shown,
        "inputs": dict(snapshot.inputs),
        "expect": expectations(reader.outputs(row.id)),
    }
    number = len(cases) if isinstance(cases, list) else 0
    text = opened.text or "cases: []\n"
    save(opened.path, apply(text, set_value(text, ("cases", number), case)), opened.stamp)
    return opened.path, shown


def expectations(outputs: Mapping[str, Json]) -> dict[str, Json]:
    """What a case expects of outputs like these: the same values, and long texts much like them."""
    found: dict[str, Any] = {"status": {"equals": "done"}}
    for name, value in outputs.items():
        if isinstance(value, str) and len(value) > LONG:
            found[f"outputs.{name}"] = {"similar": {"to": value, "at_least": 0.8}}
        elif value is not None:
            found[f"outputs.{name}"] = {"equals": value}
    return found


def recorded_run(reader: Reader, recipe: str, inputs: Mapping[str, Json], expects: frozenset[str]) -> str:
    """The latest finished run of a recipe on these inputs, which can answer a case again; empty when none.

    ``inputs`` are complete, defaults too.  A case that measures calls, cost or time has none.
    """
    if expects & set(MEASURED):
        return ""
    for row in reader.runs(LOOKED_THROUGH, 0, RunFilter(recipe=recipe, status="done")):
        if dict(row.inputs) == dict(inputs):
            return row.id
    return ""


def _free(taken: set[Any], wanted: str) -> str:
    return next(name for number in range(1, len(taken) + 3)
                if (name := wanted if number == 1 else f"{wanted} {number}") not in taken)  # fmt: skip
