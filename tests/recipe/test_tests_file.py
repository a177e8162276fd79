"""Reading tests.yaml, with errors as good as a recipe's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.recipe.kit import lines, recipe
from workbench.errors import RecipeError
from workbench.recipe.check import check
from workbench.recipe.tests_file import read_expectations, read_tests

BODY = """
inputs: {ticket: string, size: {type: integer, default: 1}}
models: {m: a/b}
steps:
  kind: {classify: "{{ ticket }} {{ size }}", into: [billing, other]}
outputs: {label: "{{ kind.label }}"}
"""


def test_cases_are_read(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY)
    (tmp_path / "tests.yaml").write_text("""
cases:
  - name: one
    about: why
    inputs: {ticket: my bill, size: "3"}
    expect:
      outputs.label: {equals: billing, length: {at_most: 20}}
      cost: {at_most: 0.01}
  - inputs: {ticket: x}
    expect: {steps.kind.confidence: {at_least: 0.5}, status: {equals: done}}
""")
    first, second = read_tests(tmp_path / "tests.yaml", loaded)
    assert (first.name, first.about, first.line, first.inputs) == (
        "one",
        "why",
        3,
        {"ticket": "my bill", "size": "3"},
    )
    label, cost = first.expect
    assert (label.target, label.line, list(label.gate.given())) == ("outputs.label", 7, ["equals", "length"])
    assert cost.gate.score is not None
    assert cost.gate.score.at_most == 0.01
    assert second.name == "case 2"
    assert check(tmp_path / "recipe.yaml") == []


def test_every_mistake_has_its_place(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY)
    (tmp_path / "tests.yaml").write_text("""cases:
  - name: one
    input: {ticket: x}
    expect: {outputs.lable: {equals: billing}}
  - name: one
    inputs: {tiket: x, size: many}
    expect:
      steps.kind.labl: {equls: x}
      step.kind: {equals: x}
      outputs.label: billing
      cost: {at_most: cheap}
      steps.kind.text: {regex: "("}
  - 5
  - name: three
    inputs: {ticket: x}
""")
    with pytest.raises(RecipeError) as caught:
        read_tests(tmp_path / "tests.yaml", loaded)
    assert lines(caught.value.problems) == [
        "2:5: the input ticket is missing",
        "3:5: unknown key input in a case (did you mean inputs?)",
        "4:14: outputs has no lable (did you mean label?)",
        "5:5: the case one stands here twice",
        "6:5: the input ticket is missing",
        "6:14: the recipe has no input tiket (did you mean ticket?)",
        '6:30: the input size must be a whole number, not "many"',
        "8:7: steps.kind has no labl (did you mean label?)",
        "8:25: unknown key equls in gate (did you mean equals?)",
        "9:7: a run has no step (did you mean steps?)",
        '10:7: what is expected must be gates, not the text "billing" (as {contains: refund} or {equals: 3})',
        '11:23: at_most must be a number, not the text "cheap"',
        "12:32: not a regular expression: missing ), unterminated subpattern at position 0",
        "13:5: a case must be keys with values, not the number 5",
        "14:5: a case must expect something (expect: {outputs.reply: {contains: refund}})",
    ]
    assert len(lines(check(tmp_path / "recipe.yaml"))) == 15


@pytest.mark.parametrize("text", ["", "[]", "cases: {}", "cases: [{", "cases: 5", "case: []"])
def test_what_is_no_list_of_cases(tmp_path: Path, text: str) -> None:
    loaded = recipe(tmp_path, BODY)
    (tmp_path / "tests.yaml").write_text(text)
    with pytest.raises(RecipeError) as caught:
        read_tests(tmp_path / "tests.yaml", loaded)
    assert caught.value.problems[0].file == str(tmp_path / "tests.yaml")


def test_tests_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        read_tests(tmp_path / "tests.yaml", recipe(tmp_path, BODY))


@pytest.mark.parametrize(("name", "spec"), [("rubric", {"ask": "polite"}), ("python", {"call": "a.py:b"})])
def test_gates_that_ask_somebody_are_refused_in_data(tmp_path: Path, name: str, spec: Any) -> None:
    (tmp_path / "a.py").write_text("def b(text): return True\n")
    loaded = recipe(tmp_path, BODY)
    with pytest.raises(RecipeError) as caught:
        read_expectations({"outputs.label": {name: spec}}, loaded)
    told = [each.message for each in caught.value.problems]
    assert f"{name} works in a case of tests.yaml, not in a dataset" in told
