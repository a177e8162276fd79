"""Plan, rerun, fork, explain, compare, old recordings through a recipe, gc: as typed in a shell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.test_runs import CONTRACT

Golden = Callable[[str, str], None]
LETTER = """schema: workbench/v1
name: letter
inputs:
  word: {type: string, default: fish}
models:
  writer: {candidates: [sim/echo]}
steps:
  plan: {prompt: "Plan a letter about {{ word }}"}
  draft:
    prompt: |
      Write the letter.
      {{ plan.text }}
      Be brief.
    gate: {length: {at_most: 200}}
    on_fail: continue
  sign: {prompt: "Sign {{ word }}"}
outputs:
  said: "{{ draft.text }}"
"""


@pytest.fixture(autouse=True)
def first(surroundings: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe, and one run of it; runs are named by number."""
    names = (f"run-{number}" for number in range(1, 100))
    monkeypatch.setattr("workbench.study.starts.new_run_id", lambda: next(names))
    folder = surroundings / "recipes" / "letter"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(LETTER, "utf-8")
    assert invoke("run", "letter").code == 0


def steady(text: str) -> str:
    """The text without what differs from run to run: times and sizes."""
    text = re.sub(r" *[+−]?\b\d+(\.\d+)? (ms|s)\b( [→–] \d+(\.\d+)? (ms|s))?", " TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d-\d\d \d\d:\d\d", "WHEN", text)
    text = re.sub(r"\d+\.\d KB", "SIZE", text)
    return re.sub(r"(?<=\S) {2,}", "  ", text)  # columns are as wide as what they hold


