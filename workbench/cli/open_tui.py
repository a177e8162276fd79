"""Opens the terminal program on the current folder."""

from __future__ import annotations

from workbench.cli.session import Session


def open_tui(here: Session) -> int:
    """Open it and return its exit code when the person leaves."""
    from workbench.tui.app import WorkbenchApp

    bench = here.bench()
    return WorkbenchApp(bench).run() or 0
