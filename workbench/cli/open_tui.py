"""Opens the terminal program on the current folder."""

from __future__ import annotations

import asyncio

from workbench.cli.session import Session


def open_tui(here: Session) -> int:
    """Open it and return its exit code when the person leaves."""
    return asyncio.run(_open(here))


async def _open(here: Session) -> int:
    from workbench.tui.app import WorkbenchApp

    bench = here.bench()
    try:
        app = WorkbenchApp(bench)
        await app.run_async()
        return app.return_code or 0
    finally:
        await bench.close()
