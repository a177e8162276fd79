"""Where labels go: along mentions, through every verb, into groups, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from tests.engine.kit import recipe
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
