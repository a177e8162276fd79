"""``routes`` and ``routes backtest``: tables for people, JSON for programs, exit code 2 for wrong use."""

from __future__ import annotations

import json
import sqlite3
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
    assert invoke("routes", "show").out == shown.out


BROKEN = """schema: workbench/v1
name: broken
inputs: {text: string}
models:
  m: {candidates: [nobody/here, local/lead], fallback: {on: [network], cooldown: 60s, failures: 1}}
steps:
  a: {prompt: "{{ text }}", model: m}
outputs: {a: "{{ a.text }}"}
"""


def test_the_last_word_on_a_breaker_is_on_record(surroundings: Path, invoke: Invoke) -> None:
    (surroundings / "workbench.toml").write_text(
        '[providers.nobody]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n', "utf-8"
    )
    folder = surroundings / "recipes" / "broken"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(BROKEN, "utf-8")
    invoke("run", "broken", "-i", "text=hello")
    shown = invoke("routes", "--recipe", "broken").out
    assert "! nobody/here (role m of broken): breaker rests, by its latest call" in shown
    rows = {row["model"]: row for row in json.loads(invoke("routes", "show", "--json").out)}
    assert rows["nobody/here"]["breaker"] == "rests"
    assert rows["nobody/here"]["breaker_at"].startswith("20")
    assert rows["local/lead"]["breaker"] == "well"


def test_backtest_of_another_threshold(invoke: Invoke) -> None:
    for text in ("card lost", "something else"):
        invoke("run", "sort", "-i", f"text={text}")
    shown = invoke("routes", "backtest", "sort", "m", "--set", "models.m.at_least.confidence=0")
    assert shown.code == 0
    assert "not enough evidence to say (0 of 200 requests judged by gates or people)" in shown.out
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


GATED = """schema: workbench/v1
name: sort
inputs: {text: string}
models:
  m: {candidates: [local/bayes, local/blend], policy: cascade}
data: {seen: seen.csv}
steps:
  kind:
    classify: "{{ text }}"
    examples: seen
    model: m
    gate: {score: {at_least: 0.99}}
    on_fail: continue
outputs: {kind: "{{ kind.label }}"}
"""


def test_an_edited_threshold_and_what_it_would_have_changed_last_week(
    invoke: Invoke, surroundings: Path
) -> None:
    path = surroundings / "recipes" / "sort" / "recipe.yaml"
    path.write_text(GATED, "utf-8")
    for text in ("where is my lost card", "banana", "card or money"):
        assert invoke("run", "sort", "-i", f"text={text}").code == 0
    calls = _rows(surroundings, "SELECT count(*) FROM calls")
    before = json.loads(invoke("routes", "backtest", "sort", "m", "--since", "7d", "--json").out)
    assert (before["requests"], before["otherwise"], before["rejudged"]) == (3, 0, 0)
    path.write_text(GATED.replace("at_least: 0.99", "at_least: 0.1"), "utf-8")
    found = json.loads(invoke("routes", "backtest", "sort", "m", "--since", "7d", "--json").out)
    assert found["requests"] == found["otherwise"] == 3 and found["rejudged"] >= 3
    assert found["rows"][0]["shares"] == {"local/blend": 1.0}
    assert found["rows"][1]["shares"] == {"local/bayes": 1.0}
    shown = invoke("routes", "backtest", "sort", "m", "--since", "7d").out
    assert "recorded answers have another verdict by the gates of now" in shown
    assert "3 of 3 requests would have gone another way" in shown
    # nothing was asked, and nothing added to the record
    assert _rows(surroundings, "SELECT count(*) FROM calls") == calls


def test_older_runs_do_not_count(invoke: Invoke, surroundings: Path) -> None:
    for text in ("card lost", "card gone", "money"):
        assert invoke("run", "sort", "-i", f"text={text}").code == 0
    week = 7 * 86_400 * 1_000_000
    with sqlite3.connect(surroundings / "local.db") as connection:
        connection.execute("UPDATE runs SET started = started - ? WHERE number = 1", (week + 1_000_000,))
    connection.close()
    counted = {
        age: json.loads(invoke("routes", "backtest", "sort", "m", "--since", age, "--json").out)["requests"]
        for age in ("7d", "2w")
    }
    assert counted == {"7d": 2, "2w": 3}
    assert len(json.loads(invoke("routes", "--since", "7d", "--json").out)) >= 1
    assert invoke("routes", "backtest", "sort", "m", "--since", "soon").code == 2


def _rows(folder: Path, query: str) -> list[tuple[int, ...]]:
    connection = sqlite3.connect(folder / "local.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_another_policy_is_tried_by_its_name(invoke: Invoke) -> None:
    for text in ("card lost", "something else"):
        invoke("run", "sort", "-i", f"text={text}")
    for policy in ("fixed", "cheapest", "learned", "split", "cascade"):
        shown = invoke("routes", "backtest", "m", "--policy", policy)
        assert shown.code == 0, shown.err
        assert f"policy now: {policy}" in shown.out
    wrong = invoke("routes", "backtest", "m", "--policy", "rules")
    assert wrong.code == 2 and "policy rules has no rules" in wrong.err
    assert invoke("routes", "backtest", "m", "--policy", "best").code == 2


def test_what_the_record_teaches(invoke: Invoke) -> None:
    invoke("run", "sort", "-i", "text=card lost")
    shown = invoke("routes", "train", "m")
    assert shown.code == 0
    assert "not enough evidence: 0 of 200 judged requests" in shown.out
    told = json.loads(invoke("routes", "train", "sort", "m", "--json").out)
    assert [each["model"] for each in told["models"]] == ["local/bayes", "local/blend"]
    assert told["models"][0]["judged"] == 0 and told["models"][0]["cost_usd"] is None


def test_a_role_alone_must_be_the_only_one_of_its_name(invoke: Invoke) -> None:
    invoke("run", "sort", "-i", "text=card lost")
    Path("recipe.yaml").write_text(RECIPE.replace("name: sort", "name: other"), "utf-8")
    Path("seen.csv").write_text(SEEN, "utf-8")
    many = invoke("routes", "train", "m")
    assert many.code == 2 and "several recipes have a role m" in many.err
    none = invoke("routes", "train", "writer")
    assert none.code == 2 and "no recipe here has a role writer" in none.err
    assert "sort m" in none.err
