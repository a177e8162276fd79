"""Problems that one key mends: after the fix the problem is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.editing.kit import done
from workbench.recipe.editing.fixes import fixes
from workbench.recipe.editing.reading import read

HEAD = "schema: workbench/v1\nname: test\n"


@pytest.mark.parametrize(
    ("body", "message", "label"),
    [
        ("steps:\n  a: {human: hi}\n  b: {human: '{{ aa.text }}'}\n", "aa is not known here", "write a"),
        ("steps:\n  a: {human: '{{ question }}'}\n", "question is not known", "add the input question"),
        ("steps:\n  a: {human: '{{ ticket.subject }}'}\n", "ticket is not known", "add the input ticket"),
        ("steps:\n  a: {humna: hi}\n", "unknown key humna", "write human"),
        ("steps:\n  a: {human: hi, colour: red}\n", "unknown key colour", "take out colour"),
        ("inputs: {x: string}\nsteps:\n  a: {human: hi}\n", "x is used nowhere", "take out x"),
        ("steps:\n  a: {prompt: hi, model: writer}\n", "there is no role writer", "add the role writer"),
        ("models: {m: local/lead, n: local/lead}\nsteps:\n  a: {prompt: hi}\n  b: {prompt: hi, model: n}\n",
         "does not say which model", "model: m"),
        ("models:\n  w: {policy: fixed}\nsteps:\n  a: {prompt: hi}\n", "candidates is missing",
         "candidates: [local/compose]"),
        ("models: {w: local/lead}\nsteps:\n  a: {prompt: hi, gate: {pii: {}}}\n", "a gate and no on_fail",
         "on_fail: [revise, human]"),
        ("steps:\n  a: {set: {x: 1}}\n  b: {set: {y: 1}}\noutputs: {o: '{{ a.x }}'}\n", "nobody reads b",
         "delete b"),
        ("steps:\n  g: {steps: {a: {human: hi}}}\n  b: {human: 'Of {{ g.a }}'}\n", "prints all that is known",
         "write a.text"),
        ("steps:\n  a:\n    choose:\n      - {when: 'true', human: hi}\n", "skipped when no branch",
         "add else"),
    ],
)  # fmt: skip
def test_a_problem_is_gone_after_its_fix(body: str, message: str, label: str, tmp_path: Path) -> None:
    text = HEAD + body
    problem = next(each for each in read(text, tmp_path).problems if message in each.message)
    fix = next(each for each in fixes(text, problem) if each.label == label)
    left = [each.message for each in read(done(text, fix.edits), tmp_path).problems]
    assert not [each for each in left if message in each]


def test_two_steps_with_effects_are_put_in_order(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("def send() -> str:\n    return ''\n")
    tools = "tools: {send: 'tools.py:send'}\n"
    steps = "steps:\n  a: {tool: send, effects: true}\n  b: {tool: send, effects: true}\n"
    text = HEAD + tools + steps
    (problem,) = [each for each in read(text, tmp_path).problems if "both have effects" in each.message]
    (fix,) = fixes(text, problem)
    new = done(text, fix.edits)
    assert "b: {needs: [a], tool: send" in new
    assert not read(new, tmp_path).problems


def test_a_problem_that_takes_thought_has_no_fix(tmp_path: Path) -> None:
    text = HEAD + "steps:\n  a: {human: '{{ b.text }}'}\n  b: {human: '{{ a.text }}'}\n"
    problem = next(each for each in read(text, tmp_path).problems if "wait for each other" in each.message)
    assert fixes(text, problem) == []
    assert fixes("a: [", problem) == []


def test_the_result_of_a_step_that_is_not_there_is_no_input(tmp_path):
    text = f"{HEAD}steps:\n  a: {{human: '{{{{ elsewhere.text }}}}'}}\n"
    reading = read(text, tmp_path)
    assert [fixes(text, each, reading.recipe) for each in reading.problems] == [[]]
