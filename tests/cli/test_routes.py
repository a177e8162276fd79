"""``routes`` and ``routes backtest``: tables for people, JSON for programs, exit code 2 for wrong use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke

RECIPE = """schema: workbench/v1
name: sort
inputs: {text: string}
models:
  m: {candidates: [local/bayes, local/blend], policy: cascade, at_least: {confidence: 0.9}}
data: {seen: seen.csv}
steps:
  kind: {classify: "{{ text }}", examples: seen, model: m}
outputs: {kind: "{{ kind.label }}"}
"""
SEEN = (
    "text,label\nmy card is lost,card\nmy card is gone,card\nsend me money,money\nwhere is my money,money\n"
)


@pytest.fixture(autouse=True)
def recipe(surroundings: Path) -> None:
    folder = surroundings / "recipes" / "sort"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    (folder / "seen.csv").write_text(SEEN, "utf-8")


def test_routes_by_the_record(invoke: Invoke) -> None:
    assert invoke("routes").code == 2
    for text in ("card lost", "something else"):
        assert invoke("run", "sort", "-i", f"text={text}").code == 0
    shown = invoke("routes")
    assert shown.code == 0
    assert "local/bayes" in shown.out
    rows = json.loads(invoke("routes", "--json").out)
    assert {row["model"] for row in rows} == {"local/bayes", "local/blend"}
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert rows[0]["role"] == "m"


def test_backtest_of_another_threshold(invoke: Invoke) -> None:
    for text in ("card lost", "something else"):
        invoke("run", "sort", "-i", f"text={text}")
    shown = invoke("routes", "backtest", "sort", "m", "--set", "models.m.at_least.confidence=0")
    assert shown.code == 0
    assert "not enough evidence: 0 of 200" in shown.out
    assert "would have gone another way" in shown.out
    found = json.loads(
        invoke("routes", "backtest", "sort", "m", "--set", "models.m.at_least.confidence=0", "--json").out
    )
    assert found["otherwise"] >= 1
    # nothing checked these answers: no share of good ones is made up
    assert found["passed_gain"] is None
    assert found["rows"][0]["passed"] is None
    assert found["rows"][1]["shares"] == {"local/bayes": 1.0}


def test_wrong_use(invoke: Invoke) -> None:
    invoke("run", "sort", "-i", "text=x")
    wrong = invoke("routes", "backtest", "sort", "sorter")
    assert wrong.code == 2
    assert "has no role sorter" in wrong.err
