"""``workbench label``: said, shown, taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke

RECIPE = """\
schema: workbench/v1
name: shout
inputs: {text: string}
models: {m: sim/echo}
steps: {loud: {prompt: "{{ text }}"}}
outputs: {loud: "{{ loud.text }}"}
"""


@pytest.fixture(autouse=True)
def run(surroundings: Path, invoke: Invoke) -> str:
    folder = surroundings / "recipes" / "shout"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(RECIPE)
    found: str = json.loads(invoke("run", "shout", "-i", "text=hello", "--json").out)["run"]
    return found


def test_a_label_is_kept_and_shown(invoke: Invoke, run: str) -> None:
    assert invoke("label", run, "bad", "--answer", "HELLO").code == 0
    outcome = invoke("label", "last", "good", "--step", "loud", "--json")
    assert json.loads(outcome.out)["labels"] == [
        {"word": "bad", "answer": "HELLO", "path": None},
        {"word": "good", "answer": None, "path": "loud"},
    ]
    shown = invoke("show", run).out
    assert "the run: bad, should be: HELLO" in shown
    assert "loud: good" in shown
    assert len(json.loads(invoke("show", run, "--json").out)["labels"]) == 2
    invoke("label", run, "none")
    assert "the run: bad" not in invoke("show", run).out


def test_a_label_is_the_truth_of_routes(invoke: Invoke, run: str) -> None:
    invoke("label", run, "bad")
    assert json.loads(invoke("routes", "--json").out)[0]["passed"] == 0
    invoke("label", run, "good", "--step", "loud")
    assert json.loads(invoke("routes", "--json").out)[0]["passed"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("last", "fine"), "a label is good or bad, not fine"),
        (("nobody", "good"), "nobody"),
        (("last", "good", "--step", "lout"), "lout"),
        (("last", "bad", "--answer", "@gone.txt"), "cannot read gone.txt"),
    ],
)
def test_what_cannot_be_labelled(invoke: Invoke, words: tuple[str, ...], told: str) -> None:
    outcome = invoke("label", *words)
    assert (outcome.code, told in outcome.err) == (2, True)


def test_gates_are_held_against_labels(invoke: Invoke, surroundings: Path, run: str) -> None:
    assert "no label is on record" in invoke("label").out
    checked = RECIPE.replace(
        '"{{ text }}"}', '"{{ text }}", gate: {length: {at_most: 3}}, on_fail: continue}'
    )
    (surroundings / "recipes" / "shout" / "recipe.yaml").write_text(checked)
    invoke("run", "shout", "-i", "text=too long")
    invoke("label", "last", "bad")
    assert "loud: length" in invoke("label").out
    found = json.loads(invoke("label", "--json").out)
    assert [(each["gate"], each["bad_stopped"], each["recall"]) for each in found] == [("length", 1, 1.0)]


def test_a_run_without_a_word_is_refused(invoke: Invoke, run: str) -> None:
    outcome = invoke("label", run)
    assert (outcome.code, "a label is good or bad" in outcome.err) == (2, True)
