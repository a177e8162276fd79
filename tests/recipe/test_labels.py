"""Where labels go: along mentions, through every verb, into groups, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.kit import recipe
from workbench.errors import RecipeError
from workbench.recipe.labels import label_flow

FLOW = """
inputs:
  ticket: {type: string, labels: [customer]}
  topic: string
data:
  kb: {file: kb.csv, labels: [inside]}
models: {m: fake/a}
tools: {find: "tools.py:find"}
steps:
  plain: {prompt: "{{ topic }}", model: m}
  kind: {classify: "{{ ticket }}", into: [x, y], model: m}
  found: {retrieve: "{{ topic }}", from: kb}
  looked: {tool: find, with: {of: "{{ kind.label }}"}}
  if_only: {prompt: "{{ topic }}", if: kind.label == 'x', model: m}
  each:
    each: looked.result
    as: one
    steps:
      inner: {prompt: "{{ one }}", model: m}
      more: {prompt: "{{ found.text }} {{ inner.text }}", model: m, labels: [secret]}
  way:
    choose:
      - {when: plain.text == 'x', prompt: "{{ found.text }}", model: m}
    else: {human: "What of {{ each[0].more.text }}?"}
outputs:
  a: "{{ plain.text }}"
  b: "{{ way.text }}"
  c: "{{ if_only.text or 'none' }}"
"""


def test_labels_travel_along_mentions(tmp_path: Path) -> None:
    files = {"kb.csv": "id,text\n1,hello\n", "tools.py": "def find(of):\n    return [of]\n"}
    flow = label_flow(recipe(tmp_path, FLOW, files))
    found = {place: sorted(labels) for place, labels in flow.steps.items()}
    assert found == {
        "plain": [],
        "kind": ["customer"],
        "found": ["inside"],
        "looked": ["customer"],
        "if_only": ["customer"],
        "each": ["customer", "inside", "secret"],
        "each/inner": ["customer"],
        "each/more": ["customer", "inside", "secret"],
        "way": ["customer", "inside", "secret"],
    }
    assert {name: sorted(labels) for name, labels in flow.outputs.items()} == {
        "a": [], "b": ["customer", "inside", "secret"], "c": ["customer"],
    }  # fmt: skip
    assert flow.labels == ["customer", "inside", "secret"]


def test_instances_have_the_labels_of_their_place_and_unknown_ones_have_all(tmp_path: Path) -> None:
    files = {"kb.csv": "id,text\n1,hello\n", "tools.py": "def find(of):\n    return [of]\n"}
    flow = label_flow(recipe(tmp_path, FLOW, files))
    assert flow.of("each[3]/more#2") == flow.steps["each/more"]
    assert flow.of("kind/unheard/of") == flow.steps["kind"]
    assert flow.of("nowhere") == {"customer", "inside", "secret"}


def test_a_recipe_without_labels_has_no_flow(tmp_path: Path) -> None:
    made = recipe(tmp_path, "inputs: {t: string}\nsteps: {a: {prompt: '{{ t }}'}}\n")
    assert label_flow(made).labels == []


TAKEN_OFF = """
inputs: {mail: {type: string, labels: [customer]}}
models: {m: fake/a}
tools: {mask: "tools.py:mask"}
steps:
  kind: {classify: "{{ mail }}", into: [x, y], model: m, declassify: [customer]}
  masked: {tool: mask, with: {text: "{{ mail }}"}, gate: {pii: {block: all}}, declassify: [customer]}
  seen: {human: "May this go out? {{ mail }}", declassify: [customer]}
  after: {prompt: "{{ kind.label }} {{ masked.text }} {{ seen.answer }}", model: m}
  raw: {prompt: "{{ mail }} {{ masked.text }}", model: m}
outputs: {o: "{{ after.text }}", r: "{{ raw.text }}"}
"""
MASK = {"tools.py": "def mask(text):\n    return text\n"}


def test_a_person_or_a_check_takes_a_label_off_a_result(tmp_path: Path) -> None:
    flow = label_flow(recipe(tmp_path, TAKEN_OFF, MASK))
    assert {place for place, labels in flow.steps.items() if labels} == {"kind", "masked", "seen", "raw"}, (
        "what a step sees itself keeps its label"
    )
    assert {name for name, labels in flow.outputs.items() if labels} == {"r"}
    assert flow.taken_off == dict.fromkeys(("kind", "masked", "seen"), frozenset({"customer"}))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("gate: {pii: {block: all}}, ", ""), "a label is taken off by a person, or by a check"),
        (("{block: all}}, ", "{block: all}}, on_fail: continue, "),
         "a result that failed its check would go on without its label"),
        (("{block: all}}, ", "{block: all}}, on_fail: [{fallback: '{{ mail }}'}], "),
         "a fallback with a template would go on without its label"),
        (('{{ mail }}", declassify: [customer]', '{{ mail }}", declassify: [costumer]'),
         "nothing has the label costumer"),
    ],
)  # fmt: skip
def test_nothing_else_takes_one_off(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in TAKEN_OFF
    with pytest.raises(RecipeError) as caught:
        recipe(tmp_path, TAKEN_OFF.replace(*change), MASK)
    assert [each.message for each in caught.value.problems] == [told]
    assert all(each.line for each in caught.value.problems)


def test_labels_go_into_a_recipe_that_is_a_step_and_come_out_of_it(tmp_path: Path) -> None:
    inner = """
schema: workbench/v1
name: shorten
inputs: {text: string, tone: string}
models: {w: fake/w}
steps: {short: {prompt: "{{ text }}", model: w}}
outputs: {text: "{{ short.text }}"}
"""
    made = recipe(
        tmp_path,
        """
inputs: {mail: {type: string, labels: [customer]}}
models: {m: fake/a}
steps:
  short: {recipe: shorten.yaml, with: {text: "{{ mail }}", tone: kind}}
  after: {prompt: "{{ short.outputs.text }}", model: m}
outputs: {o: "{{ after.text }}"}
""",
        {"shorten.yaml": inner},
    )
    flow = label_flow(made)
    assert {place for place, labels in flow.steps.items() if labels == {"customer"}} == {
        "short", "short/short", "after",
    }  # fmt: skip
    assert flow.outputs["o"] == {"customer"}
