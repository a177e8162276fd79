"""The house keeps its floors: imports run downwards only, and the engine knows no screen and no record."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"
FLOORS = [
    {"cli", "tui"},
    {"export"},
    {"study"},
    {"batch"},
    {"engine"},
    {"routing", "gates", "guard"},
    {"providers", "tools", "ledger"},
    {"recipe"},
    {"settings", "safe_text", "words", "learnt_words"},
    {"events"},
    {"errors", "usage", "capabilities"},
]
"""Top floor first.  Rooms of one floor do not import each other; a face may use a face only by name below."""

ALLOWED = {("cli", "tui")}
"""The command line opens the screen."""

TYPES_ONLY = {("errors", "providers")}
"""An error carries the reply that had arrived; it is named for the type checker alone."""

LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}


def imports_of(path: Path) -> set[str]:
    """The rooms of the house that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == "workbench" and len(parts) > 1:
                found.add(parts[1])
    return found & set(LEVEL)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in MODULES} - {"__main__"} <= set(LEVEL)


@pytest.mark.parametrize("room", sorted(LEVEL))
def test_imports_run_downwards_only(room: str) -> None:
    upwards = {
        (str(path.relative_to(PACKAGE)), other)
        for path in MODULES
        if room_of(path) == room
        for other in imports_of(path)
        if other != room and LEVEL[other] <= LEVEL[room] and (room, other) not in ALLOWED | TYPES_ONLY
    }
    assert not upwards, f"{room} imports what is not below it"


@pytest.mark.parametrize(
    ("module", "unknown"),
    [
        (
            "workbench.engine.run",
            {"workbench.ledger", "workbench.cli", "workbench.tui", "workbench.study", "textual"},
        ),
        ("workbench.study.bench", {"textual", "typer"}),
        ("workbench.recipe.load", {"textual", "typer", "httpx", "sqlite_utils"}),
    ],
)
def test_what_a_module_does_not_know(module: str, unknown: set[str]) -> None:
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {name for name in unknown if name in loaded}


def test_no_file_is_longer_than_a_room_should_be() -> None:
    long = {
        str(path.relative_to(PACKAGE)): n for path in MODULES if (n := path.read_text().count("\n")) > 400
    }
    assert not long