def test_plans(invoke: Invoke, golden: Golden) -> None:
    golden("plan-live", steady(invoke("plan", "letter", "-i", "word=bird").out))
    golden(
        "plan-rerun", steady(invoke("plan", "--against", "last", "--set", "steps.draft.prompt=Write!").out)
    )
    golden(
        "plan-fork", steady(invoke("plan", "--against", "last", "--at", "plan", "--output", "Dear fish").out)
    )
    shown = json.loads(invoke("plan", "letter", "--against", "last", "--json").out)
    assert (shown["reuse"], shown["calls"], shown["cost_usd"]) == (3, 0, {"low": 0.0, "high": 0.0})
    assert set(shown["steps"][0]) == {
        "path", "verb", "action", "reason", "model", "cost_usd", "seconds", "effects", "optional",
        "if_it_fails",
    }  # fmt: skip
    assert json.loads(invoke("runs", "--json").out)[0]["mode"] == "live", "plans leave nothing behind"
    assert len(json.loads(invoke("runs", "--json").out)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "plan needs a recipe"),
        (("letter", "--at", "draft"), "--at is a step of a past run"),
        (("--against", "last", "--output", "x"), "--output is the output of a step"),
        (("--against", "nope"), "no run is named nope"),
        (("--against", "last", "--at", "nope"), "has no step nope"),
        (("--against", "last", "--model", "nope=sim/echo"), "has no role nope"),
        (("--against", "last", "--set", "steps.nope.prompt=x"), "nope"),
    ],
)
def test_wrong_plans(invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    shown = invoke("plan", *arguments)
    assert shown.code == 2
    assert said in shown.err


def test_a_rerun_says_what_it_saved(invoke: Invoke) -> None:
    Path("new.md").write_text("Write it anew: {{ plan.text }}", "utf-8")
    shown = invoke("rerun", "last", "--set", "steps.draft.prompt=@new.md", "--json")
    told = json.loads(shown.out)
    assert set(told) == CONTRACT
    assert (told["mode"], told["calls"], told["reused"]) == ("rerun", 1, 2)
    assert "1 called, 2 reused   planned 1 call, $0; made 1 call, $0" in shown.err
    assert "Write it anew" in told["outputs"]["said"]
    other = LETTER.replace("Sign {{ word }}", "Sign it")
    Path("recipes/letter/other.yaml").write_text(other, "utf-8")
    told = json.loads(invoke("rerun", "last~1", "--recipe", "recipes/letter/other.yaml", "--json").out)
    assert (told["calls"], told["reused"]) == (1, 2)
    told = json.loads(invoke("rerun", "last", "-i", "word=cat", "--json").out)
    assert (told["calls"], told["reused"]) == (2, 1), "the recipe of the run before, which does not sign it"


def test_forks(invoke: Invoke) -> None:
    told = json.loads(invoke("fork", "last", "--at", "plan", "--output", "By hand", "--json").out)
    assert (told["mode"], told["reused"]) == ("fork", 1)
    assert "By hand" in told["outputs"]["said"]
    told = json.loads(invoke("fork", "last~1", "--at", "draft", "--json").out)
    assert (told["calls"], told["reused"]) == (1, 2)
    assert invoke("fork", "last", "--at", "nope").code == 2
    assert invoke("fork", "last").code == 2


def test_comparisons(invoke: Invoke, golden: Golden) -> None:
    invoke("rerun", "last", "--set", "steps.draft.prompt=Write two letters.\n{{ plan.text }}\nBe brief.\n")
    shown = invoke("compare", "last~1", "last")
    assert shown.code == 0
    golden("compare", steady(shown.out))
    told = json.loads(invoke("compare", "last~1", "last", "--json").out)
    assert (told["same"], told["differs"]) == (2, 1)
    assert told["split"] == {"path": "draft", "cause": "prompt text differs"}
    [draft] = [step for step in told["steps"] if step["path"] == "draft"]
    assert draft["right"]["prompt"].startswith("Write two")
    same = invoke("compare", "last", "last", "--all")
    assert "the runs are the same" in same.out
    assert invoke("compare", "last").code == 2


def test_explanations(invoke: Invoke, golden: Golden) -> None:
    assert "came from no other run" in invoke("explain", "last", "draft").err
    invoke("rerun", "last", "--set", "steps.draft.prompt=Write two letters.\n{{ plan.text }}\nBe brief.\n")
    golden("explain", steady(invoke("explain", "last", "draft").out + invoke("explain", "last", "sign").out))
    [told] = json.loads(invoke("explain", "last", "draft", "--json").out)
    assert told["verdict"] == "asked anew: prompt text differs"
    assert told["differences"][0]["diff"][3:5] == ["-Write the letter.", "+Write two letters."]


def test_old_recordings_through_a_changed_recipe(invoke: Invoke, golden: Golden) -> None:
    invoke("run", "letter", "-i", "word=bird")
    shown = invoke("check", "letter", "--against", "last:50")
    assert (shown.code, "2 went through as recorded" in shown.out) == (0, True)
    recipe = Path("recipes/letter/recipe.yaml")
    recipe.write_text(LETTER.replace("Be brief", "Be very brief"), "utf-8")
    shown = invoke("check", "letter", "--against", "last:50")
    assert shown.code == 1
    golden("check-against", steady(shown.out))
    shown = invoke("replay", "last", "--against", "letter")
    assert shown.code == 1
    golden("replay-against", steady(shown.out))
    told = json.loads(invoke("replay", "last", "--against", "letter", "--json").out)
    assert (told["same"], told["departure"]["path"]) == (False, "draft")
    assert len(json.loads(invoke("runs", "--json").out)) == 2, "nothing is recorded"
    recipe.write_text(
        LETTER.replace("default: fish", "choices: [cat]").replace("type: string, ", ""), "utf-8"
    )
    shown = invoke("check", "letter", "--against", "last:1")
    assert (shown.code, "inputs" in shown.out) == (1, True)
    assert invoke("check", "letter", "--against", "first").code == 2


def test_a_recipe_whose_file_has_another_name_now_is_replayed(surroundings: Path, invoke: Invoke) -> None:
    renamed = surroundings / "letter.yaml"
    (surroundings / "recipes" / "letter" / "recipe.yaml").rename(renamed)
    assert invoke("run", str(renamed)).code == 0
    assert invoke("replay", "run-2").code == 0
    assert invoke("show", "run-2").code == 0


def test_gc(invoke: Invoke, golden: Golden) -> None:
    assert invoke("gc").code == 2
    assert invoke("gc", "--older-than", "soon").code == 2
    assert invoke("gc", "--older-than", "30d").out == "nothing to delete\n"
    invoke("run", "letter", "-i", "word=bird")
    golden("gc-dry", steady(invoke("gc", "--keep", "1", "--dry-run").out))
    told = json.loads(invoke("gc", "--keep", "1", "--json").out)
    assert (len(told["runs"]), told["kept"], told["dry_run"]) == (1, 1, False)
    assert invoke("replay", "last").code == 0
