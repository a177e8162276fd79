"""The sample recipes: valid, and all of their own cases pass offline."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from workbench.cli.main import command_line
from workbench.recipe.load import load

RECIPES = Path(__file__).parent.parent / "recipes"
NAMES = sorted(path.parent.name for path in RECIPES.glob("*/recipe.yaml"))


def test_the_three_samples_are_there() -> None:
    assert {"support-triage", "document-review", "draft-until-good"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_loads_without_a_warning(name: str) -> None:
    assert load(RECIPES / name / "recipe.yaml").warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_passes_its_own_cases(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(RECIPES / name, tmp_path / "recipes" / name)
    monkeypatch.chdir(tmp_path)
    code = command_line(["test", name, "--json"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert json.loads(printed)
