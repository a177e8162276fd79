"""``new`` from patterns, runs and sentences; cases kept from runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from workbench.recipe.editing.patterns import patterns

NAMES = [each.name for each in patterns()]


@pytest.mark.parametrize("pattern", NAMES)
def test_a_new_recipe_of_each_pattern_checks_and_runs(pattern: str, invoke: Invoke) -> None:
    assert invoke("new", "mine", "--pattern", pattern).code == 0
    assert "pattern-name" not in Path("recipes/mine/recipe.yaml").read_text()
    assert invoke("check", "mine").code == 0
    told = json.loads(invoke("run", "mine", "--json").out)
    assert told["status"] == "done" and told["recipe"] == "mine"
    assert invoke("test", "mine").code == 0


@pytest.mark.parametrize(
    ("sentence", "pattern"),
    [
        ("Answer questions of customers from our notes", "retrieve-answer-verify"),
        ("sort incoming mails into spam and other categories", "route"),
        ("improve a draft until it is good", "draft-check-revise"),
    ],
)
def test_a_sentence_finds_a_pattern_and_says_so(sentence: str, pattern: str, invoke: Invoke) -> None:
    shown = invoke("new", "mine", "--describe", sentence)
    assert shown.code == 0 and f"the pattern {pattern}" in shown.out and "no model was asked" in shown.out
    assert sentence in Path("recipes/mine/recipe.yaml").read_text()
    assert invoke("check", "mine").code == 0


def test_a_sentence_without_a_pattern_and_two_origins_are_refused(invoke: Invoke) -> None:
    assert invoke("new", "mine", "--describe", "xyzzy").code == 2
    assert invoke("new", "mine", "--pattern", "route", "--from-run", "last").code == 2
    assert invoke("new", "mine", "--pattern", "rout").code == 2
    assert not Path("recipes").exists()


def test_what_a_model_plans_must_be_a_recipe(invoke: Invoke) -> None:
    shown = invoke("new", "mine", "--describe", "answer questions from notes", "--model", "local/lead")
    assert shown.code in (1, 2) and "Traceback" not in shown.err
    assert not Path("recipes/mine").exists()


def test_a_recipe_of_a_past_run(invoke: Invoke) -> None:
    invoke("new", "first", "--pattern", "retrieve-answer-verify")
    invoke("run", "first")
    assert invoke("new", "second", "--from-run", "last").code == 0
    assert Path("recipes/second/data/notes/returns.md").is_file()
    assert invoke("run", "second").code == 0


def test_a_run_is_kept_as_a_case_and_answered_from_the_record(invoke: Invoke) -> None:
    invoke("new", "notes", "--pattern", "retrieve-answer-verify")
    before = Path("recipes/notes/tests.yaml").read_text()
    invoke("run", "notes", "-i", "question=How long may I return a purchase?")
    shown = invoke("test", "--keep", "last", "--name", "returns")
    assert shown.code == 0 and "returns" in shown.out
    assert Path("recipes/notes/tests.yaml").read_text().startswith(before.rstrip("\n"))
    assert invoke("test", "--keep", "last", "--name", "returns").code == 2
    told = json.loads(invoke("test", "notes", "--json").out)
    assert [case["passed"] for case in told] == [True, True]
    assert told[1]["from_record"] is True
    told = json.loads(invoke("test", "notes", "--json", "--live").out)
    assert not any(case["from_record"] for case in told)


def test_repeats_name_what_is_flaky(invoke: Invoke) -> None:
    invoke("new", "notes", "--pattern", "sequence")
    Path("recipes/notes/tools.py").write_text(
        "from pathlib import Path\n\ndef turn() -> int:\n    file = Path(__file__).with_name('turn')\n"
        "    n = int(file.read_text()) if file.exists() else 0\n"
        "    file.write_text(str(n + 1))\n    return n % 2\n"
    )
    Path("recipes/notes/recipe.yaml").write_text(
        "schema: workbench/v1\nname: notes\ntools: {turn: 'tools.py:turn'}\n"
        "steps:\n  a: {tool: turn}\noutputs: {n: '{{ a.result }}'}\n"
    )
    Path("recipes/notes/tests.yaml").write_text(
        "cases: [{name: odd, inputs: {}, expect: {outputs.n: {equals: 1}}}]\n"
    )
    shown = invoke("test", "notes", "--repeat", "4")
    assert shown.code == 1 and "flaky: 2 of 4 passed" in shown.out and "differs: n" in shown.out
    [told] = json.loads(invoke("test", "notes", "--repeat", "2", "--json").out)
    assert (told["repeats"], told["passes"], told["differing"]) == (2, 1, ["n"])
