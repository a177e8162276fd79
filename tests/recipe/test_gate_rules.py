"""What a recipe's gates and guards must be, told with line and column."""

from __future__ import annotations

from pathlib import Path

import fastjsonschema
import pytest

from tests.recipe.kit import lines, recipe, write
from workbench.recipe.check import check
from workbench.recipe.graph import dependencies
from workbench.recipe.published import recipe_schema

MODELS = "models: {m: local/compose, n: local/lead}\ninputs: {q: string}\n"
CHECKS = "def polite(text, wanted='x'):\n    return True\n"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{prompt: x, model: m, gate: {rubric: {ask: polite, model: jug}}}", "5:70: there is no role jug"),
        ("{prompt: x, model: m, gate: {rubric: polite}}", "5:41: the rubric does not say which model judges"),
        ("{prompt: x, model: m, gate: {rubric: {model: n}}}", "5:41: ask is missing in rubric"),
        ("{prompt: x, model: m, gate: {rubric: '{{ nope }}'}}", "5:53: nope is not known here"),
        ("{prompt: x, model: m, gate: {rubric: {ask: x, at_least: 2}}}", "5:68: at_least must be at most 1"),
        ("{prompt: x, model: m, gate: {toxicity: {at_mots: 1}}}", "5:52: unknown key at_mots in toxicity"),
        ("{prompt: x, model: m, gate: {latency: {at_most: soon}}}", "5:60: soon is not a length of time"),
        ("{set: {x: 1}, gate: {latency: {at_most: 1s}}}", "5:33: latency is for steps that ask somebody"),
        ("{set: {x: 1}, gate: {cost: {at_most: 1}}}", "5:33: cost is for steps that ask somebody"),
        ("{prompt: x, model: m, gate: {python: 'checks.py:polit'}}", "5:49: checks.py has no function polit"),
        ("{prompt: x, model: m, gate: {python: 'nope.py:polite'}}", "5:49: nope.py cannot be read"),
        ("{prompt: x, model: m, gate: {python: polite}}", '5:49: call cannot be "polite" (write it as'),
        (
            "{prompt: x, model: m, gate: {python: {call: 'checks.py:polite', with: {wnted: 1}}}}",
            "5:83: polite takes no wnted (did you mean wanted",
        ),
        ("{prompt: x, model: m, guard: {}}", "5:34: guard is empty"),
        ("{prompt: x, model: m, guard: {in: qq, pii: {}}}", "5:46: qq is not known here"),
        ("{prompt: x, model: m, guard: {score: {at_least: 0.5}}}", "5:42: score needs a step to look at"),
        ("{prompt: x, model: m, guard: {latency: {at_most: 1s}}}", "5:42: latency checks an answer"),
        ("{prompt: x, model: m, guard: [{pii: {}}, {injektion: {}}]}", "5:54: unknown key injektion in"),
        ("{set: {x: 1}, guard: {pii: {}}}", "5:26: set sends nothing that could be checked"),
        ("{prompt: x, model: m, guard: {in: q, expr: 'a.text'}}", "5:56: a mentions itself"),
        ("{judge: x, model: m}", "5:9: a does not say what to judge by"),
        ("{prompt: x, model: m, rubric: y}", "5:34: rubric belongs to judge, not to prompt"),
        ("{judge: x, rubric: y}", "5:9: a does not say which model"),
    ],
)  # fmt: skip
def test_each_mistake_says_what_and_where(tmp_path: Path, step: str, expected: str) -> None:
    body = f"{MODELS}steps: {{a: {step},\n b: {{set: {{x: '{{{{ q }}}}'}}}}}}\n"
    found = lines(check(write(tmp_path, body, checks_dot_py=CHECKS)))
    assert any(line.startswith(expected) for line in found), found


GOOD = """
models: {m: local/compose, n: local/lead}
inputs: {q: string}
data: {kb: {folder: kb}}
steps:
  search: {retrieve: "{{ q }}", from: kb}
  other: {set: {text: "{{ q }}"}}
  a:
    prompt: "{{ q }}"
    model: m
    guard: [{in: search, score: {at_least: 0.2}}, {injection: {}, expr: "q != ''"}]
    gate:
      rubric: {ask: "Does it answer {{ q }} from {{ other.text }}?", model: n}
      python: checks.py:polite
      toxicity: {}
      cost: {at_most: 0.1}
      latency: {at_most: 2s}
  b: {judge: "{{ a.text }}", rubric: "Polite?", model: n, guard: {pii: {}}}
outputs: {score: "{{ b.score }}", why: "{{ b.reason }}"}
"""


def test_what_gates_and_guards_mention_comes_first(tmp_path: Path) -> None:
    made = recipe(tmp_path, GOOD, checks_dot_py=CHECKS, kb__a_dot_md="# A\nb")
    waits = dependencies(made.document.steps, made)
    assert waits["a"] == ("search", "other") and waits["b"] == ("a",)
    assert not made.warnings


def test_every_form_is_in_the_published_schema(tmp_path: Path) -> None:
    made = recipe(tmp_path, GOOD, checks_dot_py=CHECKS, kb__a_dot_md="# A\nb")
    fastjsonschema.compile(recipe_schema())(made.source.data)


def test_short_forms_are_the_same_recipe(tmp_path: Path) -> None:
    short = recipe(tmp_path, GOOD, checks_dot_py=CHECKS, kb__a_dot_md="# A\nb")
    long = GOOD.replace("python: checks.py:polite", "python: {call: 'checks.py:polite'}")
    long = long.replace("guard: {pii: {}}", "guard: [{pii: {}}]")
    assert recipe(tmp_path, long, checks_dot_py=CHECKS, kb__a_dot_md="# A\nb").hash == short.hash
