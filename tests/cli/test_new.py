"""``new`` makes a recipe that checks and runs, and overwrites nothing."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Invoke
from workbench.recipe.editing.formatting import formatted


def test_new_makes_a_recipe(invoke: Invoke) -> None:
    shown = invoke("new", "my-first")
    assert shown.code == 0
    assert "workbench run my-first" in shown.out
    text = Path("recipes/my-first/recipe.yaml").read_text("utf-8")
    assert "name: my-first" in text
    assert "starter-name" not in text
    assert formatted(text) == text


def test_new_overwrites_nothing(invoke: Invoke) -> None:
    Path("recipes/mine").mkdir(parents=True)
    Path("recipes/mine/recipe.yaml").write_text("kept")
    shown = invoke("new", "mine")
    assert shown.code == 2
    assert "is there already" in shown.err
    assert Path("recipes/mine/recipe.yaml").read_text() == "kept"


def test_new_for_programs(invoke: Invoke) -> None:
    told = json.loads(invoke("new", "x1", "--json").out)
    assert told["recipe"] == "x1"
    assert "recipe.yaml" in told["files"]


def test_names_that_are_no_names(invoke: Invoke) -> None:
    for name in ("", "A", "a b", "-x", "a--b", "a/b", "x" * 65, "é"):
        assert invoke("new", "--", name).code == 2
    assert not Path("recipes").exists()


def test_a_folder_that_cannot_be_made(invoke: Invoke) -> None:
    Path("recipes").write_text("a file")
    shown = invoke("new", "x")
    assert shown.code == 2
    assert "error: " in shown.err
