"""One run from plain Python: opens the workbench, runs, closes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

from workbench.events import Json
from workbench.recipe.load import find, load
from workbench.study.bench import Bench, Result


def run_once(reference: str, inputs: Mapping[str, Json], db: Path | None, offline: bool) -> Result:
    """Run a recipe in the current folder; also from within a running event loop, as notebooks have one."""
    folder = Path.cwd()
    recipe = load(find(reference, folder))

    async def work() -> Result:
        bench = Bench.open(folder, db, offline)
        try:
            return await bench.run(recipe, inputs)
        finally:
            await bench.close()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    results: list[Result] = []
    failures: list[BaseException] = []

    def beside() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:  # whatever it is, it belongs to the caller
            failures.append(error)

    thread = threading.Thread(target=beside)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]
