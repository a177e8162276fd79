"""A whole batch again with something changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli.main import command_line

RECIPE = """
schema: workbench/v1
name: two
inputs: {word: string}
models: {m: sim/echo}
steps:
  first: {prompt: "one {{ word }}"}
  second: {prompt: "two {{ first.text }}"}
outputs: {said: "{{ second.text }}"}
"""


def test_only_what_changed_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes" / "two").mkdir(parents=True)
    (tmp_path / "recipes" / "two" / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "words.csv").write_text("word\na\nb\nc\n", encoding="utf-8")
    assert command_line(["batch", "two", "--data", "words.csv", "--json"]) == 0
    batch = json.loads(capsys.readouterr().out)["batch"]
    change = ["--set", "steps.second.prompt=three {{ first.text }}"]
    assert command_line(["rerun", "--batch", batch, *change, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert [(each["status"], each["calls"], each["reused"]) for each in done] == [("done", 1, 1)] * 3
    assert command_line(["rerun", "--batch", batch]) == 0
    assert "3 runs: 0 called, 6 reused" in capsys.readouterr().out
    assert command_line(["rerun", "--batch", "nope"]) == 2
    assert command_line(["rerun"]) == 2
