"""The workbench: AI orchestration in the terminal, on your own machine.

From a notebook or a test: ``workbench.run("recipes/support-triage", ticket="…").outputs``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.study.bench import Result

__version__ = "0.1.0"
__all__ = ["__version__", "run"]


def run(recipe: str | Path, /, *, db: Path | None = None, offline: bool = False, **inputs: Any) -> Result:
    """Run a recipe (a folder, a recipe.yaml, or a name under ``recipes/``) on ``inputs`` and record it.

    ``db`` is the record, ``local.db`` by default.  A run that fails comes back as such, with ``status`` and
    ``error``; raises WorkbenchError for what cannot start: a wrong recipe, wrong inputs, a broken record.
    """
    from workbench.study.once import run_once

    return run_once(str(recipe), inputs, db, offline)
