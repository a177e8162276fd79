"""The Python face: one call, from a script or a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench
from workbench.errors import RecipeError

RECIPE = """
schema: workbench/v1
name: shout
inputs: {word: string}
models: {m: sim/echo}
steps: {s: {prompt: "{{ word|upper }}"}}
outputs: {said: "{{ s.text }}"}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "recipes" / "shout").mkdir(parents=True)
    (tmp_path / "recipes" / "shout" / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_recipe_runs_and_is_recorded(folder: Path) -> None:
    result = workbench.run("shout", word="hello")
    assert (result.status, result.outputs) == ("done", {"said": "HELLO"})
    assert (folder / "local.db").is_file()


async def test_it_runs_within_a_loop_too(folder: Path) -> None:
    assert workbench.run(folder / "recipes" / "shout", word="hi").outputs == {"said": "HI"}
    with pytest.raises(RecipeError):
        workbench.run("shout", wrod="hi")
