"""What a key costs in Compose: CPU of the screen's thread, in a short recipe and in one of 300 steps.

python -m benchmarks.compose_keys
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.tui.apps import LARGE, settled
from tests.tui.compose_kit import ComposeApp, long_recipe, make_folder, ready, source
from workbench.tui.app import spare_keys

LETTERS = "abcdefghijklmnopqrstuvwxyz" * 2


async def typed(steps: int) -> list[float]:
    """Milliseconds of each key typed in the middle of the source."""
    with tempfile.TemporaryDirectory() as folder:
        app = ComposeApp(Path(folder), make_folder(Path(folder), long_recipe(steps)))
        async with app.run_test(size=LARGE) as pilot:
            await ready(pilot)
            await pilot.press("2")
            editor = source(app)
            editor.move_cursor((editor.document.line_count // 2, 12))
            await settled(pilot)
            spent = []
            for letter in LETTERS:
                began = time.thread_time()
                await pilot.press(letter)
                spent.append(1000 * (time.thread_time() - began))
    return spent


def main() -> None:
    """Print both, with the collector as the program sets it."""
    spare_keys()
    for steps in (3, 300):
        spent = asyncio.run(typed(steps))
        most = statistics.quantiles(spent, n=20)[18]
        print(f"{steps:4} steps: {statistics.median(spent):5.1f} ms a key, 95 in 100 under {most:.1f} ms")


if __name__ == "__main__":
    main()
