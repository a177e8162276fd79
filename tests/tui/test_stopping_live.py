"""The stop key while a real answer streams over a socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.providers.protocols import KINDS
from tests.providers.wire_server import serving
from tests.study.test_stopping import check, put
from tests.tui.apps import screen_text, settled, until
from tests.waiting import LONG
from workbench.recipe.load import load
from workbench.settings import Kind
from workbench.study.bench import Bench
from workbench.tui.app import WorkbenchApp


@pytest.mark.parametrize("kind", KINDS)
async def test_the_stop_key_closes_the_connection_and_the_record_tells_what_came(
    tmp_path: Path, kind: Kind
) -> None:
    async with serving() as wire:
        recipe = load(put(tmp_path, wire, kind))
        bench = Bench.open(tmp_path)
        app = WorkbenchApp(bench)
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            app.start_run(recipe, {}, {}, step=False)
            await until(pilot, lambda: "One " in screen_text(app), "the answer streams")
            await pilot.press("x")
            await asyncio.wait_for(wire.closed.wait(), LONG)
            await until(pilot, lambda: not app.sessions[0].running, "the run ends")
            assert bench.reader.run("last").status == "cancelled"
            (call,) = bench.reader.step("last", "tell").calls
            check(call, kind)
            await until(
                pilot, lambda: "stopped while it was in flight" in screen_text(app) or "■" in screen_text(app)
            )
        await bench.close()
