"""What the shell completes: names of recipes, ids of runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

RUNS_OFFERED = 20
PLAIN = re.compile(r"[A-Za-z0-9._-]+")
"""Only plain names are handed to a shell."""


def recipe_names(incomplete: str) -> list[str]:
    """Recipes under ``recipes/``."""
    found = sorted(path.parent.name for path in Path("recipes").glob("*/recipe.yaml"))
    return [name for name in found if name.startswith(incomplete) and PLAIN.fullmatch(name)]


def run_ids(incomplete: str) -> list[str]:
    """The latest runs, newest first, after ``last``."""
    database = Path(os.environ.get("WORKBENCH_DB") or "local.db")
    if not database.is_file():
        return []
    from workbench.errors import WorkbenchError
    from workbench.ledger.store import open_ledger

    try:
        ledger = open_ledger(database)
        try:
            ids = [row.id for row in ledger.reader().runs(limit=RUNS_OFFERED)]
        finally:
            ledger.close()
    except WorkbenchError:
        return []
    return [name for name in ("last", *ids) if name.startswith(incomplete) and PLAIN.fullmatch(name)]
