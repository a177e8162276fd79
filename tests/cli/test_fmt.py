"""``fmt`` writes the canonical form, or says what it would write."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Invoke

TEXT = "name: x\nschema: workbench/v1\nsteps:\n  a: {human:   hi}   # note\n"
FORM = "schema: workbench/v1\nname: x\n\nsteps:\n  a:  # note\n    human: hi\n"


def recipe(text: str = TEXT) -> Path:
    path = Path("recipes/x/recipe.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_a_recipe_is_formatted_once(invoke: Invoke) -> None:
    path = recipe()
    shown = invoke("fmt", "x")
    assert shown.code == 0 and "recipes/x/recipe.yaml: formatted" in shown.out
    assert path.read_text() == FORM
    assert "is in its form" in invoke("fmt", "x").out


def test_check_and_diff_change_nothing(invoke: Invoke) -> None:
    path = recipe()
    assert invoke("fmt", "x", "--check").code == 1
    shown = invoke("fmt", "x", "--diff")
    assert shown.code == 0 and "+    human: hi" in shown.out
    assert path.read_text() == TEXT
    told = json.loads(invoke("fmt", "x", "--check", "--json").out)
    assert told == [{"recipe": "recipes/x/recipe.yaml", "changed": True}]


def test_what_is_no_yaml_stays(invoke: Invoke) -> None:
    path = recipe("a: [\n")
    shown = invoke("fmt", "x")
    assert shown.code == 2 and "the text cannot be read" in shown.err and "Traceback" not in shown.err
    assert path.read_text() == "a: [\n"
