"""What the shell completes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.test_main import program
from tests.cli.test_runs import ECHO
from workbench.cli.completion import recipe_names, run_ids


@pytest.fixture
def ran(invoke: Invoke) -> str:
    """A recipe, and one run of it."""
    for name in ("echo", "b ad", "\x1b[31m"):
        Path("recipes", name).mkdir(parents=True)
        Path("recipes", name, "recipe.yaml").write_text(ECHO, "utf-8")
    import json

    run = json.loads(invoke("run", "echo", "--json").out)["run"]
    assert isinstance(run, str)
    return run


def test_names_and_ids(ran: str) -> None:
    assert recipe_names("") == ["echo"]
    assert recipe_names("x") == []
    assert run_ids("") == ["last", ran]
    assert run_ids("la") == ["last"]


def test_nothing_to_complete() -> None:
    assert (recipe_names(""), run_ids("")) == ([], [])
    Path("local.db").write_text("no record")
    assert run_ids("") == []


def test_the_shell_gets_them(ran: str) -> None:
    asked = {"COMP_WORDS": "workbench run ec", "COMP_CWORD": "2", "_WORKBENCH_COMPLETE": "complete_bash"}
    assert program(**asked).stdout.split() == [b"echo"]
