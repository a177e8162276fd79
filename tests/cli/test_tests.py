"""``test`` runs the cases beside a recipe; ``check`` lists what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Invoke
from tests.cli.rows import HOSTILE
from workbench.cli.blocks import plain
from workbench.cli.render_tests import case_blocks, junit
from workbench.safe_text import FORBIDDEN
from workbench.study.case_runs import CaseResult, Miss
from workbench.study.expected import value_at

FAILING = """cases:
  - name: good
    inputs: {question: How long may I return a purchase?}
    expect:
      outputs.answer: {contains: 30 days, length: {at_least: 10}}
      outputs.sources: {equals: [returns]}
      steps.search.documents.0.id: {equals: returns}
      steps.answer.gates.grounded.passed: {equals: true}
      cost: {at_most: 0}
      status: {equals: done}
  - name: wrong
    inputs: {question: How long may I return a purchase?}
    expect:
      outputs.answer: {contains: [30 days, unicorns]}
      calls: {at_most: 1}
"""


@pytest.fixture
def starter(invoke: Invoke) -> Path:
    """A recipe with tests, as ``new`` makes it."""
    invoke("new", "notes")
    return Path("recipes/notes")


def test_the_starter_checks_tests_and_runs(invoke: Invoke, starter: Path) -> None:
    assert invoke("check", "notes").out == "✓ recipes/notes/recipe.yaml: fine\n"
    tested = invoke("test", "notes")
    assert (tested.code, tested.out.splitlines()[-1]) == (0, "✓ 2 passed")
    ran = invoke("run", "notes")
    assert ran.code == 0
    assert "30 days" in ran.out


def test_cases_that_fail_say_why(invoke: Invoke, starter: Path) -> None:
    (starter / "tests.yaml").write_text(FAILING, "utf-8")
    shown = invoke("test", "notes", "--junit", "report.xml")
    assert shown.code == 1
    assert "✓ notes: good" in shown.out
    assert "outputs.answer contains: must mention 'unicorns'" in shown.out
    assert "calls score: the score is 2.00, at most 1 is allowed" in shown.out
    assert shown.out.endswith("✗ 1 failed, 1 passed\n")
    suite = ElementTree.parse("report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_results_for_programs(invoke: Invoke, starter: Path) -> None:
    (starter / "tests.yaml").write_text(FAILING, "utf-8")
    told = json.loads(invoke("test", "notes", "--json").out)
    assert [each["passed"] for each in told] == [True, False]
    assert told[1]["misses"][0]["target"] == "outputs.answer"


def test_a_run_that_ends_badly_fails_its_case(invoke: Invoke, starter: Path) -> None:
    text = (starter / "recipe.yaml").read_text("utf-8")
    (starter / "recipe.yaml").write_text(text.replace("local/extract", "sim/nothing"), "utf-8")
    shown = invoke("test", "notes")
    assert shown.code == 1
    assert "the run ended" in shown.out or "there is no such value" in shown.out


def test_without_a_model_a_case_fails_and_nothing_is_asked_live(invoke: Invoke, starter: Path) -> None:
    (starter / "recipe.yaml").write_text(
        "schema: workbench/v1\nname: notes\nmodels: {m: sim/nothing}\nsteps: {a: {prompt: hi, model: m}}\n"
    )
    (starter / "tests.yaml").write_text("cases: [{name: one, expect: {steps.a.text: {contains: x}}}]\n")
    shown = invoke("test", "notes", "--junit", "report.xml")
    assert (shown.code, "no profile 'nothing'" in shown.out) == (1, True)
    assert ElementTree.parse("report.xml").getroot()[0].get("failures") == "1"
    live = invoke("test", "notes", "--live")
    assert (live.code, live.out) == (2, "")
    assert "recipe.yaml:3:13: error: sim/nothing cannot be used" in live.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: 3", "a list of cases"),
        ("cases: [{expect: {outputs.nothing: {contains: x}}}]", "nothing"),
        (":", "tests.yaml"),
    ],
)
def test_tests_that_are_wrong(invoke: Invoke, starter: Path, text: str, told: str) -> None:
    (starter / "tests.yaml").write_text(text, "utf-8")
    shown = invoke("test", "notes")
    assert (shown.code, shown.out) == (2, "")
    assert told in shown.err


def test_a_recipe_without_tests(invoke: Invoke, starter: Path) -> None:
    (starter / "tests.yaml").unlink()
    assert "has no tests.yaml" in invoke("test", "notes").err


def test_values_by_dotted_names() -> None:
    found = {"steps": {"a": [{"text": "x"}]}, "cost": None}
    assert value_at(found, "steps.a.0.text") == "x"
    for target in ("steps.a.9.text", "steps.a.text", "cost.x", "gone"):
        assert value_at(found, target) is None


def test_hostile_results_are_inert() -> None:
    result = CaseResult(HOSTILE, HOSTILE, HOSTILE, "failed", 0.1, (Miss(HOSTILE, HOSTILE, HOSTILE, 1),))
    assert not FORBIDDEN.search(plain(case_blocks(result)))
    text = junit([result])
    assert not FORBIDDEN.search(text)
    ElementTree.fromstring(text)


def test_check_lists_all_problems_with_their_lines(invoke: Invoke, starter: Path) -> None:
    text = (starter / "recipe.yaml").read_text("utf-8")
    text = text.replace("search.text", "serch.text").replace("model: writer", "model: writr")
    (starter / "recipe.yaml").write_text(text, "utf-8")
    shown = invoke("check", "notes")
    assert shown.code == 2
    assert shown.out.count(": error: ") == 2
    assert shown.out.endswith("✗ recipes/notes/recipe.yaml: 2 errors, 0 warnings\n")
    told = json.loads(invoke("check", "notes", "--json").out)
    assert [(each["severity"], each["line"] > 0, each["column"] > 0) for each in told["problems"]] == [
        ("error", True, True)
    ] * 2


def test_check_what_is_not_there(invoke: Invoke, starter: Path) -> None:
    shown = invoke("check", "note")
    assert (shown.code, shown.out) == (2, "")
    assert "notes" in shown.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"a: [",
        b"\x00",
        b"[" * 100_000,
        b"&a [*a, *a]",
        b"- " * 9999,
        b"x: !!python/object:os.system {}",
    ],
    ids=["empty", "bytes", "open", "nul", "deep", "alias", "dashes", "tag"],
)
def test_garbage_is_refused_with_a_place(invoke: Invoke, content: bytes) -> None:
    Path("recipe.yaml").write_bytes(content)
    for command in ("check", "run"):
        shown = invoke(command, "recipe.yaml")
        assert shown.code == 2
        assert "recipe.yaml" in shown.out + shown.err
        assert "Traceback" not in shown.err
        assert "bug" not in shown.err


def test_schema_is_json(invoke: Invoke) -> None:
    assert "properties" in json.loads(invoke("schema").out)


def test_models_list_the_embedded_ones(invoke: Invoke) -> None:
    assert "local/bayes" in invoke("models").out
    known = {each["model"] for each in json.loads(invoke("models", "--json").out)}
    assert {"local/extract", "sim/echo"} <= known
